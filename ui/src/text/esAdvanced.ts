import type { Words } from "./en";

export const advanced: Words["advanced"] = {
  about: "Aquí no hace falta cambiar nada. Los números valen desde la próxima conexión o la próxima llamada.",
  groups: { connection: "Conexión con el espacio", ways: "Caminos por la red", repair: "Reparaciones", calls: "Llamadas", window: "Ventana" },
  fields: {
    connect_seconds: "Espera máxima para conectar",
    reconnect_first_ms: "Primera pausa antes de volver a intentarlo",
    reconnect_longest_ms: "Pausa máxima antes de volver a intentarlo",
    request_seconds: "Espera máxima de una respuesta",
    reattach_seconds: "Retomar llamadas tras reiniciar si tienen menos de",
    gather_idle_ms: "Dejar de buscar caminos tras un silencio de",
    gather_limit_ms: "Dejar de buscar caminos después de",
    udp_servers: "Usar servidores STUN y TURN por UDP",
    grace_ms: "El contacto perdido puede volver solo durante",
    repair_seconds: "Una reparación puede durar",
    repair_again_ms: "Pausa entre dos intentos de reparación",
    silence_ms: "Una llamada está en silencio después de",
    silence_repairs: "Reparaciones de una llamada en silencio",
    silence_pause_seconds: "Pausa entre ellas",
    receive_audio: "Oír a los demás",
    receive_video: "Pedir imagen también en llamadas de voz",
    stats_ms: "Medir las llamadas cada",
    camera_off_hidden: "Pausar mi imagen mientras la ventana no se ve",
    check_on_show: "Comprobar la conexión cuando vuelve la ventana",
  },
  units: { s: "segundos", ms: "milisegundos", times: "veces" },
  spaceUrl: "Dirección del espacio en lugar de la habitual",
  variables: "Se comunica al espacio con cada llamada",
  variablesMore: "Nombres y valores que pueden leer las aplicaciones del espacio.",
  variable: "Nombre",
  content: "Valor",
  add: "Añadir",
  forget: (name) => `Quitar ${name}`,
  reset: "Volver a los valores habituales",
  resetOne: (name) => `${name}: volver al valor habitual`,
  was: (usual) => `Normalmente ${usual}`,
};

export const developer: Words["developer"] = {
  about: "Para quienes construyen algo sobre un espacio.",
  tokens: "Tokens del espacio de este equipo",
  tokensMore: "Quien tenga el token es esa persona en el espacio hasta que caduque.",
  noSpace: "Hace falta el espacio propio de este equipo, que no está en marcha.",
  reference: "Quién",
  minutes: "minutos",
  mint: "Crear un token",
  token: "El token",
  copy: "Copiar",
  testCall: "Llamada de prueba",
  testCallMore: "Te llama alguien que muestra una imagen de prueba y tararea.",
  ringMe: "Llamarme con un vídeo de prueba",
  raw: "Una petición a mano",
  rawMore: "Se envía tal cual al espacio. La respuesta se muestra sin secretos.",
  method: "Método",
  params: "Parámetros (JSON)",
  send: "Enviar",
  answer: "Respuesta",
  wire: "Mensajes con el espacio",
  keep: "Conservar los últimos 300 mensajes",
  keepMore: "Solo en memoria; desaparecen al desactivarlo.",
  show: "Mostrar los mensajes",
  again: "Leer de nuevo",
  filter: "Mostrar solo lo que contenga…",
  sent: "Enviado",
  received: "Recibido",
  nothing: "Nada todavía.",
};

export const mini: Words["mini"] = { expand: "Volver a la ventana grande" };

export const tones: Words["tones"] = {
  label: "Tonos de llamada de la red",
  more: "Tonos de llamada, ocupado y espera como en la red telefónica de un país.",
  automatic: "Como en mi país",
  world: "Internacionales",
};

export const focus: Words["focus"] = { label: "Callar con el escritorio", more: "Mientras el propio escritorio no quiera notificaciones, si lo dice (KDE, GNOME, Cinnamon)." };

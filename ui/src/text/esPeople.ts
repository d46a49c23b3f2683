import type { Words } from "./en";
import { plural } from "./plural";

const many = (count: number, one: string, other: string) => plural("es", count, { one, other });

export const chat: Words["chat"] = {
  title: "Chats",
  with: (name) => `Chat con ${name}`,
  write: (name) => `Escribir a ${name}`,
  placeholder: "Escribe un mensaje",
  send: "Enviar",
  hint: "Intro envía, Mayús + Intro empieza otra línea",
  older: "Mostrar líneas anteriores",
  loading: "Leyendo la conversación…",
  empty: "Aquí aún no se ha dicho nada.",
  none: "Aún no hay conversaciones",
  noneMore: "Elige a alguien y escribe: los textos y las llamadas aparecen aquí.",
  you: "Tú",
  unread: (count) => many(count, "# mensaje nuevo", "# mensajes nuevos"),
  callOut: "Llamaste",
  callIn: "Te llamaron",
  calls: { completed: "respondida", busy: "ocupado", rejected: "rechazada", cancelled: "cancelada", missed: "sin respuesta", failed: "fallida" },
};

export const people: Words["people"] = {
  presence: { online: "En línea", busy: "En una llamada", do_not_disturb: "No molestar", offline: "Sin conexión" },
  card: (name) => `Acerca de ${name}`,
  favourites: "Favoritos",
  everybody: "Todos",
  favourite: "Favorito",
  favouriteMore: "Aparece primero en la lista.",
  autoAnswer: "Responder automáticamente",
  autoAnswerMore: "Solo con sonido y si no estás en otra llamada. Quien llama oye esta habitación al instante.",
  address: "Dirección",
  copy: "Copiar la dirección",
  qr: "Código QR de la dirección",
  save: "Guardar tarjeta de contacto",
  saved: (path) => `Guardado: ${path}`,
  importCards: "Importar tarjetas de contacto",
  exportAll: "Guardar todas las tarjetas",
  imported: (count) => many(count, "# contacto importado", "# contactos importados"),
  add: "Añadir un contacto",
  name: "Nombre",
  keep: "Añadir",
  forget: "Quitar este contacto",
  own: "Tus direcciones",
  showQr: "Mostrar como código QR",
  allCalls: "Todas las llamadas",
  missedCalls: "Llamadas perdidas",
  noMissed: "Ninguna llamada perdida",
};

export const rings: Words["rings"] = {
  tone: "Tono de llamada",
  toneMore: "Al elegirlo se oye.",
  tones: { harbour: "Puerto", telephone: "Teléfono", chime: "Timbre de puerta", marimba: "Marimba", horn: "Bocina de barco" },
  quiet: "Horas de silencio",
  quietMore: "No molestar por sí solo, según el reloj de este equipo.",
  from: "Desde",
  until: "Hasta",
  days: "Días en que empiezan",
};

export const keys: Words["keys"] = {
  title: "Teclas en la ventana",
  typing: "Escribir en el campo de marcado",
  letters: "Letras",
  video: "Llamar con vídeo",
  audio: "Llamar solo con sonido",
  silence: "Silenciar una llamada que suena; cerrar lo abierto",
  digits: "Enviar teclas del teclado",
  self: "Mover tu imagen (si está enfocada)",
  size: "Texto más grande, más pequeño, normal",
  arrows: "Flechas",
  inCall: "Teclas durante una llamada",
  inCallMore: "Valen mientras hay una llamada en la ventana. Las cifras envían tonos.",
  own: { mute: "Silenciar o no", camera: "Cámara encendida o apagada", talk: "Pulsar para hablar, mientras se mantiene", hold: "Retener o retomar", hang_up: "Colgar", chat: "Abrir o cerrar el chat", details: "Abrir o cerrar los detalles", full_screen: "Pantalla completa" },
  reset: "Volver a las teclas habituales",
  clash: (other) => `También se usa para: ${other}`,
};

export const support: Words["support"] = {
  save: "Guardar archivo de soporte",
  more: "Cuenta lo que ayuda a encontrar un fallo: sin secretos ni nombres.",
  show: "Mostrar el registro",
  hide: "Ocultar el registro",
  log: "Registro",
  empty: "No contiene nada.",
};

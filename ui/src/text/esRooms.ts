import type { Words } from "./en";
import type { room as everything } from "./enRooms";

type Tools =
  | "recordingPaused" | "tools" | "record" | "recordMore" | "recordPause" | "recordResume" | "recordStop"
  | "play" | "playHint" | "playMore" | "playStart" | "playing" | "playPaused" | "playPause" | "playResume" | "playStop";

/** What is said about recording and playing. */
export const roomTools: Pick<typeof everything, Tools> = {
  recordingPaused: "Grabación en pausa",
  tools: "Grabar y reproducir",
  record: "Grabar esta sala",
  recordMore: "Todos ven que se graba. El espacio guarda la película.",
  recordPause: "Pausar la grabación",
  recordResume: "Seguir grabando",
  recordStop: "Detener la grabación",
  play: "Reproducir para todos",
  playHint: "https://… o file:nombre.mp4",
  playMore: "Un MP4, WAV o MP3, de la web o de la carpeta de medios del espacio.",
  playStart: "Reproducir",
  playing: (name) => `Reproduciendo ${name}`,
  playPaused: (name) => `En pausa: ${name}`,
  playPause: "Pausar",
  playResume: "Continuar",
  playStop: "Detener",
};

/** The page with one's own rooms. */
export const ownRooms: Words["ownRooms"] = {
  yours: "Sus salas",
  lead: "Una sala está siempre en su dirección. Usted decide quién entra y si se graba.",
  joinMuted: "Entrar en las salas en silencio",
  joinCameraOff: "Entrar en las salas sin cámara",
  joinQuietly: "Podrá activar ambos una vez dentro.",
  none: "Todavía no tiene ninguna sala.",
  add: "Sala nueva",
  edit: (name) => `Cambiar ${name}`,
  name: "Nombre",
  nameHint: "Reunión diaria",
  address: "Dirección",
  capacity: "Personas a la vez",
  layout: "Disposición al empezar",
  join: "Quién puede entrar",
  joinEveryone: "Todos los de este espacio",
  joinInvited: "Solo las personas de abajo",
  owners: "Moderadores",
  ownersMore: "Usted siempre es uno de ellos.",
  members: "Personas que pueden hablar",
  audience: "Personas que solo escuchan",
  othersListen: "Los demás solo escuchan",
  othersListenMore: "Oyen y ven hasta que un moderador les deja hablar.",
  record: "Grabar desde el primero",
  recordMore: "El espacio guarda la película. Todos ven que la sala se graba.",
  addPerson: "Añadir una persona",
  removePerson: (name) => `Quitar a ${name} de la lista`,
  save: "Guardar",
  create: "Crear sala",
  cancel: "Cancelar",
  delete: "Eliminar sala",
  deleteSure: "Eliminar para siempre",
  deleteMore: "Quien esté en la sala tendrá que salir.",
  call: (name) => `Llamar a ${name}`,
  facts: (people, invited, record) =>
    [`hasta ${people} personas`, invited ? "solo con invitación" : "abierta a todos", ...(record ? ["se graba"] : [])].join(" · "),
  unavailable: "Este espacio gestiona sus salas; no se pueden crear desde aquí.",
};

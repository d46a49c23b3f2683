import type { Words } from "./en";
import type { room as everything } from "./enRooms";

type Tools =
  | "recordingPaused" | "tools" | "record" | "recordMore" | "recordPause" | "recordResume" | "recordStop"
  | "play" | "playHint" | "playMore" | "playStart" | "playing" | "playPaused" | "playPause" | "playResume" | "playStop";

/** What is said about recording and playing. */
export const roomTools: Pick<typeof everything, Tools> = {
  recordingPaused: "Gravação em pausa",
  tools: "Gravar e reproduzir",
  record: "Gravar esta sala",
  recordMore: "Todos veem que está sendo gravada. O espaço guarda o filme.",
  recordPause: "Pausar a gravação",
  recordResume: "Continuar a gravar",
  recordStop: "Parar a gravação",
  play: "Reproduzir para todos",
  playHint: "https://… ou file:nome.mp4",
  playMore: "Um MP4, WAV ou MP3, da web ou da pasta de mídia do espaço.",
  playStart: "Reproduzir",
  playing: (name) => `Reproduzindo ${name}`,
  playPaused: (name) => `Em pausa: ${name}`,
  playPause: "Pausar",
  playResume: "Continuar",
  playStop: "Parar",
};

/** The page with one's own rooms. */
export const ownRooms: Words["ownRooms"] = {
  yours: "Suas salas",
  lead: "Uma sala está sempre no seu endereço. Você decide quem entra e se ela é gravada.",
  joinMuted: "Entrar nas salas sem som",
  joinCameraOff: "Entrar nas salas sem câmera",
  joinQuietly: "Ambos podem ser ligados lá dentro.",
  none: "Você ainda não tem nenhuma sala.",
  add: "Nova sala",
  edit: (name) => `Alterar ${name}`,
  name: "Nome",
  nameHint: "Reunião diária",
  address: "Endereço",
  capacity: "Pessoas ao mesmo tempo",
  layout: "Disposição inicial",
  join: "Quem pode entrar",
  joinEveryone: "Todos neste espaço",
  joinInvited: "Só as pessoas abaixo",
  owners: "Moderadores",
  ownersMore: "Você é sempre um deles.",
  members: "Pessoas que podem falar",
  audience: "Pessoas que só ouvem",
  othersListen: "Os outros só ouvem",
  othersListenMore: "Ouvem e veem até que um moderador os deixe falar.",
  record: "Gravar desde o primeiro",
  recordMore: "O espaço guarda o filme. Todos veem que a sala está sendo gravada.",
  addPerson: "Adicionar uma pessoa",
  removePerson: (name) => `Tirar ${name} da lista`,
  save: "Salvar",
  create: "Criar sala",
  cancel: "Cancelar",
  delete: "Excluir sala",
  deleteSure: "Excluir de vez",
  deleteMore: "Quem estiver na sala terá de sair.",
  call: (name) => `Ligar para ${name}`,
  facts: (people, invited, record) =>
    [`até ${people} pessoas`, invited ? "só com convite" : "aberta a todos", ...(record ? ["gravada"] : [])].join(" · "),
  unavailable: "Este espaço cuida das próprias salas; não é possível criá-las daqui.",
};

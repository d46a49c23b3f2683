import type { Words } from "./en";
import type { room as everything } from "./enRooms";

type Tools =
  | "recordingPaused" | "tools" | "record" | "recordMore" | "recordPause" | "recordResume" | "recordStop"
  | "play" | "playHint" | "playMore" | "playStart" | "playing" | "playPaused" | "playPause" | "playResume" | "playStop";

/** What is said about recording and playing. */
export const roomTools: Pick<typeof everything, Tools> = {
  recordingPaused: "Aufnahme angehalten",
  tools: "Aufnehmen und abspielen",
  record: "Diesen Raum aufnehmen",
  recordMore: "Alle sehen, dass aufgenommen wird. Den Film bewahrt der Space auf.",
  recordPause: "Aufnahme anhalten",
  recordResume: "Weiter aufnehmen",
  recordStop: "Aufnahme beenden",
  play: "Für alle abspielen",
  playHint: "https://… oder file:name.mp4",
  playMore: "Ein MP4, WAV oder MP3 aus dem Netz oder aus dem Medienordner des Space.",
  playStart: "Abspielen",
  playing: (name) => `Läuft: ${name}`,
  playPaused: (name) => `Angehalten: ${name}`,
  playPause: "Anhalten",
  playResume: "Weiter",
  playStop: "Beenden",
};

/** The page with one's own rooms. */
export const ownRooms: Words["ownRooms"] = {
  yours: "Ihre Räume",
  lead: "Ein Raum ist unter seiner Adresse immer da. Sie bestimmen, wer hineinkommt und ob aufgenommen wird.",
  joinMuted: "Räume stumm betreten",
  joinCameraOff: "Räume ohne Kamera betreten",
  joinQuietly: "Beides lässt sich im Raum einschalten.",
  none: "Sie haben noch keinen Raum.",
  add: "Neuer Raum",
  edit: (name) => `${name} ändern`,
  name: "Name",
  nameHint: "Morgenrunde",
  address: "Adresse",
  capacity: "Personen gleichzeitig",
  layout: "Anordnung zu Beginn",
  join: "Wer hineindarf",
  joinEveryone: "Alle auf diesem Space",
  joinInvited: "Nur die Personen unten",
  owners: "Moderatoren",
  ownersMore: "Sie gehören immer dazu.",
  members: "Personen, die sprechen dürfen",
  audience: "Personen, die nur zuhören",
  othersListen: "Alle anderen hören nur zu",
  othersListenMore: "Sie hören und sehen, bis ein Moderator sie sprechen lässt.",
  record: "Vom ersten Gast an aufnehmen",
  recordMore: "Den Film bewahrt der Space auf. Alle sehen, dass der Raum aufgenommen wird.",
  addPerson: "Person hinzufügen",
  removePerson: (name) => `${name} von der Liste nehmen`,
  save: "Speichern",
  create: "Raum anlegen",
  cancel: "Abbrechen",
  delete: "Raum löschen",
  deleteSure: "Endgültig löschen",
  deleteMore: "Wer im Raum ist, muss gehen.",
  call: (name) => `${name} anrufen`,
  facts: (people, invited, record) =>
    [`bis zu ${people} Personen`, invited ? "nur mit Einladung" : "offen für alle", ...(record ? ["wird aufgenommen"] : [])].join(" · "),
  unavailable: "Dieser Space verwaltet seine Räume selbst; von hier aus lassen sie sich nicht anlegen.",
};

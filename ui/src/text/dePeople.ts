import type { Words } from "./en";
import { plural } from "./plural";

const many = (count: number, one: string, other: string) => plural("de", count, { one, other });

export const chat: Words["chat"] = {
  title: "Chats",
  with: (name) => `Chat mit ${name}`,
  write: (name) => `${name} schreiben`,
  placeholder: "Nachricht schreiben",
  send: "Senden",
  hint: "Enter sendet, Umschalt + Enter beginnt eine neue Zeile",
  older: "Ältere Zeilen zeigen",
  loading: "Die Unterhaltung wird gelesen …",
  empty: "Hier wurde noch nichts gesagt.",
  none: "Noch keine Unterhaltungen",
  noneMore: "Wähle jemanden und schreib: Texte und Anrufe stehen dann hier.",
  you: "Du",
  unread: (count) => many(count, "# neue Nachricht", "# neue Nachrichten"),
  callOut: "Du hast angerufen",
  callIn: "Du wurdest angerufen",
  calls: { completed: "angenommen", busy: "besetzt", rejected: "abgelehnt", cancelled: "abgebrochen", missed: "keine Antwort", failed: "fehlgeschlagen" },
};

export const people: Words["people"] = {
  presence: { online: "Online", busy: "Im Gespräch", do_not_disturb: "Nicht stören", offline: "Offline" },
  card: (name) => `Über ${name}`,
  favourites: "Favoriten",
  everybody: "Alle",
  favourite: "Favorit",
  favouriteMore: "Steht in der Liste vorn.",
  autoAnswer: "Von selbst annehmen",
  autoAnswerMore: "Nur mit Ton, und nur wenn kein anderer Anruf läuft. Wer anruft, hört sofort diesen Raum.",
  address: "Adresse",
  copy: "Adresse kopieren",
  qr: "QR-Code der Adresse",
  save: "Kontaktkarte speichern",
  saved: (path) => `Gespeichert: ${path}`,
  importCards: "Kontaktkarten importieren",
  exportAll: "Alle Kontaktkarten speichern",
  imported: (count) => many(count, "# Kontakt importiert", "# Kontakte importiert"),
  add: "Kontakt hinzufügen",
  name: "Name",
  keep: "Hinzufügen",
  forget: "Diesen Kontakt entfernen",
  own: "Deine Adressen",
  showQr: "Als QR-Code zeigen",
  allCalls: "Alle Anrufe",
  missedCalls: "Verpasste Anrufe",
  noMissed: "Keine verpassten Anrufe",
};

export const rings: Words["rings"] = {
  tone: "Klingelton",
  toneMore: "Die Wahl spielt ihn ab.",
  tones: { harbour: "Hafen", telephone: "Telefon", chime: "Türglocke", marimba: "Marimba", horn: "Schiffshorn" },
  quiet: "Ruhezeiten",
  quietMore: "Von selbst „Nicht stören“, nach der Uhr dieses Computers.",
  from: "Von",
  until: "Bis",
  days: "Tage, an denen sie beginnen",
};

export const keys: Words["keys"] = {
  title: "Tasten im Fenster",
  typing: "Ins Wählfeld schreiben",
  letters: "Buchstaben",
  video: "Mit Bild anrufen",
  audio: "Nur mit Ton anrufen",
  silence: "Klingelnden Anruf stumm schalten; Offenes schließen",
  digits: "Wähltöne senden",
  self: "Dein Bild verschieben (wenn es ausgewählt ist)",
  size: "Text größer, kleiner, wie zuvor",
  arrows: "Pfeiltasten",
  inCall: "Tasten im Anruf",
  inCallMore: "Sie gelten, solange ein Anruf im Fenster ist. Ziffern senden Töne.",
  own: { mute: "Stumm schalten oder nicht", camera: "Kamera ein oder aus", talk: "Sprechtaste, solange gehalten", hold: "Halten oder fortsetzen", hang_up: "Auflegen", chat: "Chat öffnen oder schließen", details: "Einzelheiten öffnen oder schließen", full_screen: "Vollbild" },
  reset: "Zurück zu den üblichen Tasten",
  clash: (other) => `Auch benutzt für: ${other}`,
};

export const support: Words["support"] = {
  save: "Supportdatei speichern",
  more: "Enthält, was einen Fehler finden hilft: keine Geheimnisse, keine Namen.",
  show: "Protokoll zeigen",
  hide: "Protokoll verbergen",
  log: "Protokoll",
  empty: "Es steht nichts darin.",
};

import type { Words } from "./en";

export const advanced: Words["advanced"] = {
  about: "Hier muss nichts geändert werden. Zahlen gelten ab der nächsten Verbindung oder dem nächsten Anruf.",
  groups: { connection: "Verbindung mit dem Space", ways: "Wege durchs Netz", repair: "Reparaturen", calls: "Anrufe", window: "Fenster" },
  fields: {
    connect_seconds: "Längste Wartezeit auf eine Verbindung",
    reconnect_first_ms: "Erste Pause vor dem nächsten Versuch",
    reconnect_longest_ms: "Längste Pause vor dem nächsten Versuch",
    request_seconds: "Längste Wartezeit auf eine Antwort",
    reattach_seconds: "Anrufe nach einem Neustart fortsetzen, wenn jünger als",
    gather_idle_ms: "Wegesuche beenden nach einer Stille von",
    gather_limit_ms: "Wegesuche beenden nach",
    udp_servers: "STUN- und TURN-Server über UDP benutzen",
    grace_ms: "Verlorener Kontakt darf von selbst wiederkommen binnen",
    repair_seconds: "Eine Reparatur darf dauern",
    repair_again_ms: "Pause zwischen zwei Reparaturversuchen",
    silence_ms: "Ein Anruf ist stumm nach",
    silence_repairs: "Reparaturen eines stummen Anrufs",
    silence_pause_seconds: "Pause dazwischen",
    receive_audio: "Andere hören",
    receive_video: "Auch in Sprachanrufen um ein Bild bitten",
    stats_ms: "Anrufe messen alle",
    camera_off_hidden: "Mein Bild anhalten, solange das Fenster nicht zu sehen ist",
    check_on_show: "Verbindung prüfen, wenn das Fenster wiederkommt",
  },
  units: { s: "Sekunden", ms: "Millisekunden", times: "Mal" },
  spaceUrl: "Adresse des Space anstelle der üblichen",
  variables: "Wird dem Space bei jedem Anruf mitgeteilt",
  variablesMore: "Namen und Werte, die Anwendungen im Space lesen können.",
  variable: "Bezeichnung",
  content: "Wert",
  add: "Hinzufügen",
  forget: (name) => `${name} entfernen`,
  reset: "Alles auf die üblichen Werte zurücksetzen",
  resetOne: (name) => `${name}: zurück zum üblichen Wert`,
  was: (usual) => `Üblich: ${usual}`,
};

export const developer: Words["developer"] = {
  about: "Für alle, die etwas auf einem Space bauen.",
  tokens: "Token für den Space dieses Computers",
  tokensMore: "Wer das Token hat, ist bis zu dessen Ende diese Person im Space.",
  noSpace: "Dafür braucht es den eigenen Space dieses Computers; er läuft nicht.",
  reference: "Wer",
  minutes: "Minuten",
  mint: "Token erstellen",
  token: "Das Token",
  copy: "Kopieren",
  testCall: "Testanruf",
  testCallMore: "Jemand, der ein Testbild zeigt und summt, ruft dich an.",
  ringMe: "Mit einem Testvideo anrufen lassen",
  raw: "Eine Anfrage von Hand",
  rawMore: "Geht unverändert an den Space. Die Antwort wird ohne Geheimnisse gezeigt.",
  method: "Methode",
  params: "Parameter als JSON",
  send: "Senden",
  answer: "Antwort",
  wire: "Nachrichten an den Space und von ihm",
  keep: "Die letzten 300 Nachrichten behalten",
  keepMore: "Nur im Speicher; beim Ausschalten sind sie weg.",
  show: "Nachrichten zeigen",
  again: "Neu lesen",
  filter: "Nur zeigen, was dies enthält …",
  sent: "Gesendet",
  received: "Empfangen",
  nothing: "Noch nichts.",
};

export const mini: Words["mini"] = { expand: "Zurück zum großen Fenster" };

export const tones: Words["tones"] = {
  label: "Hörtöne",
  more: "Frei-, Besetzt- und Anklopftöne wie im Telefonnetz eines Landes.",
  automatic: "Wie in meinem Land",
  world: "Weltweit",
};

export const focus: Words["focus"] = { label: "Mit dem Desktop still sein", more: "Solange der Desktop selbst keine Benachrichtigungen will, sofern er es sagt (KDE, GNOME, Cinnamon)." };

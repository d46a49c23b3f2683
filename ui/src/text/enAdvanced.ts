import type { AdvancedField, AdvancedGroup, NumberField } from "../logic/advanced";

/** The Advanced page. */
export const advanced = {
  about: "Nothing here has to be changed. Numbers hold from the next connection or the next call on.",
  groups: { connection: "Connection with the space", ways: "Ways through the network", repair: "Repairs", calls: "Calls", picture: "Picture", measure: "Measurements", devices: "Devices", window: "Window", memory: "Memory" } as Record<AdvancedGroup, string>,
  fields: {
    connect_seconds: "Longest wait for a connection",
    reconnect_first_ms: "First pause before the next try",
    reconnect_longest_ms: "Longest pause before the next try",
    request_seconds: "Longest wait for an answer",
    reattach_seconds: "Take calls up again after a restart, if younger than",
    gather_idle_ms: "Stop looking for ways after a silence of",
    gather_limit_ms: "Stop looking for ways after",
    udp_servers: "Use STUN and TURN servers over UDP",
    grace_ms: "Lost contact may come back by itself for",
    repair_seconds: "A repair may take",
    repair_again_ms: "Pause between two tries of a repair",
    silence_ms: "A call is silent after",
    silence_repairs: "Repairs of a silent call",
    silence_pause_seconds: "Pause between them",
    receive_audio: "Hear others",
    receive_video: "Ask for a picture in audio calls, too",
    stats_ms: "Measure calls every",
    camera_off_hidden: "Pause my picture while the window is out of sight",
    check_on_show: "Check the connection when the window comes back",
    relay_fallback: "Repair by relays only when nothing else helps",
    network_changes: "Look at calls when this computer's network changes",
    key_burst: "Ask for a whole picture when a call (re)connects",
    key_window_ms: "Spread over",
    key_pause_ms: "Pause before asking like that again",
    rest_picture: "Rest my picture when the network is too weak",
    rest_below_kbit: "Rest it below",
    return_above_kbit: "Bring it back above",
    usual_samples: "Measurements that say what is usual",
    history_samples: "Measurements remembered",
    delay_times: "Tell me of a delay of",
    jitter_times: "Tell me of an unevenness of",
    loss_percent: "Tell me of lost packets above",
    device_settle_ms: "After plugging, wait before looking",
    device_poll_seconds: "Look for devices every (0: when the system says so)",
    keep_devices: "Remember chosen devices",
    devices_in_calls: "A device chosen during a call is used in it",
    devices_on_show: "Look for devices when the window comes back",
    keep_settings: "Remember settings for the next start",
  } as Record<AdvancedField["key"], string>,
  units: { s: "seconds", ms: "milliseconds", times: "times", kbit: "kbit/s", percent: "percent", fold: "times the usual" } as Record<NumberField["unit"], string>,
  elsewhere: "Devices and picture size, sound processing and stereo, codecs, and servers of your own have pages of their own here in the settings.",
  spaceUrl: "Address of the space, instead of the usual one",
  variables: "Told to the space with every call",
  variablesMore: "Names and values that applications in the space may read.",
  variable: "Name",
  content: "Value",
  add: "Add",
  forget: (name: string) => `Remove ${name}`,
  reset: "Everything back to the usual values",
  resetOne: (name: string) => `${name}: back to the usual value`,
  on: "on",
  off: "off",
  was: (usual: string) => `Usually ${usual}`,
};

/** The Developer page. */
export const developer = {
  about: "For those who build something on a space.",
  tokens: "Tokens of this computer's space",
  tokensMore: "Whoever has the token is that person in the space until it ends.",
  noSpace: "This needs this computer's own space, which does not run.",
  reference: "Who",
  minutes: "minutes",
  mint: "Make a token",
  token: "Token",
  copy: "Copy",
  testCall: "Test call",
  testCallMore: "Somebody who shows a test picture and hums calls you.",
  ringMe: "Ring me with a test video",
  raw: "A request by hand",
  rawMore: "Sent to the space as it is. What comes back is shown without secrets.",
  method: "Method",
  params: "Parameters (JSON)",
  send: "Send",
  answer: "Answer",
  wire: "Messages to and from the space",
  keep: "Keep the last 300 messages",
  keepMore: "In memory only; gone when this is switched off.",
  show: "Show the messages",
  again: "Read again",
  filter: "Show only what contains…",
  sent: "Sent",
  received: "Received",
  nothing: "Nothing yet.",
};

/** The small window of a call. */
export const mini = { expand: "Back to the large window" };

/** Call tones by country. */
export const tones = {
  label: "Call tones",
  more: "Ringing, busy and waiting tones as the telephone network of a country has them.",
  automatic: "As in my country",
  world: "International",
};

/** The desktop's own "do not disturb". */
export const focus = { label: "Be quiet with the desktop", more: "While the desktop itself wants no notifications, where it says so (KDE, GNOME, Cinnamon)." };

/** New versions. */
export const updates = {
  title: "New versions",
  look: "Look for new versions",
  lookMore: "Once a day, never during a call. Only the version's number is asked for.",
  check: "Check for updates",
  looking: "Looking…",
  upToDate: "Ahoy is up to date.",
  available: (v: string) => `Version ${v} is there.`,
  install: "Install and start anew",
  installing: "Installing…",
  bySystem: "This installation is updated by the system: through the package manager.",
  byBuilder: "You built this Ahoy yourself, so it is updated by building it again.",
  notSetUp: "This build does not look for new versions.",
};

import type { Advanced, CallActions, CallView, CameraControl, CompletedCall, ContactView, DeviceInfo, EndReason, HangupCause, OwnKeys, PreflightReport, Settings, Snapshot } from ".";
import { fakeChats, fakeOpen } from "./fakeChat";
import { fakeRoom } from "./fakeRoom";

/** Made-up but believable snapshots for designing screens: `?scene=…`. */

export const noActions: CallActions = {
  answer: false,
  decline: false,
  silence: false,
  hang_up: false,
  hold: false,
  resume: false,
  mute: false,
  camera: false,
  digits: false,
  transfer: false,
  share: false,
  connect: false,
  merge: false,
};

export const fakeAdvanced: Advanced = {
  space_url: null,
  connect_seconds: 10,
  reconnect_first_ms: 100,
  reconnect_longest_ms: 3_000,
  request_seconds: 5,
  reattach_seconds: 300,
  receive_audio: true,
  receive_video: false,
  udp_servers: true,
  gather_idle_ms: 600,
  gather_limit_ms: 500,
  grace_ms: 3_000,
  repair_seconds: 60,
  repair_again_ms: 2_000,
  repair_tries: 0,
  repair_pause_ms: 1_000,
  ask_again: true,
  silence_ms: 2_000,
  relay_fallback: true,
  network_changes: true,
  usual_samples: 10,
  history_samples: 30,
  delay_times: 3,
  jitter_times: 4,
  loss_percent: 5,
  key_burst: 3,
  key_window_ms: 3_000,
  key_pause_ms: 10_000,
  rest_picture: true,
  rest_below_kbit: 150,
  return_above_kbit: 300,
  device_settle_ms: 0,
  device_poll_seconds: 0,
  keep_devices: true,
  devices_in_calls: true,
  devices_on_show: true,
  keep_settings: true,
  silence_repairs: 3,
  silence_pause_seconds: 10,
  stats_ms: 1_000,
  camera_off_hidden: false,
  check_on_show: true,
  wire_log: false,
};

export const fakeKeys: OwnKeys = { mute: "KeyM", camera: "KeyV", talk: "Space", hold: "KeyH", hang_up: null, chat: "KeyC", details: "KeyI", full_screen: "F11" };

export const fakeSettings: Settings = {
  display_name: "Anna Kowalska",
  camera: null,
  microphone: null,
  speaker: null,
  ringer: null,
  known_devices: [{ id: "usb-headset", name: "Poly Voyager" }],
  ring_tone: "harbour",
  tone_region: null,
  quiet_hours: { on: false, from: 1320, until: 420, days: [0, 1, 2, 3, 4, 5, 6] },
  follow_focus: true,
  look_for_updates: true,
  favourites: ["/private/chiara", "/public/workshop"],
  own_contacts: [{ name: "Harbour office", address: "+442071838750" }],
  auto_answer: [],
  ring_seconds: 60,
  ring_volume: 0.8,
  echo_cancellation: true,
  noise_suppression: true,
  automatic_gain: true,
  high_pass: true,
  studio: false,
  stereo: false,
  microphone_gain: 1,
  push_to_talk: false,
  comfort_noise: true,
  dtx: false,
  caller_volumes: [],
  video_width: 1280,
  video_height: 720,
  video_fps: 30,
  video_bitrate: 2_500_000,
  video_codecs: "h264_first",
  audio_codecs: "opus_first",
  theme: "system",
  language: "system",
  text_size: 100,
  mirror_self_view: true,
  camera_turn: 0,
  mirror_for_others: false,
  brighter: false,
  blur_background: false,
  camera_tunings: [],
    join_muted: false,
    join_camera_off: false,
  notifications: true,
  shortcuts: { mute: "Ctrl+Alt+KeyM", push_to_talk: null, answer: null, hang_up: null },
  mini_window: true,
  own_keys: fakeKeys,
  relay_only: false,
  advanced: fakeAdvanced,
  ice_servers: [],
  user_variables: {},
};

const fakeControls: CameraControl[] = [
  { id: "1", name: "brightness", label: "Brightness", unit: null, kind: { kind: "range", min: -64, max: 64, step: 1, default: 0 }, value: 12, locked: false },
  { id: "2", name: "auto_white_balance", label: "White Balance, Automatic", unit: null, kind: { kind: "switch", default: 1 }, value: 1, locked: false },
  { id: "3", name: "white_balance", label: "White Balance Temperature", unit: "kelvin", kind: { kind: "range", min: 2800, max: 6500, step: 10, default: 4600 }, value: 4600, locked: true },
];

const device = (kind: DeviceInfo["kind"], id: string, name: string, is_default = false): DeviceInfo => ({ id, kind, name, is_default });

const minute = 60_000;

function history(now: number): CompletedCall[] {
  const call = (
    ago: number,
    direction: CompletedCall["direction"],
    name: string,
    address: string,
    end: EndReason,
    duration = 0,
    with_video = true,
  ): CompletedCall => ({
    id: `old-${ago}`,
    direction,
    name,
    address,
    started_at: now - ago * minute,
    duration: duration * 1000,
    with_video,
    end,
    missed: direction === "inbound" && duration === 0 && end !== "declined",
  });
  return [
    call(14, "inbound", "Bruno Silva", "/private/bruno", "cancelled"),
    call(16, "inbound", "Bruno Silva", "/private/bruno", "no_answer"),
    call(95, "outbound", "Chiara Rossi", "/private/chiara", "far_hung_up", 1284),
    call(260, "outbound", "Workshop", "/public/workshop", "hung_up", 341),
    call(1500, "inbound", "Harbour office", "+442071838750", "far_hung_up", 73, false),
    call(1620, "outbound", "Omar Haddad", "/private/omar", "busy"),
    call(4400, "inbound", "Dilan Yıldız", "/private/dilan", "hung_up", 632),
    call(11000, "outbound", "Echo", "/public/echo", "hung_up", 25),
  ];
}

export const fakeReport: PreflightReport = {
  at: 0,
  version: "0.1.0",
  system: "linux x86_64",
  devices: [
    { kind: "camera", name: "Built-in camera", state: "running", unwanted: false },
    { kind: "microphone", name: "Headset", state: "running", unwanted: false },
    { kind: "speaker", name: "Headset", state: "running", unwanted: false },
  ],
  microphone_level: 0.001,
  signalling: 38,
  servers: [{ url: "turn:relay.example.com:3478", kind: "turn", works: true, round_trip: 41, seen_as: null, trouble: null }],
  call: { address: "/public/echo", connected_after: 420, measured: 6_000, up: 2_300_000, down: 2_200_000, carries: 2_600_000, loss: 0.001, jitter: 7, round_trip: 44, mos: 4.3, path: "srflx", picture: true },
  warnings: ["microphone_silent"],
};

export function fakeCall(now: number, change: Partial<CallView> & Pick<CallView, "id">): CallView {
  return {
    direction: "outbound",
    status: "connected",
    name: "Chiara Rossi",
    address: "/private/chiara",
    started_at: now - 80_000,
    connected_at: now - 74_000,
    gives_up_at: null,
    with_video: true,
    receives_video: true,
    check: false,
    far_shares: false,
    sharing: false,
    room: null,
    muted: false,
    volume: 1,
    camera_off: false,
    silenced: false,
    actions: { ...noActions, hang_up: true, hold: true, mute: true, camera: true, digits: true, transfer: true, share: true },
    end: null,
    cause: null,
    stats: {
      round_trip: 24,
      jitter: 6.2,
      buffered: 43,
      buffer_target: 40,
      concealed: 0.002,
      sound_behind: -4,
      loss: 0.004,
      sound_lost: 0.002,
      audio_in: 38_000,
      audio_out: 36_500,
      video_in: 1_840_000,
      video_out: 2_110_000,
      carries_out: 2_600_000,
      fps_in: 29.8,
      fps_out: 30,
      size_in: [1280, 720],
      size_out: [1280, 720],
      audio_codec: "opus",
      video_codec: "h264",
      path: "host",
      mos: 4.3,
    },
    quality: "excellent",
    problem: null,
    ...change,
  };
}

export function ringingCall(now: number, id: string, name: string, address: string, video = true): CallView {
  return fakeCall(now, {
    id,
    direction: "inbound",
    status: "ringing",
    name,
    address,
    started_at: now,
    connected_at: null,
    gives_up_at: now + 52_000,
    with_video: video,
    receives_video: false,
    actions: { ...noActions, answer: true, decline: true, silence: true },
    stats: null,
    quality: null,
  });
}

function ended(now: number, end: EndReason, cause: HangupCause | null, talked = false): CallView {
  return fakeCall(now, {
    id: "ended",
    status: end === "failed" ? "failed" : "disconnected",
    connected_at: talked ? now - 74_000 : null,
    receives_video: false,
    actions: noActions,
    end,
    cause,
  });
}

const contact = (name: string, address: string, kind: string, presence: ContactView["presence"] = null): ContactView => ({ id: address, name, address, kind, can_video: kind !== "contact", presence, own: kind === "contact" });

export function home(now: number): Snapshot {
  return {
    revision: 1,
    registration: "online",
    registration_problem: null,
    space: "This computer's space",
    own_name: "Anna Kowalska",
    own_addresses: ["/private/anna"],
    calls: [],
    active_call: null,
    history: history(now),
    missed: 2,
    contacts: [
      contact("Bruno Silva", "/private/bruno", "subscriber", "busy"),
      contact("Chiara Rossi", "/private/chiara", "subscriber", "online"),
      contact("Dilan Yıldız", "/private/dilan", "subscriber", "do_not_disturb"),
      contact("Echo", "/public/echo", "app"),
      contact("Lobby", "/public/lobby", "room"),
      contact("Omar Haddad", "/private/omar", "subscriber", "offline"),
      contact("Workshop", "/public/workshop", "room"),
      contact("Harbour office", "+442071838750", "contact"),
      contact("Yuki Tanaka", "/private/yuki", "subscriber", "online"),
    ],
    chats: fakeChats(now),
    chat: null,
    devices: {
      cameras: [device("camera", "cam-1", "Integrated Webcam HD", true), device("camera", "cam-2", "Logitech BRIO")],
      microphones: [device("microphone", "mic-1", "Built-in Microphone", true), device("microphone", "mic-2", "Jabra Evolve2 40")],
      speakers: [device("speaker", "spk-1", "Built-in Speakers", true), device("speaker", "spk-2", "Jabra Evolve2 40")],
      choices: [
        { kind: "camera", wanted: null, effective: "cam-1", state: "running" },
        { kind: "microphone", wanted: "mic-2", effective: "mic-2", state: "running" },
        { kind: "speaker", wanted: "usb-headset", effective: "spk-1", state: "absent" },
        { kind: "ringer", wanted: null, effective: "spk-1", state: "idle" },
      ],
      system_sound: true,
    },
    camera_running: true,
    talk_key: false,
    camera_format: { width: 1280, height: 720, fps: 30 },
    camera_controls: fakeControls,
    settings: fakeSettings,
  };
}

/** `calls` filled in for one scene. */
function withCalls(now: number, calls: CallView[], active: string | null = calls[0]?.id ?? null): Snapshot {
  return { ...home(now), calls, active_call: active };
}

export const scenes: Record<string, (now: number) => Snapshot> = {
  home,
  welcome: (now) => ({ ...home(now), registration: "signed_out", contacts: [], history: [], missed: 0, own_addresses: [], own_name: null, space: null, settings: { ...fakeSettings, display_name: "" } }),
  chat: (now) => ({ ...home(now), chat: fakeOpen(home(now), "/private/bruno", now) }),
  empty: (now) => ({ ...home(now), chats: [], history: [], missed: 0, contacts: home(now).contacts.filter((c) => c.address === "/public/echo") }),
  reconnecting: (now) => ({ ...home(now), registration: "reconnecting", registration_problem: { code: "space_unreachable", subject: "example.signalwire.com", detail: null, retry: true } }),
  refused: (now) => ({ ...home(now), registration: "refused", registration_problem: { code: "token_expired", subject: null, detail: null, retry: false } }),
  calling: (now) => withCalls(now, [fakeCall(now, { id: "a", status: "ringing", connected_at: null, gives_up_at: now + 40_000, receives_video: false, stats: null, quality: null, actions: { ...noActions, hang_up: true, mute: true, camera: true } })]),
  call: (now) => withCalls(now, [fakeCall(now, { id: "a" })]),
  room: (now) => withCalls(now, [fakeCall(now, { id: "a", name: "Lobby", address: "/public/lobby", room: fakeRoom() })]),
  audio: (now) => withCalls(now, [fakeCall(now, { id: "a", with_video: false, receives_video: false, camera_off: true, quality: "fair" })]),
  muted: (now) => withCalls(now, [fakeCall(now, { id: "a", muted: true, camera_off: true, quality: "poor", problem: { code: "camera_busy", subject: "Logitech BRIO", detail: null, retry: true } })]),
  held: (now) => withCalls(now, [fakeCall(now, { id: "a", status: "held", receives_video: false, actions: { ...noActions, hang_up: true, resume: true, mute: true, camera: true } })]),
  waiting: (now) => withCalls(now, [fakeCall(now, { id: "a" }), ringingCall(now, "b", "Bruno Silva", "/private/bruno")], "a"),
  two: (now) => withCalls(now, [fakeCall(now, { id: "a" }), fakeCall(now, { id: "b", name: "Omar Haddad", address: "/private/omar", status: "held", receives_video: false, actions: { ...noActions, hang_up: true, resume: true, mute: true, camera: true, connect: true, merge: true } })], "a"),
  ringing: (now) => withCalls(now, [ringingCall(now, "b", "Bruno Silva", "/private/bruno")], null),
  ringing2: (now) => withCalls(now, [ringingCall(now, "b", "Bruno Silva", "/private/bruno"), ringingCall(now, "c", "+44 20 7183 8750", "+442071838750", false)], null),
  busy: (now) => withCalls(now, [ended(now, "busy", "USER_BUSY")], null),
  rejected: (now) => withCalls(now, [ended(now, "rejected", "CALL_REJECTED")], null),
  offline: (now) => withCalls(now, [ended(now, "offline", "SUBSCRIBER_ABSENT")], null),
  lost: (now) => withCalls(now, [ended(now, "connection_lost", "MEDIA_TIMEOUT", true)], null),
};

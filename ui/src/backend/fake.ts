import type { Backend, CallView, Event, Levels, Problem, Settings, ShellView, Snapshot, Stop } from ".";
import { fakeLog, fakeOpen, fakeWire, said } from "./fakeChat";
import { fakeNeighbours } from "./fakeNeighbours";
import { fakePictures } from "./fakePictures";
import { fakeOwnRooms, fakeRoom, inRoom } from "./fakeRoom";
import { fakeAdvanced, fakeCall, fakeKeys, fakeReport, noActions, ringingCall, scenes } from "./fakeScenes";

/** Hands one thing to many listeners. */
class Listeners<T> {
  #all = new Set<(thing: T) => void>();
  add(tell: (thing: T) => void): Stop {
    this.#all.add(tell);
    return () => this.#all.delete(tell);
  }
  tell(thing: T): void {
    for (const listener of this.#all) listener(thing);
  }
  get size(): number {
    return this.#all.size;
  }
}

let shell: ShellView = {
  version: "0.1.0",
  profile: "/home/anna/.local/share/app.ahoy.phone",
  logs: "/home/anna/.local/share/app.ahoy.phone/logs",
  own_space: "ws://192.168.1.20:7780",
  offers_own_space: true,
  tray: true,
  keychain: true,
  link: null,
  joining: false,
  starts_at_login: false,
  shortcuts: true,
  advanced_defaults: fakeAdvanced,
  keys_defaults: fakeKeys,
  update: { by: "app", state: { is: "available", version: "0.2.0", notes: "Calls begin sooner.\nThe bell can be heard in the kitchen." } },
};

const refuse = (code: Problem["code"], subject: string | null = null): Promise<never> =>
  Promise.reject({ code, subject, detail: null, retry: false } satisfies Problem);

/** A phone that is only played, with everything a screen needs. Numbers that end in 1-4 are busy, decline, do not answer or are offline. */
export function fakeBackend(options: URLSearchParams): Backend {
  const now = Date.now();
  const scene = scenes[options.get("scene") ?? "home"] ?? scenes.home!;
  let snapshot: Snapshot = scene(now);
  const language = options.get("language");
  if (language) snapshot = { ...snapshot, settings: { ...snapshot.settings, language } };
  const theme = options.get("theme");
  if (theme) snapshot = { ...snapshot, settings: { ...snapshot.settings, theme } };
  const snapshots = new Listeners<Snapshot>();
  const events = new Listeners<Event>();
  const levels = new Listeners<Levels>();
  const shells = new Listeners<ShellView>();
  let ids = 0;
  let rooms = fakeOwnRooms();

  const change = (changes: Partial<Snapshot>) => {
    snapshot = { ...snapshot, ...changes, revision: snapshot.revision + 1 };
    snapshots.tell(snapshot);
  };
  const changeCall = (id: string, changes: Partial<CallView>) =>
    change({ calls: snapshot.calls.map((call) => (call.id === id ? { ...call, ...changes } : call)) });
  const end = (id: string, reason: CallView["end"], cause: CallView["cause"] = null) => {
    const call = snapshot.calls.find((c) => c.id === id);
    if (!call || call.end) return;
    changeCall(id, { status: "disconnected", end: reason, cause, actions: noActions, receives_video: false });
    const duration = call.connected_at ? Date.now() - call.connected_at : 0;
    const { direction, name, address, started_at, with_video } = call;
    const missed = direction === "inbound" && duration === 0 && reason === "cancelled";
    change({
      history: [{ id, direction, name, address, started_at, duration, with_video, end: reason ?? "failed", missed }, ...snapshot.history],
      missed: snapshot.missed + (missed ? 1 : 0),
    });
    events.tell({ event: "call_ended", value: id });
    setTimeout(() => change({ calls: snapshot.calls.filter((c) => c.id !== id) }), 10_000);
  };
  const connect = (id: string, video: boolean) => {
    const model = fakeCall(Date.now(), { id });
    changeCall(id, { ...model, ...pick(snapshot.calls.find((c) => c.id === id)), connected_at: Date.now(), receives_video: video, camera_off: !video });
    change({ active_call: id });
  };
  const pick = (call?: CallView) => (call ? { name: call.name, address: call.address, direction: call.direction, with_video: call.with_video } : {});

  setInterval(() => {
    if (!levels.size) return;
    const loud = Math.max(0, Math.sin(Date.now() / 900)) * Math.random();
    levels.tell({ microphone: loud * 0.5, speaker: Math.random() * 0.2, clipping: false, talking_muted: snapshot.calls.some((c) => c.muted) && loud > 0.3 });
  }, 50);

  const rings = Number(options.get("rings"));
  if (rings) setTimeout(() => change({ calls: [...snapshot.calls, ringingCall(Date.now(), "in", "Bruno Silva", "/private/bruno")] }), rings);

  return {
    snapshot: async () => snapshot,
    shell: async () => shell,
    onSnapshot: (tell) => snapshots.add(tell),
    onEvent: (tell) => events.add(tell),
    onLevels: (tell) => levels.add(tell),
    onShell: (tell) => shells.add(tell),
    onLink: (tell) => {
      const link = options.get("link");
      if (link) setTimeout(() => tell(link));
      return () => {};
    },
    pictures: fakePictures,
    neighbours: fakeNeighbours(options),
    ready: async () => {},
    signIn: async ({ token }) => {
      if (!token.startsWith("eyJ")) return refuse("token_malformed");
      change({ ...scenes.home!(Date.now()), revision: snapshot.revision });
    },
    signInHere: async (name) => {
      change({ registration: "connecting" });
      setTimeout(() => change({ ...scenes.empty!(Date.now()), own_name: name, revision: snapshot.revision }), 400);
    },
    setStartAtLogin: async (on) => {
      shell = { ...shell, starts_at_login: on };
      shells.tell(shell);
    },
    signOut: async () => change({ registration: "signed_out", contacts: [], history: [] }),
    renewal: async () => ({ by: "nothing" }),
    setRenewal: async () => {},
    deviceFingerprint: async () => "w5GJ2q0yXn3pB1mVt8Zr6Lk4Hs9Dd7Ff0Aa2Cc5EeIi",
    keepIceCredential: async () => {},
    setOnline: async (online) => change({ registration: online ? "online" : "offline" }),
    dial: async (to, video) => {
      if (/\s/.test(to.trim())) return refuse("address_malformed", to);
      const id = `call-${++ids}`;
      const known = snapshot.contacts.find((c) => c.address === to || c.name.toLowerCase() === to.toLowerCase());
      const call = fakeCall(Date.now(), {
        id,
        name: known?.name ?? to.split("/").at(-1) ?? to,
        address: known?.address ?? to,
        status: "trying",
        connected_at: null,
        started_at: Date.now(),
        receives_video: false,
        with_video: video,
        camera_off: !video,
        stats: null,
        quality: null,
        actions: { ...noActions, hang_up: true, mute: true, camera: true },
      });
      change({ calls: [...snapshot.calls, call], active_call: id });
      setTimeout(() => changeCall(id, { status: "ringing", gives_up_at: Date.now() + 45_000 }), 500);
      const fates: Record<string, () => void> = {
        "1": () => end(id, "busy", "USER_BUSY"),
        "2": () => end(id, "rejected", "CALL_REJECTED"),
        "3": () => end(id, "no_answer", "NO_ANSWER"),
        "4": () => end(id, "offline", "SUBSCRIBER_ABSENT"),
      };
      setTimeout(fates[to.at(-1) ?? ""] ?? (() => snapshot.calls.find((c) => c.id === id && !c.end) && connect(id, video)), 2500);
      return id;
    },
    answer: async (id, video) => connect(id, video),
    endAndAnswer: async (id, video) => {
      for (const call of snapshot.calls) if (call.id !== id && call.actions.hang_up) end(call.id, "hung_up");
      connect(id, video);
    },
    transfer: async (id) => end(id, "transferred", "BLIND_TRANSFER"),
    connectCalls: async (id) => {
      const active = snapshot.active_call;
      for (const call of [id, active]) if (call) end(call, "transferred", "ATTENDED_TRANSFER");
    },
    mergeCalls: async (id) => {
      end(id, "transferred", "ATTENDED_TRANSFER");
      if (snapshot.active_call) changeCall(snapshot.active_call, { room: fakeRoom() });
    },
    decline: async (id) => {
      end(id, "declined", "CALL_REJECTED");
      change({ calls: snapshot.calls.filter((c) => c.id !== id) });
    },
    silence: async (id) => changeCall(id, { silenced: true }),
    hangUp: async (id) => end(id, snapshot.calls.find((c) => c.id === id)?.connected_at ? "hung_up" : "cancelled"),
    setMuted: async (id, muted) => changeCall(id, { muted }),
    setCamera: async (id, on) => changeCall(id, { camera_off: !on }),
    askRoom: async (id, action) => {
      const room = snapshot.calls.find((call) => call.id === id)?.room;
      if (room) changeCall(id, { room: inRoom(room, action) });
    },
    hold: async (id) => changeCall(id, { status: "held", receives_video: false, actions: { ...noActions, hang_up: true, resume: true, mute: true, camera: true } }),
    resume: async (id) => connect(id, true),
    sendDigits: async () => {},
    screens: async () => [
      { id: "screen:1", kind: "screen", name: "Built-in display", thumbnail: null },
      { id: "window:7", kind: "window", name: "Budget.ods", thumbnail: null },
      { id: "test:picture", kind: "made_up", name: "Test picture", thumbnail: null },
    ],
    shareScreen: async (id) => changeCall(id, { sharing: true }),
    stopSharing: async (id) => changeCall(id, { sharing: false }),
    setActive: async (id) => change({ active_call: id }),
    dismiss: async (id) => change({ calls: snapshot.calls.filter((c) => c.id !== id) }),
    chooseDevice: async (kind, wanted) => {
      const choices = snapshot.devices.choices.map((c) => (c.kind === kind ? { ...c, wanted, effective: wanted ?? c.effective, state: "running" as const } : c));
      change({ devices: { ...snapshot.devices, choices }, settings: { ...snapshot.settings, [kind]: wanted } as Settings });
    },
    holdTalkKey: async (talk_key) => change({ talk_key }),
    setVolume: async (id, volume) => changeCall(id, { volume }),
    setFullScreen: async (on) => (on ? document.documentElement.requestFullscreen() : document.exitFullscreen()),
    isFullScreen: async () => document.fullscreenElement !== null,
    setPreview: async (on) => change({ camera_running: on || snapshot.calls.length > 0 }),
    setCameraControl: async (id, value) => change({ camera_controls: snapshot.camera_controls.map((control) => (control.id === id ? { ...control, value } : control)) }),
    resetCameraControls: async () => change({ camera_controls: snapshot.camera_controls.map((control) => ({ ...control, value: control.kind.default })) }),
    testRing: async () => {},
    saveFile: async (name) => `/home/anna/Downloads/${name}`,
    saveSupportFile: async () => "/home/anna/Downloads/ahoy-support-1.json",
    checkForUpdates: async () => {
      shell = { ...shell, update: { by: "app", state: { is: "up_to_date" } } };
      shells.tell(shell);
      return shell.update;
    },
    installUpdate: async () => {},
    readLog: async () => fakeLog,
    testSpeaker: async () => {},
    preflight: async () => fakeReport,
    savePicture: async () => "/home/anna/Pictures/ahoy.png",
    saveReport: async () => "/home/anna/Downloads/ahoy-check.json",
    refreshContacts: async () => {},
    rooms: async () => [...rooms],
    saveRoom: async (room) => {
      const kept = { ...room, id: room.id ?? `room-${++ids}`, address: room.id ? room.address : `/public/${room.title.toLowerCase().replace(/\W+/g, "-")}` };
      rooms = [...rooms.filter(({ id }) => id !== kept.id), kept].sort((a, b) => a.title.localeCompare(b.title));
      return kept;
    },
    deleteRoom: async (gone) => void (rooms = rooms.filter(({ id }) => id !== gone)),
    updateSettings: async (settings) => change({ settings }),
    openChat: async (address) => change({ chat: fakeOpen(snapshot, address, Date.now()), chats: snapshot.chats.map((chat) => (chat.address === address ? { ...chat, unread: 0 } : chat)) }),
    closeChat: async () => change({ chat: null }),
    olderMessages: async () => void (snapshot.chat && change({ chat: { ...snapshot.chat, has_older: false } })),
    sendText: async (_address, text) => void (snapshot.chat && change({ chat: said(snapshot.chat, text) })),
    openWeb: async () => {},
    mintToken: async () => "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..made-up",
    ringMe: async () => change({ calls: [...snapshot.calls, ringingCall(Date.now(), "test", "Test video", "/private/test-video")] }),
    askRaw: async (method) => ({ ok: false, text: `${method} is not known` }),
    wireLog: async () => fakeWire,
    showMain: async () => {},
    deleteHistory: async (id) => change({ history: id ? snapshot.history.filter((c) => c.id !== id) : [], missed: 0 }),
    markMissedSeen: async () => change({ missed: 0 }),
  };
}

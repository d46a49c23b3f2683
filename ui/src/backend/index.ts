import type * as bindings from "./bindings.gen";
import type { CallId, DeviceId, DeviceKind, Event, Levels, OwnRoom, PreflightReport, Problem, Renewal, RawAnswer, RingTone, RoomAction, ScreenInfo, ShellView, TileId, UpdateView, WireLine } from "./bindings.gen";

import type { Neighbours } from "./neighbours";

export type * from "./bindings.gen";

/** What a file may leave out is always there in what the phone says. */
export type Settings = Required<bindings.Settings>;
export type Snapshot = Omit<bindings.Snapshot, "settings"> & { settings: Settings };

/** Stops what it was given for. */
export type Stop = () => void;

/** What a tile tells about the picture it shows. */
export interface PictureInfo {
  width: number;
  height: number;
}

/** Draws a tile's pictures into a canvas until stopped. */
export interface Pictures {
  attach(tile: TileId, canvas: HTMLCanvasElement, sized: (picture: PictureInfo) => void): Stop;
}

/** An account in a space. */
export interface Account {
  url: string;
  token: string;
}

/**
 * Everything the page can ask of the house. `tauri.ts` asks the real one, `fake.ts` plays one for design and tests.
 * Whatever can go wrong is thrown as a `Problem`.
 */
export interface Backend {
  snapshot(): Promise<Snapshot>;
  shell(): Promise<ShellView>;
  onSnapshot(tell: (snapshot: Snapshot) => void): Stop;
  onEvent(tell: (event: Event) => void): Stop;
  /** Levels flow only while somebody listens. */
  onLevels(tell: (levels: Levels) => void): Stop;
  onShell(tell: (shell: ShellView) => void): Stop;
  /** A link was opened: its text belongs into the dial field. */
  onLink(tell: (text: string) => void): Stop;
  pictures: Pictures;
  neighbours: Neighbours;

  /** The page can be used now. */
  ready(): Promise<void>;
  signIn(account: Account): Promise<void>;
  signInHere(name: string): Promise<void>;
  signOut(): Promise<void>;
  setStartAtLogin(on: boolean): Promise<void>;
  /** How the token of our space is renewed; `null` where that is nobody's choice. */
  renewal(): Promise<Renewal | null>;
  setRenewal(renewal: Renewal, refreshToken: string | null): Promise<void>;
  /** What a token has to be bound to for this device. */
  deviceFingerprint(): Promise<string>;
  /** The password of one of the user's own STUN or TURN servers; `null` forgets it. */
  keepIceCredential(url: string, secret: string | null): Promise<void>;
  setOnline(online: boolean): Promise<void>;
  dial(to: string, video: boolean): Promise<CallId>;
  answer(call: CallId, video: boolean): Promise<void>;
  /** Ends the call that is talked on, then answers this one. */
  endAndAnswer(call: CallId, video: boolean): Promise<void>;
  /** Connects the far side with somebody else and leaves. */
  transfer(call: CallId, to: string): Promise<void>;
  /** Connects the far sides of this call and the active one, and leaves both. */
  connectCalls(call: CallId): Promise<void>;
  /** Brings this call into the active one. */
  mergeCalls(call: CallId): Promise<void>;
  decline(call: CallId): Promise<void>;
  silence(call: CallId): Promise<void>;
  hangUp(call: CallId): Promise<void>;
  setMuted(call: CallId, muted: boolean): Promise<void>;
  setCamera(call: CallId, on: boolean): Promise<void>;
  /** Asks the room that a call is in for something; what comes of it is in the snapshot. */
  askRoom(call: CallId, action: RoomAction): Promise<void>;
  hold(call: CallId): Promise<void>;
  resume(call: CallId): Promise<void>;
  sendDigits(call: CallId, digits: string): Promise<void>;
  /** What can be shared now. */
  screens(): Promise<ScreenInfo[]>;
  shareScreen(call: CallId, source: DeviceId, sound: boolean): Promise<void>;
  stopSharing(call: CallId): Promise<void>;
  setActive(call: CallId): Promise<void>;
  dismiss(call: CallId): Promise<void>;
  chooseDevice(kind: DeviceKind, device: DeviceId | null): Promise<void>;
  /** With push to talk: one is heard while the key is held. */
  holdTalkKey(held: boolean): Promise<void>;
  /** How loud the far side is heard, 0 to 2; remembered for its address. */
  setVolume(call: CallId, volume: number): Promise<void>;
  /** The window fills the screen, by the system's own means. */
  setFullScreen(on: boolean): Promise<void>;
  isFullScreen(): Promise<boolean>;
  setPreview(on: boolean): Promise<void>;
  /** Adjusts the camera that runs; what its driver makes of it is in the snapshot. */
  setCameraControl(control: string, value: number): Promise<void>;
  resetCameraControls(): Promise<void>;
  /** Plays a short tone on the chosen speaker. */
  testSpeaker(): Promise<void>;
  /** Checks devices, space, servers, and a short call; takes about ten seconds. */
  preflight(): Promise<PreflightReport>;
  /** Writes a report where downloads go; resolves to the file's path. */
  /** Writes what a tile shows now where pictures go; resolves to the file's path. */
  savePicture(tile: TileId): Promise<string>;
  saveReport(report: PreflightReport): Promise<string>;
  /** Rings for a moment. */
  testRing(tone: RingTone): Promise<void>;
  /** Writes a file into the folder for downloads and tells where it is. */
  saveFile(name: string, text: string): Promise<string>;
  /** Gathers what helps to find a fault, without secrets, and tells where it is. */
  saveSupportFile(): Promise<string>;
  /** Asks whether there is a new version; what was found is also in the shell's view. */
  checkForUpdates(): Promise<UpdateView>;
  /** Fetches and installs it, and starts anew. */
  installUpdate(): Promise<void>;
  /** The end of the log. */
  readLog(): Promise<string>;
  /** Reads the directory again. */
  refreshContacts(): Promise<void>;
  /** Our rooms on the space. */
  rooms(): Promise<OwnRoom[]>;
  /** Makes a room (without an id) or changes it. */
  saveRoom(room: OwnRoom): Promise<OwnRoom>;
  deleteRoom(id: string): Promise<void>;
  updateSettings(settings: Settings): Promise<void>;
  /** Makes the conversation with this address the open one. */
  openChat(address: string): Promise<void>;
  closeChat(): Promise<void>;
  olderMessages(): Promise<void>;
  /** Returns when the space has taken the text. */
  sendText(address: string, text: string): Promise<void>;
  /** Shows a page of the web in the browser. */
  openWeb(url: string): Promise<void>;
  /** A token for somebody in this computer's space, good for so many minutes. */
  mintToken(reference: string, minutes: number): Promise<string>;
  /** This computer's space rings us, with a test picture. */
  ringMe(): Promise<void>;
  /** Sends a request to the space as it is; `params` is JSON. */
  askRaw(method: string, params: string): Promise<RawAnswer>;
  /** The last messages to and from the space, while they are kept. */
  wireLog(): Promise<WireLine[]>;
  /** Brings the main window to the front. */
  showMain(): Promise<void>;
  deleteHistory(call: CallId | null): Promise<void>;
  markMissedSeen(): Promise<void>;
}

/** A thrown thing as a problem: ours pass through, anything else is an internal one. */
export function asProblem(thrown: unknown): Problem {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown) return thrown as Problem;
  return { code: "internal", subject: null, detail: String(thrown), retry: false };
}

/** The real backend inside the app; the fake in a plain browser. */
export async function openBackend(): Promise<Backend> {
  if ("__TAURI_INTERNALS__" in window) return (await import("./tauri")).tauriBackend();
  return (await import("./fake")).fakeBackend(new URLSearchParams(location.search));
}

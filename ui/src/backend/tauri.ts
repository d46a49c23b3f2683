import { listen, type EventCallback } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import { FrameStream } from "../frames/stream";
import type { Backend, Event, Levels, ShellView, Snapshot, Stop } from ".";
import { commands } from "./bindings.gen";
import { tauriNeighbours } from "./neighbours";

/** Hears a Tauri event until stopped, also when stopped before the ear was there. */
function hear<T>(event: string, tell: (value: T) => void): Stop {
  let stopped = false;
  const told: EventCallback<T> = ({ payload }) => {
    if (!stopped) tell(payload);
  };
  const ear = listen<T>(event, told);
  return () => {
    stopped = true;
    void ear.then((stop) => stop());
  };
}

/** The house itself, through Tauri's commands and events. */
export function tauriBackend(): Backend {
  let metersOpen = 0;
  return {
    snapshot: () => commands.snapshot() as Promise<Snapshot>,
    shell: commands.shellView,
    onSnapshot: (tell) => hear<Snapshot>("snapshot", tell),
    onEvent: (tell) => hear<Event>("happening", tell),
    onLink: (tell) => hear<string>("link", tell),
    onShell: (tell) => hear<ShellView>("shell", tell),
    onLevels(tell) {
      if (++metersOpen === 1) void commands.watchLevels(true);
      const stop = hear<Levels>("levels", tell);
      return () => {
        stop();
        if (--metersOpen === 0) void commands.watchLevels(false);
      };
    },
    pictures: new FrameStream(commands.framesDoor),
    neighbours: tauriNeighbours(hear),

    ready: () => commands.ready(),
    signIn: ({ url, token }) => done(commands.signIn(url, token)),
    signInHere: (name) => done(commands.signInHere(name)),
    setStartAtLogin: (on) => done(commands.setStartAtLogin(on)),
    signOut: () => done(commands.signOut()),
    renewal: () => commands.renewal(),
    setRenewal: (renewal, refreshToken) => done(commands.setRenewal(renewal, refreshToken)),
    deviceFingerprint: () => commands.deviceFingerprint(),
    keepIceCredential: (url, secret) => done(commands.keepIceCredential(url, secret)),
    setOnline: (online) => done(commands.setOnline(online)),
    dial: (to, video) => commands.dial(to, video),
    answer: (call, video) => done(commands.answer(call, video)),
    endAndAnswer: (call, video) => done(commands.endAndAnswer(call, video)),
    transfer: (call, to) => done(commands.transfer(call, to)),
    connectCalls: (call) => done(commands.connectCalls(call)),
    mergeCalls: (call) => done(commands.mergeCalls(call)),
    decline: (call) => done(commands.decline(call)),
    silence: (call) => done(commands.silence(call)),
    hangUp: (call) => done(commands.hangUp(call)),
    setMuted: (call, muted) => done(commands.setMuted(call, muted)),
    setCamera: (call, on) => done(commands.setCamera(call, on)),
    askRoom: (call, action) => done(commands.askRoom(call, action)),
    hold: (call) => done(commands.hold(call)),
    resume: (call) => done(commands.resume(call)),
    sendDigits: (call, digits) => done(commands.sendDigits(call, digits)),
    screens: () => commands.screens(),
    shareScreen: (call, source, sound) => done(commands.shareScreen(call, source, sound)),
    stopSharing: (call) => done(commands.stopSharing(call)),
    setActive: (call) => done(commands.setActive(call)),
    dismiss: (call) => done(commands.dismiss(call)),
    chooseDevice: (kind, device) => done(commands.chooseDevice(kind, device)),
    holdTalkKey: (held) => done(commands.holdTalkKey(held)),
    setVolume: (call, volume) => done(commands.setVolume(call, volume)),
    setFullScreen: (on) => getCurrentWindow().setFullscreen(on),
    isFullScreen: () => getCurrentWindow().isFullscreen(),
    setPreview: (on) => done(commands.setPreview(on)),
    setCameraControl: (control, value) => done(commands.setCameraControl(control, value)),
    resetCameraControls: () => done(commands.resetCameraControls()),
    testRing: (tone) => done(commands.testRing(tone)),
    saveFile: (name, text) => commands.saveFile(name, text),
    saveSupportFile: () => commands.saveSupportFile(),
    checkForUpdates: () => commands.checkForUpdates(),
    installUpdate: async () => {
      await commands.installUpdate();
    },
    readLog: () => commands.readLog(),
    testSpeaker: () => done(commands.testSpeaker()),
    preflight: () => commands.preflight(),
    savePicture: (tile) => commands.savePicture(tile),
    saveReport: (report) => commands.saveReport(report),
    refreshContacts: () => done(commands.refreshContacts()),
    rooms: () => commands.rooms(),
    saveRoom: (room) => commands.saveRoom(room),
    deleteRoom: (id) => done(commands.deleteRoom(id)),
    updateSettings: (settings) => done(commands.updateSettings(settings)),
    openChat: (address) => done(commands.openChat(address)),
    closeChat: () => done(commands.closeChat()),
    olderMessages: () => done(commands.olderMessages()),
    sendText: (address, text) => done(commands.sendText(address, text)),
    openWeb: (url) => done(commands.openWeb(url)),
    mintToken: (reference, minutes) => commands.mintToken(reference, minutes),
    ringMe: () => done(commands.ringMe()),
    askRaw: (method, params) => commands.askRaw(method, params),
    wireLog: () => commands.wireLog(),
    showMain: () => done(commands.showMain()),
    deleteHistory: (call) => done(commands.deleteHistory(call)),
    markMissedSeen: () => done(commands.markMissedSeen()),
  };
}

const done = async (command: Promise<unknown>): Promise<void> => void (await command);

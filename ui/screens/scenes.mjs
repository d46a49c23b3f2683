// Every screen there is: which page and scene of the fake backend, and what to press to get there.
const settings = (section) => ({ scene: "home", clicks: ["[data-control=settings]", `[data-section=${section}]`] });
const call = (scene, ...controls) => ({ scene, clicks: controls.map((control) => `[data-control=${control}]`) });

export const scenes = {
  welcome: { scene: "welcome" },
  "welcome-join": { scene: "welcome", clicks: ["[data-way=join]"] },
  "welcome-waiting": { scene: "welcome", fills: { "#name": "Bruno" }, clicks: ["[data-way=join]", "[data-space=Studio]"] },
  "welcome-address": { scene: "welcome", fills: { "#name": "Bruno" }, clicks: ["[data-way=join]", "#lan-address"], types: "192.168.1.7", presses: ["[data-control=look-there]"] },
  invite: { scene: "home", query: "link=ahoy:join%3Fc%3D1" },
  "join-request": { scene: "home", query: "lan=request" },
  home: { scene: "home" },
  status: { scene: "home", clicks: [".chip"] },
  search: { scene: "home", types: "a" },
  pad: { scene: "home", clicks: ["[data-control=dial-pad]"] },
  chat: { scene: "chat" },
  chats: { scene: "home", clicks: ["[data-tab=chats] >> visible=true"] },
  "call-chat": call("call", "chat"),
  contact: { scene: "home", clicks: ["[data-person='/private/chiara']", "[data-contact] [data-control=qr]"] },
  "contact-add": { scene: "home", clicks: ["[data-control=add-contact]"] },
  missed: { scene: "home", clicks: ["[data-filter=missed]"] },
  empty: { scene: "empty" },
  reconnecting: { scene: "reconnecting" },
  calling: { scene: "calling" },
  call: { scene: "call" },
  "call-details": call("call", "details"),
  "call-pad": call("call", "pad"),
  "call-transfer": call("call", "transfer"),
  audio: { scene: "audio" },
  muted: { scene: "muted" },
  held: { scene: "held" },
  waiting: { scene: "waiting" },
  two: { scene: "two" },
  busy: { scene: "busy" },
  lost: { scene: "lost" },
  room: call("room", "people"),
  "room-layout": call("room", "layout"),
  rings: { scene: "ringing" },
  "settings-devices": settings("devices"),
  "settings-check": settings("check"),
  "settings-rooms": settings("rooms"),
  "settings-sound": settings("sound"),
  "settings-ringing": settings("ringing"),
  "settings-desktop": settings("desktop"),
  "settings-appearance": settings("appearance"),
  "settings-network": settings("network"),
  "settings-own-space": { query: "lan=open", ...settings("ownSpace"), presses: ["[data-control=make-invite]"] },
  "settings-account": settings("account"),
  "settings-advanced": settings("advanced"),
  "settings-developer": { scene: "home", clicks: [...settings("developer").clicks, "[data-control=mint]", "[data-control=wire]"] },
  "settings-about": { scene: "home", clicks: [...settings("about").clicks, "[data-control=log]"] },
  mini: { page: "mini", scene: "call", width: 320, height: 200 },
  "mini-alone": { page: "mini", scene: "audio", width: 320, height: 200 },
  "ringing-window": { page: "ringing", scene: "ringing", width: 400, height: 200 },
  "ringing-two": { page: "ringing", scene: "ringing2", width: 400, height: 266 },
};

/** Those that are looked at with the few colours of a high-contrast system. */
export const forced = ["home", "call", "two", "settings-sound", "settings-desktop", "settings-advanced", "ringing-window", "mini"];

/** Those that the gallery shows; the others differ little. */
export const gallery = ["welcome", "home", "search", "call", "call-chat", "chat", "contact", "audio", "room", "waiting", "two", "busy", "rings", "settings-devices", "settings-ringing", "settings-appearance", "settings-account", "settings-advanced", "settings-developer", "ringing-window", "mini"];

export const looks = {
  light: {},
  dark: { dark: true },
  contrast: { contrast: true },
  small: { width: 360, height: 640 },
  large: { width: 1600, height: 900 },
  rtl: { language: "ar" },
};

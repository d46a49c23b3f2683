// Photographs the screens with the fake backend: node scripts/shots.mjs OUT [scene,scene…]
import { mkdirSync } from "node:fs";
import { preview } from "vite";
import { chromium } from "playwright-core";

const [out = "shots", only] = process.argv.slice(2);
mkdirSync(out, { recursive: true });

/** name, page, scene, size, colours, and what to do before the picture */
const shots = [
  ["welcome", "index", "welcome", [1100, 740], "light"],
  ["welcome-dark", "index", "welcome", [1100, 740], "dark", (p) => p.click("[data-way=join]").catch(() => {})],
  ["welcome-small", "index", "welcome", [360, 640], "light"],
  ["home", "index", "home", [1100, 740], "light"],
  ["home-dark", "index", "home", [1100, 740], "dark"],
  ["home-small", "index", "home", [360, 640], "light"],
  ["home-wide", "index", "home", [1600, 900], "light", (p) => p.click(".chip")],
  ["home-search", "index", "home", [1100, 740], "light", (p) => p.keyboard.type("i")],
  ["home-pad", "index", "home", [1100, 740], "dark", (p) => p.click("[aria-label='Dial pad']")],
  ["empty", "index", "empty", [1100, 740], "light"],
  ["reconnecting", "index", "reconnecting", [820, 620], "light"],
  ["calling", "index", "calling", [1100, 740], "light"],
  ["call", "index", "call", [1100, 740], "light"],
  ["call-small", "index", "call", [360, 640], "light"],
  ["call-wide", "index", "call", [1600, 900], "light", (p) => p.click("[data-control=details]")],
  ["call-pad", "index", "call", [1100, 740], "light", (p) => p.click("[data-control=pad]")],
  ["room", "index", "room", [1280, 800], "light", (p) => p.click("[data-control=people]")],
  ["room-layout", "index", "room", [1100, 740], "dark", (p) => p.click("[data-control=layout]")],
  ["room-more", "index", "room", [1100, 740], "dark", async (p) => { await p.click("[data-control=people]"); await p.click("[data-control=member-more] >> nth=1"); }],
  ["room-tools", "index", "room", [1100, 740], "light", (p) => p.click("[data-control=room-tools]")],
  ["room-playing", "index", "room", [1100, 740], "dark", async (p) => { await p.click("[data-control=room-tools]"); await p.click("[data-control=record-stop]"); await p.fill("[data-field=play-url]", "file:welcome.mp4"); await p.click("[data-control=play-start]"); }],
  ["rooms", "index", "home", [1100, 740], "light", async (p) => { await p.click("[aria-label=Settings]"); await p.click("[data-section=rooms]"); }],
  ["rooms-edit", "index", "home", [1100, 900], "light", async (p) => { await p.click("[aria-label=Settings]"); await p.click("[data-section=rooms]"); await p.click("[data-control=edit-room]"); }],
  ["rooms-new-dark", "index", "home", [1100, 900], "dark", async (p) => { await p.click("[aria-label=Settings]"); await p.click("[data-section=rooms]"); await p.click("[data-control=new-room]"); }],
  ["rooms-small", "index", "home", [360, 640], "light", async (p) => { await p.click("[aria-label=Settings]"); await p.click("[data-section=rooms]"); await p.click("[data-control=edit-room]"); }],
  ["room-small", "index", "room", [360, 640], "light"],
  ["audio", "index", "audio", [1100, 740], "light"],
  ["muted", "index", "muted", [1100, 740], "light"],
  ["held", "index", "held", [1100, 740], "light"],
  ["waiting", "index", "waiting", [1100, 740], "light"],
  ["two", "index", "two", [1100, 740], "dark"],
  ["busy", "index", "busy", [1100, 740], "light"],
  ["lost", "index", "lost", [360, 640], "light"],
  ["ringing-main", "index", "ringing", [1100, 740], "light"],
  ["settings", "index", "home", [1100, 740], "light", (p) => p.click("[aria-label=Settings]")],
  ["settings-dark", "index", "home", [1100, 900], "dark", (p) => p.click("[aria-label=Settings]")],
  ["settings-small", "index", "home", [360, 640], "light", (p) => p.click("[aria-label=Settings]")],
  ...["sound", "ringing", "desktop", "appearance", "account", "about"].map((s) => [`settings-${s}`, "index", "home", [900, 640], s === "about" || s === "account" ? "dark" : "light", async (p) => { await p.click("[aria-label=Settings]"); await p.click(`[data-section=${s}]`); }]),
  ["ringing", "ringing", "ringing", [400, 180], "light"],
  ["ringing-dark", "ringing", "ringing", [400, 180], "dark"],
  ["ringing2", "ringing", "ringing2", [400, 248], "light"],
];

const server = await preview({ preview: { port: 0, host: "127.0.0.1" }, logLevel: "error" });
const origin = server.resolvedUrls.local[0];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
for (const [name, file, scene, [width, height], colours, act] of shots) {
  if (only && !only.split(",").some((o) => name.startsWith(o))) continue;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: colours, reducedMotion: "reduce" });
  page.on("pageerror", (e) => console.error(name, e.message));
  page.on("console", (m) => m.type() === "error" && console.error(name, m.text()));
  await page.goto(`${origin}${file}.html?scene=${scene}`);
  await page.waitForSelector("main");
  if (act) await act(page);
  await page.waitForTimeout(250);
  await page.screenshot({ path: `${out}/${name}.png` });
  await page.close();
}
await browser.close();
await server.close();

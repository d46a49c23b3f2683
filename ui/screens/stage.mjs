// The pages with the fake backend, in a real browser.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, preview } from "vite";

const program = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ui = fileURLToPath(new URL("..", import.meta.url));
const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Whether this computer has the browser at all. */
export const hasBrowser = existsSync(program);

/** What a change set off (observers of sizes, drawing) is done. */
export const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

export class Stage {
  static async open() {
    const stage = new Stage();
    const outDir = `${ui}node_modules/.screens`;
    await build({ root: ui, configFile: `${ui}vite.config.ts`, logLevel: "error", build: { outDir, emptyOutDir: true, reportCompressedSize: false } });
    stage.server = await preview({ root: ui, configFile: `${ui}vite.config.ts`, logLevel: "error", build: { outDir }, preview: { port: 0, host: "127.0.0.1" } });
    stage.origin = stage.server.resolvedUrls.local[0];
    stage.browser = await chromium.launch({ executablePath: program, args: quiet });
    return stage;
  }

  /** Pages that are free; making one takes longer than showing another scene in it. */
  free = [];

  /** A page that shows a scene; `complaints` collects what it says on its console. Give it back with `done`. */
  async show(scene, { width = 1100, height = 740, language = "en", dark = false, contrast = false, forced = false, still = true } = {}) {
    const page = this.free.pop() ?? (await this.browser.newPage());
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light", contrast: contrast ? "more" : "no-preference", reducedMotion: still ? "reduce" : "no-preference", forcedColors: forced ? "active" : "none" });
    await page.goto(`${this.origin}${scene.page ?? "index"}.html?scene=${scene.scene ?? "home"}&language=${language}${scene.query ? `&${scene.query}` : ""}`);
    await page.waitForSelector("main");
    for (const [selector, text] of Object.entries(scene.fills ?? {})) await page.fill(selector, text);
    for (const selector of scene.clicks ?? []) await page.click(selector);
    if (scene.types) await page.keyboard.type(scene.types);
    for (const selector of scene.presses ?? []) await page.click(selector);
    await settled(page);
    const done = async () => {
      page.removeAllListeners();
      await page.mouse.move(0, 0);
      this.free.push(page);
    };
    return { page, complaints, done };
  }

  async close() {
    await this.browser?.close();
    await this.server?.close();
  }
}

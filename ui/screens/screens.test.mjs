// Looks at every screen in a real browser. UPDATE=1 also makes the pictures of the gallery.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import axe from "axe-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forced, gallery, looks, scenes } from "./scenes.mjs";
import { hasBrowser, settled, Stage } from "./stage.mjs";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const PATIENCE = 60_000;
const here = new URL(".", import.meta.url);
const writes = process.env.UPDATE === "1";
if (!hasBrowser) console.warn("There is no Chromium here: no screen was looked at.");

let stage;
beforeAll(async () => void (stage = hasBrowser && (await Stage.open())), PATIENCE);
afterAll(() => stage && stage.close());

/** What is wrong with a page, in a line each. */
async function faults(page, only) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const run = (runOnly) => globalThis.axe.run({ runOnly, resultTypes: ["violations"] });
  const { violations } = await page.evaluate(run, only ? { type: "rule", values: only } : { type: "tag", values: RULES });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(" ")} ${any.map(({ message }) => message).join("; ")}`));
}

/** Boxes that are wider than the window or than what scrolls around them, and buttons that nobody can bring into view. */
function misfits() {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth - root.clientWidth} px too wide`);
  for (const button of document.querySelectorAll("button, input, select")) {
    const box = button.getBoundingClientRect();
    if (box.width === 0 || button.classList.contains("heard") || getComputedStyle(button).visibility === "hidden") continue;
    let scrolls = button.parentElement;
    while (scrolls && !/(auto|scroll)/.test(getComputedStyle(scrolls).overflow + getComputedStyle(scrolls).overflowX + getComputedStyle(scrolls).overflowY)) scrolls = scrolls.parentElement;
    const out = box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
    if (out && !scrolls) found.push(`${button.ariaLabel ?? button.textContent?.trim() ?? button.tagName} is out of reach`);
  }
  return found;
}

describe.skipIf(!hasBrowser).concurrent.each(Object.entries(scenes))("%s", (name, scene) => {
  it("can be used by everybody", { timeout: PATIENCE }, async () => {
    const { page, complaints, done } = await stage.show(scene, scene);
    expect(await faults(page)).toEqual([]);
    expect(await page.evaluate(misfits)).toEqual([]);
    if (!scene.page) {
      // A small window, and the default one with everything twice as large.
      for (const viewport of [{ width: 360, height: 640 }, { width: 520, height: 360 }]) {
        await page.setViewportSize(viewport);
        await settled(page);
        expect(await page.evaluate(misfits), JSON.stringify(viewport)).toEqual([]);
      }
    }
    // A browser asks for an icon that no window needs.
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
    await done();
    // Every part is on one of those at least.
    if (!gallery.includes(name)) return;
    const night = await stage.show(scene, { ...scene, dark: true });
    expect(await faults(night.page, ["color-contrast"]), "in the dark").toEqual([]);
    await night.done();
  });
});

describe.skipIf(!hasBrowser).concurrent("in every language", () => {
  it.each(["de", "es", "pt", "ja", "ar"])("%s fits", { timeout: PATIENCE }, async (language) => {
    for (const name of ["home", "settings-sound", "ringing-window"]) {
      const scene = scenes[name];
      const { page, done } = await stage.show(scene, { ...scene, language });
      expect([name, await page.evaluate(misfits)]).toEqual([name, []]);
      expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual([language, language === "ar" ? "rtl" : "ltr"]);
      await done();
    }
  });
});

/** Controls that the system's colours leave without an edge, and states that are told by colour alone. */
function edgeless() {
  const found = [];
  const seen = (element) => element.getBoundingClientRect().width > 1 && getComputedStyle(element).visibility !== "hidden";
  const named = (element) => element.ariaLabel ?? element.textContent?.trim() ?? element.tagName;
  for (const control of document.querySelectorAll("button, input:not([type=range]), select, textarea")) {
    const edge = (element) => parseFloat(getComputedStyle(element).borderTopWidth) >= 1 && getComputedStyle(element).borderTopStyle !== "none";
    // A field may have that of its box.
    if (seen(control) && !edge(control) && !(control.matches("input") && edge(control.parentElement))) found.push(`${named(control)} has no edge`);
  }
  for (const marked of document.querySelectorAll("[aria-current], [aria-selected=true], [aria-pressed=true]")) {
    if (seen(marked) && parseFloat(getComputedStyle(marked).outlineWidth) < 2) found.push(`${named(marked)} is not marked`);
  }
  return found;
}

describe.skipIf(!hasBrowser).concurrent("with the system's own colours", () => {
  it.each(forced)("%s can be used", { timeout: PATIENCE }, async (name) => {
    const { page, done } = await stage.show(scenes[name], { ...scenes[name], forced: true });
    expect(await page.evaluate(() => matchMedia("(forced-colors: active)").matches)).toBe(true);
    expect(await faults(page)).toEqual([]);
    expect(await page.evaluate(edgeless)).toEqual([]);
    await done();
  });
});

describe.skipIf(!hasBrowser).concurrent("motion", () => {
  /** What moves for longer than one can see. */
  const moving = () => document.getAnimations().filter((one) => Number(one.effect.getComputedTiming().activeDuration) > 50).length;
  it("is there for those who like it, and rests for those who do not", { timeout: PATIENCE }, async () => {
    const counts = [];
    for (const still of [false, true]) {
      const { page, done } = await stage.show(scenes.calling, { still });
      counts.push(await page.evaluate(moving));
      await done();
    }
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBe(0);
  });
});

describe("the gallery", () => {
  const names = gallery.flatMap((name) => Object.keys(looks).filter((look) => !scenes[name].page || !["small", "large"].includes(look)).map((look) => `${name}-${look}.webp`));

  it.runIf(writes && hasBrowser)("is photographed", { timeout: 10 * PATIENCE }, async () => {
    const painter = await stage.browser.newPage();
    for (const file of names) {
      const [name, look] = [file.slice(0, file.lastIndexOf("-")), file.slice(file.lastIndexOf("-") + 1, -5)];
      const { page, done } = await stage.show(scenes[name], { ...scenes[name], ...looks[look] });
      const png = (await page.screenshot()).toString("base64");
      await done();
      const webp = await painter.evaluate(async (data) => {
        const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
        const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
        canvas.getContext("2d").drawImage(picture, 0, 0);
        return canvas.toDataURL("image/webp", 0.8).split(",")[1];
      }, png);
      writeFileSync(new URL(file, here), Buffer.from(webp, "base64"));
    }
    await painter.close();
    const row = (name) => `| ${name} | ${Object.keys(looks).map((look) => (names.includes(`${name}-${look}.webp`) ? `![${name}, ${look}](${name}-${look}.webp)` : "")).join(" | ")} |`;
    const head = ["# Screens", "", "Made by `UPDATE=1 npm test -- screens` in `ui`; the same test asks axe (WCAG 2.2 AA) about every screen.", ""];
    const table = [`| | ${Object.keys(looks).join(" | ")} |`, `|---${"|---".repeat(Object.keys(looks).length)}|`, ...gallery.map(row)];
    writeFileSync(new URL("README.md", here), [...head, ...table, ""].join("\n"));
  });

  it("has a picture of each, and no other", () => {
    const kept = readdirSync(here).filter((file) => file.endsWith(".webp"));
    expect(kept.sort()).toEqual([...names].sort());
    const index = readFileSync(new URL("README.md", here), "utf8");
    for (const name of names) expect(index).toContain(name);
  });
});

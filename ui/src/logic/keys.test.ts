import { describe, expect, it } from "vitest";
import { conflicts, ownKeyOf, shortcutOf, shortcutText, type Press } from "./keys";

const press = (code: string, ...held: ("ctrlKey" | "altKey" | "shiftKey" | "metaKey")[]): Press => ({
  code,
  ctrlKey: held.includes("ctrlKey"),
  altKey: held.includes("altKey"),
  shiftKey: held.includes("shiftKey"),
  metaKey: held.includes("metaKey"),
});

describe("shortcuts", () => {
  it("are modifiers and a key", () => {
    expect(shortcutOf(press("KeyM", "ctrlKey", "altKey"))).toBe("Ctrl+Alt+KeyM");
    expect(shortcutOf(press("Space", "ctrlKey", "shiftKey"))).toBe("Ctrl+Shift+Space");
    expect(shortcutOf(press("F9"))).toBe("F9");
  });
  it("are not what one types with", () => {
    expect(shortcutOf(press("KeyM"))).toBeNull();
    expect(shortcutOf(press("KeyM", "shiftKey"))).toBeNull();
    expect(shortcutOf(press("ControlLeft", "ctrlKey"))).toBeNull();
    expect(shortcutOf(press("", "ctrlKey"))).toBeNull();
  });
  it("inside the window are any keys that have no work of their own", () => {
    expect(ownKeyOf(press("KeyM"))).toBe("KeyM");
    expect(ownKeyOf(press("KeyH", "shiftKey"))).toBe("Shift+KeyH");
    for (const taken of ["Escape", "Tab", "Enter", "Digit5", "Numpad5", "ShiftLeft"]) expect(ownKeyOf(press(taken))).toBeNull();
  });
  it("that two deeds share are told", () => {
    expect([...conflicts({ mute: "F9", answer: "F9", camera: "KeyV", hold: null })]).toEqual([["F9", ["mute", "answer"]]]);
    expect(conflicts({ mute: "KeyM", camera: "KeyV" }).size).toBe(0);
  });
  it("read well", () => {
    expect(shortcutText("Ctrl+Alt+KeyM")).toBe("Ctrl + Alt + M");
    expect(shortcutText("Super+ArrowUp")).toBe("Super + Up");
    expect(shortcutText("Alt+Digit1")).toBe("Alt + 1");
  });
});

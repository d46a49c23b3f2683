import { describe, expect, it } from "vitest";
import { shortcutOf, shortcutText, type Press } from "./keys";

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
  it("read well", () => {
    expect(shortcutText("Ctrl+Alt+KeyM")).toBe("Ctrl + Alt + M");
    expect(shortcutText("Super+ArrowUp")).toBe("Super + Up");
    expect(shortcutText("Alt+Digit1")).toBe("Alt + 1");
  });
});

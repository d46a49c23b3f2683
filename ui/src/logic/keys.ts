/** What of a key press a shortcut is made of. */
export interface Press {
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
}

const modifiers = [
  ["ctrlKey", "Ctrl"],
  ["altKey", "Alt"],
  ["shiftKey", "Shift"],
  ["metaKey", "Super"],
] as const;

/** Keys that are fine without modifiers, because nobody types with them. */
const alone = /^F([1-9]|1\d|2[0-4])$|^Media|^Pause$|^ScrollLock$/;

/**
 * The shortcut of a key press (`Ctrl+Alt+KeyM`): modifiers, then the key's code. `null` while only modifiers are down, and
 * for a key that one types with and that has neither Ctrl, Alt nor Super beside it.
 */
export function shortcutOf(press: Press): string | null {
  if (!press.code || /^(Control|Alt|Shift|Meta|OS)(Left|Right)?$/.test(press.code)) return null;
  const held = modifiers.filter(([key]) => press[key]).map(([, name]) => name);
  const strong = held.some((name) => name !== "Shift");
  if (!strong && !alone.test(press.code)) return null;
  return [...held, press.code].join("+");
}

/** The key of a press inside our window (`KeyM`, `Shift+KeyH`): any key but modifiers, Tab, Escape, Enter and digits, which have their own work. */
export function ownKeyOf(press: Press): string | null {
  if (!press.code || /^(Control|Alt|Shift|Meta|OS)(Left|Right)?$|^(Tab|Escape|Enter|NumpadEnter)$|^(Digit|Numpad)\d$/.test(press.code)) return null;
  return [...modifiers.filter(([key]) => press[key]).map(([, name]) => name), press.code].join("+");
}

/** What two deeds have in common: names of deeds by the keys that more than one of them has. */
export function conflicts(keys: Record<string, string | null | undefined>): Map<string, string[]> {
  const deeds = new Map<string, string[]>();
  for (const [deed, key] of Object.entries(keys)) if (key) deeds.set(key, [...(deeds.get(key) ?? []), deed]);
  return new Map([...deeds].filter(([, all]) => all.length > 1));
}

/** For people: `Ctrl + Alt + M`. */
export function shortcutText(shortcut: string): string {
  return shortcut
    .split("+")
    .map((part) => part.replace(/^(Key|Digit|Arrow)(?=.)/, ""))
    .join(" + ");
}

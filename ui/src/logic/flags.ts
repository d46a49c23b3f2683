/** The international signal flags, one for each letter: Ahoy's faces for people without a picture. */
export type FlagColour = "red" | "blue" | "yellow" | "white" | "black";
export interface FlagShape {
  colour: FlagColour;
  /** SVG path on a 24 × 24 square, hoist at the left. */
  d: string;
}

const field = (colour: FlagColour): FlagShape => ({ colour, d: "M0 0h24v24H0z" });
const box = (colour: FlagColour, x: number, y: number, w: number, h: number): FlagShape => ({
  colour,
  d: `M${x} ${y}h${w}v${h}h${-w}z`,
});
const shape = (colour: FlagColour, d: string): FlagShape => ({ colour, d });
const saltire = "M0 0h4.500L12 7.500 19.500 0H24v4.500L16.500 12 24 19.500V24h-4.500L12 16.500 4.500 24H0v-4.500L7.500 12 0 4.500z";
const checks = [0, 1, 2, 3]
  .flatMap((row) => [0, 1, 2, 3].filter((column) => (row + column) % 2 === 0).map((column) => `M${column * 6} ${row * 6}h6v6h-6z`))
  .join("");
const slants = "M0 0h4.800L0 4.800zM9.600 0h4.800L0 14.400V9.600zM19.200 0H24L0 24v-4.800zM24 4.800v4.800L9.600 24H4.800zM24 14.400v4.800L19.200 24h-4.800z";

const flags: Record<string, FlagShape[]> = {
  A: [field("white"), box("blue", 12, 0, 12, 24)],
  B: [field("red")],
  C: [field("blue"), box("white", 0, 4.8, 24, 14.4), box("red", 0, 9.6, 24, 4.8)],
  D: [field("yellow"), box("blue", 0, 6, 24, 12)],
  E: [field("blue"), box("red", 0, 12, 24, 12)],
  F: [field("white"), shape("red", "M12 2 22 12 12 22 2 12z")],
  G: [field("yellow"), ...[4, 12, 20].map((x) => box("blue", x, 0, 4, 24))],
  H: [field("white"), box("red", 12, 0, 12, 24)],
  I: [field("yellow"), shape("black", "M12 5.500a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13z")],
  J: [field("blue"), box("white", 0, 8, 24, 8)],
  K: [field("yellow"), box("blue", 12, 0, 12, 24)],
  L: [field("yellow"), box("black", 12, 0, 12, 12), box("black", 0, 12, 12, 12)],
  M: [field("blue"), shape("white", saltire)],
  N: [field("white"), shape("blue", checks)],
  O: [field("red"), shape("yellow", "M0 0 24 24H0z")],
  P: [field("blue"), box("white", 7, 7, 10, 10)],
  Q: [field("yellow")],
  R: [field("red"), box("yellow", 9, 0, 6, 24), box("yellow", 0, 9, 24, 6)],
  S: [field("white"), box("blue", 7, 7, 10, 10)],
  T: [field("red"), box("white", 8, 0, 8, 24), box("blue", 16, 0, 8, 24)],
  U: [field("white"), box("red", 0, 0, 12, 12), box("red", 12, 12, 12, 12)],
  V: [field("white"), shape("red", saltire)],
  W: [field("blue"), box("white", 4.5, 4.5, 15, 15), box("red", 8.5, 8.5, 7, 7)],
  X: [field("white"), box("blue", 9, 0, 6, 24), box("blue", 0, 9, 24, 6)],
  Y: [field("yellow"), shape("red", slants)],
  Z: [field("yellow"), shape("black", "M0 0 12 12 0 24z"), shape("blue", "M24 0 12 12 24 24z"), shape("red", "M0 24 12 12 24 24z")],
};

const letters = Object.keys(flags);

/** The letter whose flag stands for a name: its first one; names without a Latin letter get one that stays the same. */
export function flagLetter(name: string): string {
  const plain = name.normalize("NFKD").toUpperCase();
  const first = /[A-Z]/.exec(plain.replace(/^(SIPS?:|\/?(PUBLIC|PRIVATE)\/)/, ""));
  if (first) return first[0];
  let sum = 0;
  for (const character of plain) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return letters[sum % letters.length] ?? "Q";
}

export function flagShapes(letter: string): FlagShape[] {
  return flags[letter] ?? [field("yellow")];
}

import type { CompletedCall, ContactView } from "../backend";
import { locale } from "../text";

/** One line under the dial field: somebody known, or what was typed as it is. */
export interface Match {
  /** Unique within one list. */
  key: string;
  name: string;
  address: string;
  from: "person" | "recent" | "typed";
}

/** Letters that are not their base letter plus an accent for Unicode, but are for people who type. */
const plain: Record<string, string> = { ı: "i", ø: "o", ł: "l", đ: "d", ß: "ss", æ: "ae", œ: "oe", þ: "th", ð: "d" };
const fold = (text: string) =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ıøłđßæœþð]/g, (letter) => plain[letter] ?? letter);

/** 0 = no match; the better the match, the higher. */
function score(needle: string, name: string, address: string): number {
  const [n, a] = [fold(name), fold(address)];
  if (n === needle || a === needle) return 5;
  if (n.startsWith(needle)) return 4;
  if (n.split(/[\s._-]+/).some((word) => word.startsWith(needle))) return 3;
  if (a.split(/[/:@+]/).some((part) => part.startsWith(needle))) return 2;
  return n.includes(needle) || a.includes(needle) ? 1 : 0;
}

/** An address without the parameters behind `?`. */
export const plainAddress = (address: string): string => address.split("?")[0] ?? address;

/** Who can be meant by what was typed: people first, then numbers from history, then the text itself. */
export function search(typed: string, contacts: ContactView[], history: CompletedCall[], most = 7): Match[] {
  const text = typed.trim();
  if (!text) return [];
  const needle = fold(text);
  const found = new Map<string, { match: Match; rank: number }>();
  for (const { name, address } of contacts) {
    const rank = score(needle, name, address);
    const key = plainAddress(address);
    if (rank > 0) found.set(key, { match: { key, name, address: key, from: "person" }, rank: rank + 0.5 });
  }
  for (const { name, address } of history) {
    const key = plainAddress(address);
    const rank = score(needle, name, address);
    if (rank > 0 && !found.has(key)) found.set(key, { match: { key, name, address: key, from: "recent" }, rank });
  }
  const matches = [...found.values()].sort((a, b) => b.rank - a.rank || a.match.name.localeCompare(b.match.name, locale));
  const known = matches.slice(0, most).map(({ match }) => match);
  const exact = known.some(({ name, address }) => fold(name) === needle || fold(address) === needle);
  return exact ? known : [...known, { key: "typed", name: text, address: text, from: "typed" }];
}

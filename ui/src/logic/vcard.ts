/** Contact cards as other programs write and read them (RFC 6350, and version 3.0 before it). */

export interface Card {
  name: string;
  address: string;
}

const escape = (text: string): string => text.replace(/[\\,;]/g, (mark) => `\\${mark}`).replace(/\r?\n/g, "\\n");
const unescape = (text: string): string => text.replace(/\\([nN\\,;:])/g, (_all, mark: string) => (/n/i.test(mark) ? " " : mark));

/** Lines of at most 75 octets; what is longer goes on after a blank (RFC 6350, 3.2). */
function folded(line: string): string {
  const encoder = new TextEncoder();
  let [out, width] = ["", 0];
  for (const letter of line) {
    const size = encoder.encode(letter).length;
    if (width + size > 75) {
      out += "\r\n ";
      width = 1;
    }
    out += letter;
    width += size;
  }
  return out;
}

/** Numbers are phone numbers, SIP addresses are what they are, and a space's address is one of ours. */
function property(address: string): string {
  if (/^\+[\d\s().-]+$/.test(address)) return `TEL;VALUE=uri:tel:${address.replace(/[^+\d]/g, "")}`;
  return `IMPP:${/^sips?:/i.test(address) ? address : `ahoy:${address}`}`;
}

export const writeCards = (cards: readonly Card[]): string =>
  cards
    .flatMap(({ name, address }) => ["BEGIN:VCARD", "VERSION:4.0", `FN:${escape(name)}`, property(address), "END:VCARD"])
    .map((line) => `${folded(line)}\r\n`)
    .join("");

/** What can be called of a property's value. */
function dialled(name: string, value: string): string | null {
  const text = unescape(value).trim();
  if (name === "TEL") {
    const number = text.replace(/^tel:/i, "").split(";")[0]!.replace(/[^+\d]/g, "");
    return /^\+\d{3,}$/.test(number) ? number : null;
  }
  const known = /^(?:x-)?(ahoy|sips?):(.+)$/i.exec(text);
  if (!known) return null;
  return known[1]!.toLowerCase() === "ahoy" ? known[2]! : text;
}

/** Everybody in a file who can be called, once each. What is no card is passed over. */
export function readCards(file: string): Card[] {
  const lines = file.replace(/\r\n?/g, "\n").replace(/\n[ \t]/g, "").split("\n");
  const found: Card[] = [];
  let card: { name: string; addresses: string[] } | null = null;
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon).split(";")[0]!.split(".").at(-1)!.toUpperCase();
    const value = line.slice(colon + 1);
    if (name === "BEGIN" && /^vcard$/i.test(value.trim())) card = { name: "", addresses: [] };
    else if (!card) continue;
    else if (name === "FN") card.name = unescape(value).trim();
    else if (name === "N" && !card.name) card.name = value.split(";").slice(0, 2).reverse().map(unescape).join(" ").trim();
    else if (name === "TEL" || name === "IMPP" || name === "X-SIP") {
      const address = dialled(name, value);
      if (address) card.addresses.push(address);
    } else if (name === "END") {
      for (const address of card.addresses) {
        if (!found.some((known) => known.address === address)) found.push({ name: card.name || address, address });
      }
      card = null;
    }
  }
  return found;
}

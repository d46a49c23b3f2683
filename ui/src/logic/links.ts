/** A piece of a message: plain words, or an address in the web. */
export interface Piece {
  text: string;
  /** Where it leads; only http and https lead anywhere. */
  link: string | null;
}

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
/** What stands behind an address more often than in it. */
const BEHIND = /[.,;:!?…»”)\]}]+$/;

/** Cuts a message at the addresses in it. Brackets that an address opens belong to it. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    let link = match[0].replace(BEHIND, "");
    const opened = (mark: string) => link.split(mark).length;
    if (match[0][link.length] === ")" && opened("(") > opened(")")) link += ")";
    if (!URL.canParse(link) || new URL(link).hostname === "") continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index), link: null });
    found.push({ text: link, link });
    from = match.index + link.length;
  }
  if (from < text.length) found.push({ text: text.slice(from), link: null });
  return found;
}

import { describe, expect, it } from "vitest";
import { pieces } from "./links";

const links = (text: string) => pieces(text).flatMap(({ link }) => (link ? [link] : []));

describe("links in messages", () => {
  it("are found between words, without what stands behind them", () => {
    expect(links("see https://example.org/a?b=1#c, and (http://x.test/y).")).toEqual(["https://example.org/a?b=1#c", "http://x.test/y"]);
    expect(links("https://en.wikipedia.org/wiki/Ahoy_(greeting)")).toEqual(["https://en.wikipedia.org/wiki/Ahoy_(greeting)"]);
  });

  it("are nothing but http and https", () => {
    expect(links("javascript:alert(1) file:///etc/passwd data:text/html,x ahoy:/private/bob ftp://x.test")).toEqual([]);
    expect(links("https://")).toEqual([]);
  });

  it("lose no letter of the message", () => {
    for (const text of ["", "no link", "https://a.test", "a https://b.test. c\nhttps://d.test!"]) expect(pieces(text).map((piece) => piece.text).join("")).toBe(text);
  });
});

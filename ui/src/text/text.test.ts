import { describe, expect, it } from "vitest";
import desktop from "./desktop.json";
import { languages, localeOf, spoken } from "./languages";
import { plural } from "./plural";

/** One sentence with its place (`home.noMatch`), functions called with marked arguments. */
type Sentences = Map<string, string | null>;

const MARKS = ["⟦a⟧", "⟦b⟧", "⟦c⟧", "⟦d⟧"];

function collect(words: object, place: string, into: Sentences): Sentences {
  for (const [key, value] of Object.entries(words)) {
    const here = place ? `${place}.${key}` : key;
    if (value === null || typeof value === "string") into.set(here, value);
    else if (here === "switched") {
      for (const kind of Object.keys(languages.en.words.devices)) {
        for (const reason of ["unplugged", "failed", "returned", "new_default"]) into.set(`${here}.${kind}.${reason}`, value(kind, reason, "⟦a⟧", "⟦b⟧"));
      }
    } else if (typeof value === "function") into.set(here, value(...MARKS));
    else collect(value, here, into);
  }
  return into;
}

const marks = (sentence: string | null): string[] => MARKS.filter((mark) => sentence?.includes(mark));
const english = collect(languages.en.words, "", new Map());
const others = Object.entries(languages).filter(([tag]) => tag !== "en");

/** Words that are the same in many languages, or are nobody's: names, formats, examples. */
const SHARED = /^(camera\.items\.power_line|app\.name|welcome\.(token|address)Placeholder|room\.recording|settings\.(videoCodecs|audioCodecs|resolutions)\.)/;

describe.each(others)("%s", (_tag, { words }) => {
  const own = collect(words, "", new Map());

  it("says everything that English says, and nothing else", () => {
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("names whoever English names", () => {
    for (const [place, sentence] of english) expect([place, marks(own.get(place) ?? null)]).toEqual([place, marks(sentence)]);
  });

  it("leaves nothing empty or in English", () => {
    for (const [place, sentence] of own) {
      expect([place, sentence === null]).toEqual([place, english.get(place) === null]);
      if (sentence !== null) expect([place, sentence.trim()]).not.toEqual([place, ""]);
    }
    const same = [...own].filter(([place, sentence]) => sentence !== null && sentence === english.get(place) && !SHARED.test(place));
    // Short words may be the same by chance; a file that was not translated has hundreds.
    expect(same.length).toBeLessThan(own.size / 20);
    expect(same.filter(([, sentence]) => sentence!.split(" ").length > 3)).toEqual([]);
  });
});

describe("the shell's sentences", () => {
  it("are in every language, with the same gaps", () => {
    const flat = (words: object) => collect(words, "", new Map());
    const gaps = (sentence: string | null | undefined) => sentence?.match(/\{\w+\}/g) ?? [];
    const first = flat(desktop.en);
    for (const tag of Object.keys(languages) as (keyof typeof desktop)[]) {
      const own = flat(desktop[tag]);
      expect([...own.keys()]).toEqual([...first.keys()]);
      for (const [place, sentence] of first) expect([tag, place, gaps(own.get(place))]).toEqual([tag, place, gaps(sentence)]);
    }
    expect(Object.keys(desktop).sort()).toEqual(Object.keys(languages).sort());
  });
});

describe("the language", () => {
  it("is the chosen one, or the first of the system's that Ahoy speaks", () => {
    expect(spoken("ja", ["de-AT"])).toBe("ja");
    expect(spoken("system", ["fr-FR", "de-AT", "en"])).toBe("de");
    expect(spoken("system", ["fr-FR"])).toBe("en");
    expect(spoken("nonsense", [])).toBe("en");
    expect([localeOf("de", ["fr-FR", "de-AT"]), localeOf("es", ["de-AT"])]).toEqual(["de-AT", "es"]);
  });

  it("counts as its speakers do", () => {
    const arabic = (count: number) => plural("ar", count, { one: "one", two: "two", few: "# few", many: "# many", other: "# other" });
    expect([1, 2, 3, 11, 100].map(arabic).map((text) => text.replace(/\P{L}+/u, ""))).toEqual(["one", "two", "few", "many", "other"]);
    expect(plural("de", 1_000, { one: "# Stein", other: "# Steine" })).toBe("1.000 Steine");
  });
});

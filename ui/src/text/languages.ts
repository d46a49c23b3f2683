import { ar } from "./ar";
import { de } from "./de";
import { en, type Words } from "./en";
import { es } from "./es";
import { ja } from "./ja";
import { pt } from "./pt";

/** Every language with its own name for itself. */
export const languages = {
  en: { name: "English", words: en },
  de: { name: "Deutsch", words: de },
  es: { name: "Español", words: es },
  pt: { name: "Português", words: pt },
  ja: { name: "日本語", words: ja },
  ar: { name: "العربية", words: ar },
} satisfies Record<string, { name: string; words: Words }>;

export type Language = keyof typeof languages;

const known = (tag: string): tag is Language => tag in languages;
const base = (tag: string): string => tag.toLowerCase().split(/[-_]/)[0] ?? "";

/** The first of the system's languages that Ahoy speaks; English otherwise. */
export function spoken(wanted: string, system: readonly string[]): Language {
  if (known(wanted)) return wanted;
  return system.map(base).find(known) ?? "en";
}

/** The locale for times and numbers: the system's own where it is of this language (`de-AT`), else the language. */
export const localeOf = (language: Language, system: readonly string[]): string => system.find((tag) => base(tag) === language) ?? language;

export const directionOf = (language: Language): "ltr" | "rtl" => (language === "ar" ? "rtl" : "ltr");

/** Forms of a sentence with a number in it, as CLDR calls them. `other` is always there. */
type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** A number in a language's own digits. */
export const digits = (language: string, count: number): string =>
  typeof count === "number" ? new Intl.NumberFormat(language).format(count) : String(count);

/** The form for this many, with `#` replaced by the number. */
export function plural(language: string, count: number, forms: Forms): string {
  const rule = typeof count === "number" ? new Intl.PluralRules(language).select(count) : "other";
  return (forms[rule] ?? forms.other).replace("#", digits(language, count));
}

import type { ToneRegion } from "../backend";

/** Countries whose call tones the phone knows. */
const codes: Exclude<ToneRegion, "world">[] = ["ae", "ar", "at", "au", "be", "br", "ca", "ch", "cl", "cn", "de", "dk", "es", "fi", "fr", "gb", "gr", "in", "it", "jp", "kr", "mx", "nl", "no", "nz", "pl", "pt", "ru", "sa", "se", "tr", "us", "za"];

/** By code, with their names in this language and in its order. */
export function toneRegions(locale: string): Record<string, string> {
  const names = new Intl.DisplayNames([locale], { type: "region" });
  const named = codes.map((code): [string, string] => [code, names.of(code.toUpperCase()) ?? code]);
  return Object.fromEntries(named.sort(([, a], [, b]) => a.localeCompare(b, locale)));
}

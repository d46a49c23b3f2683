import type { CallView, HangupCause, Problem } from "../backend";
import { en, type Words } from "./en";
import { directionOf, languages, localeOf, spoken, type Language } from "./languages";

/** The sentences of the language in use. Pages are drawn anew when it changes, so components may keep parts of it. */
export let t: Words = en;
/** For times, numbers and sorting (BCP 47). */
export let locale = "en";

/** Changes over to the chosen language (`system` or a tag) and tells which one it became. */
export function speak(wanted: string): Language {
  const language = spoken(wanted, navigator.languages);
  t = languages[language].words;
  locale = localeOf(language, navigator.languages);
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  return language;
}

/** The sentence for a problem. */
export function problemText(problem: Problem): string {
  return t.problems[problem.code](problem.subject);
}

/** What a hang-up cause adds, if anything. */
export function causeText(cause: HangupCause | null): string | null {
  if (cause === null) return null;
  return typeof cause === "string" ? t.causes[cause] : t.causeNumber(cause.OTHER);
}

/** Title and explanation of a call's end. */
export function endText(call: Pick<CallView, "end" | "cause" | "name" | "problem">): { title: string; more: string | null } {
  const words = t.ends[call.end ?? "failed"];
  const reason = words.more?.(call.name) ?? null;
  const more = reason ?? (call.problem ? problemText(call.problem) : causeText(call.cause));
  return { title: words.title(call.name), more };
}

import type { CallView, HangupCause, Problem } from "../backend";
import { en, type Words } from "./en";

/** The sentences of the language in use. */
export const t: Words = en;

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

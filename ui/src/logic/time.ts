import { twoDigits as two, whole } from "./numbers";

/** Times as people read them. */

/** `0:07`, `12:34`, `1:02:03`. Negative counts as nothing. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = two(seconds % 60);
  return hours > 0 ? `${whole(hours)}:${two(minutes)}:${rest}` : `${whole(minutes)}:${rest}`;
}

const dayStart = (at: number) => {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
};

/** How many midnights lie between two moments. */
export function daysBetween(then: number, now: number): number {
  return Math.round((dayStart(now) - dayStart(then)) / 86_400_000);
}

/** The time today, "Yesterday", a weekday within a week, or a date. */
export function moment(at: number, now: number, yesterday: string, locale?: string): string {
  const days = daysBetween(at, now);
  const date = new Date(at);
  if (days <= 0) return date.toLocaleTimeString(locale, { hour: "numeric", minute: "2-digit" });
  if (days === 1) return yesterday;
  if (days < 7) return date.toLocaleDateString(locale, { weekday: "long" });
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString(locale, { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
}

/** The hour and minute of a moment. */
export const timeOfDay = (at: number, locale?: string): string => new Date(at).toLocaleTimeString(locale, { hour: "numeric", minute: "2-digit" });

/** "Today", "Yesterday", a weekday within a week, or a date: a headline over what happened that day. */
export const dayName = (at: number, now: number, today: string, yesterday: string, locale?: string): string => (daysBetween(at, now) <= 0 ? today : moment(at, now, yesterday, locale));

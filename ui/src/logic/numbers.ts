import { locale } from "../text";

/** Formats are dear to make and cheap to use. */
const kept = new Map<string, Intl.NumberFormat>();

function format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let found = kept.get(key);
  if (!found) kept.set(key, (found = new Intl.NumberFormat(locale, options)));
  return found;
}

/** `1,840`, in the digits and marks of the language in use. */
export const whole = (value: number): string => format({ maximumFractionDigits: 0 }).format(value);

/** One digit behind the point. */
export const decimal = (value: number): string => format({ minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);

/** Of clocks: `07`. */
export const twoDigits = (value: number): string => format({ minimumIntegerDigits: 2, useGrouping: false }).format(value);

export const share = (value: number): string => format({ style: "percent", maximumFractionDigits: value < 0.1 && value > 0 ? 1 : 0 }).format(value);

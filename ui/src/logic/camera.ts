import type { CameraControl } from "../backend";

/** A value as people count it. */
export function controlValue(control: Pick<CameraControl, "unit">, value: number, locale: string): string {
  const number = (n: number, digits: number, unit?: string) =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: digits, ...(unit ? { style: "unit", unit } : {}) }).format(n);
  switch (control.unit) {
    case "kelvin":
      return `${number(value, 0)} K`;
    case "tenth_of_millisecond":
      return number(value / 10, 1, "millisecond");
    case "arc_second":
      return number(value / 3600, 1, "degree");
    default:
      return number(value, 2);
  }
}

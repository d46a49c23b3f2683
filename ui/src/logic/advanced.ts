import type { Advanced } from "../backend";

type Values = Required<Advanced>;
type Of<Kind> = { [Key in keyof Values]: Values[Key] extends Kind ? Key : never }[keyof Values];

export interface NumberField {
  kind: "number";
  key: Of<number>;
  unit: "s" | "ms" | "times";
  least: number;
  most: number;
}
export interface SwitchField {
  kind: "switch";
  /** Messages are kept from the Developer page. */
  key: Exclude<Of<boolean>, "wire_log">;
}
export type AdvancedField = NumberField | SwitchField;
export type AdvancedGroup = "connection" | "ways" | "repair" | "calls" | "window";

const number = (key: NumberField["key"], unit: NumberField["unit"], least: number, most: number): NumberField => ({ kind: "number", key, unit, least, most });
const toggle = (key: SwitchField["key"]): SwitchField => ({ kind: "switch", key });

/** What the Advanced page shows, in its order. The phone itself keeps every number within the same bounds. */
export const advancedGroups: { name: AdvancedGroup; fields: AdvancedField[] }[] = [
  {
    name: "connection",
    fields: [number("connect_seconds", "s", 1, 120), number("reconnect_first_ms", "ms", 50, 60_000), number("reconnect_longest_ms", "ms", 50, 600_000), number("request_seconds", "s", 1, 60), number("reattach_seconds", "s", 0, 3_600)],
  },
  { name: "ways", fields: [number("gather_idle_ms", "ms", 50, 10_000), number("gather_limit_ms", "ms", 50, 30_000), toggle("udp_servers")] },
  {
    name: "repair",
    fields: [number("grace_ms", "ms", 0, 60_000), number("repair_seconds", "s", 5, 600), number("repair_again_ms", "ms", 500, 60_000), number("silence_ms", "ms", 500, 60_000), number("silence_repairs", "times", 0, 100), number("silence_pause_seconds", "s", 1, 600)],
  },
  { name: "calls", fields: [toggle("receive_audio"), toggle("receive_video"), number("stats_ms", "ms", 200, 10_000)] },
  { name: "window", fields: [toggle("camera_off_hidden"), toggle("check_on_show")] },
];

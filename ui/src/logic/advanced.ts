import type { Advanced } from "../backend";

type Values = Required<Advanced>;
type Of<Kind> = { [Key in keyof Values]: Values[Key] extends Kind ? Key : never }[keyof Values];

export interface NumberField {
  kind: "number";
  key: Of<number>;
  unit: "s" | "ms" | "times" | "kbit" | "percent" | "fold";
  least: number;
  most: number;
}
export interface SwitchField {
  kind: "switch";
  /** Messages are kept from the Developer page. */
  key: Exclude<Of<boolean>, "wire_log">;
}
export type AdvancedField = NumberField | SwitchField;
export type AdvancedGroup = "connection" | "ways" | "repair" | "calls" | "picture" | "measure" | "devices" | "window" | "memory";

const number = (key: NumberField["key"], unit: NumberField["unit"], least: number, most: number): NumberField => ({ kind: "number", key, unit, least, most });
const toggle = (key: SwitchField["key"]): SwitchField => ({ kind: "switch", key });

/** What the Advanced page shows, in its order. The phone itself keeps every number within the same bounds. */
export const advancedGroups: { name: AdvancedGroup; fields: AdvancedField[] }[] = [
  {
    name: "connection",
    fields: [number("connect_seconds", "s", 1, 120), number("reconnect_first_ms", "ms", 50, 60_000), number("reconnect_longest_ms", "ms", 50, 600_000), number("request_seconds", "s", 1, 60), number("reattach_seconds", "s", 0, 3_600)],
  },
  { name: "ways", fields: [number("gather_idle_ms", "ms", 50, 10_000), number("gather_limit_ms", "ms", 50, 30_000), toggle("udp_servers"), toggle("relay_fallback"), toggle("network_changes")] },
  {
    name: "repair",
    fields: [number("grace_ms", "ms", 0, 60_000), number("repair_seconds", "s", 5, 600), number("repair_again_ms", "ms", 500, 60_000), number("repair_tries", "times", 0, 100), number("repair_pause_ms", "ms", 0, 60_000), toggle("ask_again"), number("silence_ms", "ms", 500, 60_000), number("silence_repairs", "times", 0, 100), number("silence_pause_seconds", "s", 1, 600)],
  },
  { name: "calls", fields: [toggle("receive_audio"), toggle("receive_video")] },
  {
    name: "picture",
    fields: [number("key_burst", "times", 0, 20), number("key_window_ms", "ms", 100, 30_000), number("key_pause_ms", "ms", 0, 120_000), toggle("rest_picture"), number("rest_below_kbit", "kbit", 100, 2_000), number("return_above_kbit", "kbit", 100, 4_000)],
  },
  {
    name: "measure",
    fields: [number("stats_ms", "ms", 200, 10_000), number("usual_samples", "times", 3, 100), number("history_samples", "times", 3, 1_000), number("delay_times", "fold", 2, 20), number("jitter_times", "fold", 2, 20), number("loss_percent", "percent", 1, 100)],
  },
  { name: "devices", fields: [number("device_settle_ms", "ms", 0, 10_000), number("device_poll_seconds", "s", 0, 3_600), toggle("devices_in_calls"), toggle("devices_on_show")] },
  { name: "window", fields: [toggle("camera_off_hidden"), toggle("check_on_show")] },
  { name: "memory", fields: [toggle("keep_devices"), toggle("keep_settings")] },
];

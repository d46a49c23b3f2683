import { decimal, share, whole } from "./numbers";

/** Numbers of the details panel. */

export function bitrate(bits: number): string {
  if (bits >= 999_500) return `${decimal(bits / 1e6)} Mbit/s`;
  return `${whole(bits / 1000)} kbit/s`;
}

export const milliseconds = (ms: number): string => `${whole(ms)} ms`;

export const percent = (value: number): string => share(value);

export const size = ([width, height]: [number, number], fps: number): string => `${width} × ${height}, ${whole(fps)} fps`;

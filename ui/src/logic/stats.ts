/** Numbers of the details panel. */

export function bitrate(bits: number): string {
  if (bits >= 999_500) return `${(bits / 1e6).toFixed(1)} Mbit/s`;
  return `${Math.round(bits / 1000)} kbit/s`;
}

export const milliseconds = (ms: number): string => `${Math.round(ms)} ms`;

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 && share > 0 ? 1 : 0)} %`;

export const size = ([width, height]: [number, number], fps: number): string => `${width} × ${height}, ${Math.round(fps)} fps`;

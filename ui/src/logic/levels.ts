/** Turns a loudness of 0 to 1 into how far a meter moves: quiet speech must be seen, so it is logarithmic over 50 dB. */
export function meter(level: number): number {
  if (!(level > 0)) return 0;
  const decibels = 20 * Math.log10(level);
  return Math.min(1, Math.max(0, (decibels + 50) / 50));
}

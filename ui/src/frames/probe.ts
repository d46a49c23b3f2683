/** What was read out of one drawn picture (see `media::picture_code`). */
export interface FrameReading {
  number: number;
  sender: number;
  /** ms from capture to draw, if both clocks are one. */
  delay: number;
  /** When it was drawn: `performance.timeOrigin`-based ms. */
  drawn: number;
}

const KEPT = 2_000;
const readings = new WeakMap<HTMLCanvasElement, FrameReading[]>();

export function framesSeen(canvas: HTMLCanvasElement): FrameReading[] {
  let list = readings.get(canvas);
  if (!list) readings.set(canvas, (list = []));
  return list;
}

export function remember(canvas: HTMLCanvasElement, reading: FrameReading): void {
  const list = framesSeen(canvas);
  list.push(reading);
  if (list.length > KEPT) list.splice(0, list.length - KEPT);
}

declare global {
  interface Window {
    /** Readings of the canvas with this `data-tile`, newest last; filled while the canvas has `data-probe`. */
    ahoyFrames?: (tile: string) => FrameReading[];
  }
}

window.ahoyFrames = (tile) => {
  const canvas = document.querySelector<HTMLCanvasElement>(`canvas[data-tile="${CSS.escape(tile)}"]`);
  return canvas ? framesSeen(canvas) : [];
};

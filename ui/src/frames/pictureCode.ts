/** Reads the number plate that test pictures carry; `ahoy_media::picture_code` tells the geometry. */
export interface PictureCode {
  frame: number;
  /** ms since 1970 UTC, modulo 2³². */
  time: number;
  sender: number;
}

const COLUMNS = 26;
const ROWS = 4;
const ROWS_IN_PICTURE = 36;
const MIN_CONTRAST = 40;

/** Rows of a picture that hold the plate: the top ninth. */
export const stripHeight = (height: number): number => Math.ceil((height * ROWS) / ROWS_IN_PICTURE);

/** How pixels lie in memory: bytes from one to the next, and which of them is bright. */
export interface PixelLayout {
  step: number;
  offset: number;
}
export const LUMA: PixelLayout = { step: 1, offset: 0 };
export const RGBA: PixelLayout = { step: 4, offset: 1 };

/** Pixels of (at least) the strip of a picture that is `width` × `height` in all. `null`: there is no plate, or it is damaged. */
export function readCode(
  pixels: Uint8ClampedArray | Uint8Array,
  width: number,
  height: number,
  { step, offset }: PixelLayout,
): PictureCode | null {
  const mean = (column: number, row: number): number => {
    const left = Math.floor((width * (column + 0.25)) / COLUMNS);
    const right = Math.ceil((width * (column + 0.75)) / COLUMNS);
    const top = Math.floor((height * (row + 0.25)) / ROWS_IN_PICTURE);
    const bottom = Math.ceil((height * (row + 0.75)) / ROWS_IN_PICTURE);
    let sum = 0;
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += pixels[(y * width + x) * step + offset] ?? 0;
    return sum / Math.max(1, (right - left) * (bottom - top));
  };
  let white = 0;
  let black = 0;
  for (let row = 0; row < ROWS; row++) {
    white += mean(0, row);
    black += mean(COLUMNS - 1, row);
  }
  if (white - black < MIN_CONTRAST * ROWS) return null;
  const threshold = (white + black) / (2 * ROWS);
  const bytes = new Uint8Array(12);
  for (let bit = 0; bit < 96; bit++) {
    if (mean(1 + (bit % 24), Math.floor(bit / 24)) > threshold) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  }
  const view = new DataView(bytes.buffer);
  if (crc16(bytes.subarray(0, 10)) !== view.getUint16(10)) return null;
  return { frame: view.getUint32(0), time: view.getUint32(4), sender: view.getUint16(8) };
}

/** CRC-16/CCITT-FALSE. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

/** ms from the capture until `now` (Unix ms); negative if it lies ahead. */
export const age = (code: PictureCode, now: number): number => (Math.floor(now) - code.time) | 0;

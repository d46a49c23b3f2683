// The number plate of Ahoy's test picture, as the page and the driver read and paint it. The geometry is described in
// crates/media/src/picture_code.rs; this is written from that description, so it also tests that the description is enough.

const COLUMNS = 26;
const ROWS = 4;
const ROWS_IN_PICTURE = 36;
const LEAST_CONTRAST = 40;

function crc16(bytes) {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i += 1) {
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  return crc;
}

/** How many lines from the top hold the plate. */
export function plateHeight(height) {
  return Math.ceil((height * ROWS) / ROWS_IN_PICTURE);
}

/**
 * Reads the plate. `brightness(x, y)` gives 0-255; `width` and `height` are those of the whole picture.
 * Null when there is none or its checksum is wrong.
 */
export function readPlate(brightness, width, height) {
  const mean = (column, row) => {
    const left = Math.floor((width * (column + 0.25)) / COLUMNS);
    const right = Math.ceil((width * (column + 0.75)) / COLUMNS);
    const top = Math.floor((height * (row + 0.25)) / ROWS_IN_PICTURE);
    const bottom = Math.ceil((height * (row + 0.75)) / ROWS_IN_PICTURE);
    let sum = 0;
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) sum += brightness(x, y);
    }
    return sum / ((right - left) * (bottom - top));
  };
  let white = 0;
  let black = 0;
  for (let row = 0; row < ROWS; row += 1) {
    white += mean(0, row) / ROWS;
    black += mean(COLUMNS - 1, row) / ROWS;
  }
  if (white - black < LEAST_CONTRAST) return null;
  const threshold = (white + black) / 2;
  const bytes = new Uint8Array(12);
  for (let bit = 0; bit < 96; bit += 1) {
    if (mean(1 + (bit % 24), Math.floor(bit / 24)) > threshold) bytes[bit >> 3] |= 0x80 >> (bit % 8);
  }
  const view = new DataView(bytes.buffer);
  if (crc16(bytes.subarray(0, 10)) !== view.getUint16(10)) return null;
  return { frame: view.getUint32(0), time: view.getUint32(4), sender: view.getUint16(8) };
}

/** Paints the plate into a luma plane without padding. */
export function paintPlate(luma, width, height, { frame, time, sender }) {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, frame);
  view.setUint32(4, time);
  view.setUint16(8, sender);
  view.setUint16(10, crc16(bytes.subarray(0, 10)));
  for (let row = 0; row < ROWS; row += 1) {
    const top = Math.floor((height * row) / ROWS_IN_PICTURE);
    const bottom = Math.floor((height * (row + 1)) / ROWS_IN_PICTURE);
    for (let column = 0; column < COLUMNS; column += 1) {
      const bit = row * 24 + column - 1;
      const isWhite = column === 0 || (column < 25 && (bytes[bit >> 3] & (0x80 >> (bit % 8))) !== 0);
      const left = Math.floor((width * column) / COLUMNS);
      const right = Math.floor((width * (column + 1)) / COLUMNS);
      for (let y = top; y < bottom; y += 1) luma.fill(isWhite ? 225 : 25, y * width + left, y * width + right);
    }
  }
}

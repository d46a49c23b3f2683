import { describe, expect, it } from "vitest";
import { age, crc16, LUMA, readCode, RGBA, stripHeight } from "./pictureCode";

/** Paints a plate as `picture_code::stamp` does. */
function plate(width: number, height: number, frame: number, time: number, sender: number, [black, white] = [25, 225]) {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, frame);
  view.setUint32(4, time);
  view.setUint16(8, sender);
  view.setUint16(10, crc16(bytes.subarray(0, 10)));
  const rows = stripHeight(height);
  const rgba = new Uint8ClampedArray(width * rows * 4);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const row = Math.min(3, Math.floor((y * 36) / height));
      const column = Math.floor((x * 26) / width);
      const bit = row * 24 + column - 1;
      const on = column === 0 || (column !== 25 && ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
      rgba.fill(on ? (white ?? 225) : (black ?? 25), (y * width + x) * 4, (y * width + x) * 4 + 4);
    }
  }
  return rgba;
}

describe("the number plate", () => {
  it("is read at every size a tile may have", () => {
    for (const [width, height] of [[1280, 720], [640, 360], [320, 180], [250, 140], [854, 480]] as const) {
      expect(readCode(plate(width, height, 123_456, 0xfedcba98, 7), width, height, RGBA)).toEqual({ frame: 123_456, time: 0xfedcba98, sender: 7 });
    }
  });

  it("is read from luma as from colours", () => {
    const rgba = plate(640, 360, 5, 6, 7);
    const luma = rgba.filter((_, index) => index % 4 === 0);
    expect(readCode(luma, 640, 360, LUMA)).toEqual({ frame: 5, time: 6, sender: 7 });
  });

  it("is not seen where there is none, or where it is damaged", () => {
    expect(readCode(new Uint8ClampedArray(640 * 40 * 4), 640, 360, RGBA)).toBeNull();
    expect(readCode(plate(640, 360, 1, 2, 3, [120, 150]), 640, 360, RGBA)).toBeNull();
    const damaged = plate(640, 360, 1, 2, 3);
    for (let y = 0; y < 10; y++) damaged.fill(225, (y * 640 + 30) * 4, (y * 640 + 45) * 4);
    expect(readCode(damaged, 640, 360, RGBA)).toBeNull();
  });

  it("checks with the CRC that everybody knows", () => {
    expect(crc16(new TextEncoder().encode("123456789"))).toBe(0x29b1);
  });

  it("tells its age across the wrap of the clock", () => {
    const now = 0x1_0000_0000 * 3 + 5;
    expect(age({ frame: 0, time: 0xfffffff0, sender: 0 }, now)).toBe(21);
    expect(age({ frame: 0, time: 10, sender: 0 }, now)).toBe(-5);
  });
});

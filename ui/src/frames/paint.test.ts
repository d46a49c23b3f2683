import { expect, it } from "vitest";
import { toRgba } from "./paint";

it("turns limited-range BT.601 into RGB", () => {
  const rgb = (y: number, u: number, v: number) => {
    const out = new Uint8ClampedArray(16);
    toRgba({ width: 2, height: 2, data: new Uint8Array([y, y, y, y, u, v]) }, out);
    return [...out.subarray(0, 4)];
  };
  expect(rgb(16, 128, 128)).toEqual([0, 0, 0, 255]);
  expect(rgb(235, 128, 128)).toEqual([255, 255, 255, 255]);
  const red = rgb(81, 90, 240);
  expect(red[0]).toBeGreaterThan(250);
  expect(Math.max(red[1]!, red[2]!)).toBeLessThan(5);
});

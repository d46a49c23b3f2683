import { describe, expect, it } from "vitest";
import { controlValue } from "./camera";

describe("values of a camera's controls", () => {
  it("are counted as people count them", () => {
    expect(controlValue({ unit: "kelvin" }, 4500, "en")).toBe("4,500 K");
    expect(controlValue({ unit: "tenth_of_millisecond" }, 157, "en")).toBe("15.7 ms");
    expect(controlValue({ unit: "arc_second" }, -5400, "en")).toBe("-1.5 deg");
    expect(controlValue({ unit: null }, 12, "de")).toBe("12");
  });
});

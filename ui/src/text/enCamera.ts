import type { ControlName } from "../backend";

/** What can be adjusted at a camera itself. */
export const camera = {
  title: "The camera itself",
  about: "What your camera lets be changed. Kept for this camera.",
  reset: "Back to the usual values",
  byItself: "The camera does this by itself at the moment.",
  names: {
    brightness: "Brightness",
    contrast: "Contrast",
    saturation: "Saturation",
    hue: "Hue",
    sharpness: "Sharpness",
    gamma: "Gamma",
    gain: "Gain",
    auto_gain: "Gain, automatic",
    backlight: "Backlight compensation",
    power_line: "Against flickering lamps",
    auto_exposure: "Exposure, automatic",
    exposure: "Exposure",
    slow_exposure: "Fewer pictures in the dark",
    auto_white_balance: "White balance, automatic",
    white_balance: "White balance",
    auto_focus: "Focus, automatic",
    focus: "Focus",
    iris: "Iris",
    zoom: "Zoom",
    pan: "Turn left or right",
    tilt: "Tilt up or down",
  } satisfies Record<Exclude<ControlName, "other">, string> as Record<string, string>,
  /** What drivers number in the same way. */
  items: {
    power_line: { 0: "Off", 1: "50 Hz", 2: "60 Hz", 3: "Automatic" },
    auto_exposure: { 0: "Automatic", 1: "By hand", 2: "Shutter first", 3: "Aperture first" },
  } as Record<string, Record<number, string>>,
};

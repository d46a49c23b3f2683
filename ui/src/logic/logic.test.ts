import { describe, expect, it } from "vitest";
import { fakeCall, home, ringingCall } from "../backend/fakeScenes";
import { moveCorner, nearestCorner } from "./corner";
import { flagLetter, flagShapes } from "./flags";
import { foldHistory } from "./history";
import { meter } from "./levels";
import { search } from "./search";
import { endLinger, others, ringing, staged } from "./stage";
import { bitrate, percent } from "./stats";
import { clock, daysBetween, moment } from "./time";

const now = new Date(2026, 4, 20, 15, 30).getTime();

describe("search", () => {
  const { contacts, history } = home(now);
  const names = (typed: string) => search(typed, contacts, history).map((m) => m.name);

  it("finds people by any word of their name, accents aside, before numbers of old calls", () => {
    expect(names("bru")[0]).toBe("Bruno Silva");
    expect(names("yildiz")[0]).toBe("Dilan Yıldız");
    expect(names("tanaka")[0]).toBe("Yuki Tanaka");
    expect(names("harb")).toEqual(["Harbour office", "harb"]);
  });

  it("always offers what was typed, unless it is somebody", () => {
    expect(names("+15550100")).toEqual(["+15550100"]);
    expect(search("/public/echo", contacts, history).map((m) => m.from)).toEqual(["person"]);
    expect(names("  ")).toEqual([]);
  });

  it("lists one person once", () => {
    expect(names("chiara").filter((name) => name === "Chiara Rossi")).toHaveLength(1);
  });
});

describe("the stage", () => {
  const snapshot = (calls: ReturnType<typeof fakeCall>[], active: string | null = null) => ({ ...home(now), calls, active_call: active });

  it("shows the active call and keeps ringing ones off it", () => {
    const a = fakeCall(now, { id: "a" });
    const b = fakeCall(now, { id: "b", status: "held" });
    const c = ringingCall(now, "c", "Bruno", "/private/bruno");
    const all = snapshot([a, b, c], "b");
    expect(staged(all)?.id).toBe("b");
    expect(ringing(all).map((call) => call.id)).toEqual(["c"]);
    expect(others(all, b).map((call) => call.id)).toEqual(["a"]);
    expect(staged(snapshot([c]))).toBeNull();
  });

  it("shows how an outgoing call ended, but not one that was never answered here", () => {
    const busy = fakeCall(now, { id: "x", status: "disconnected", end: "busy", connected_at: null });
    const missed = { ...ringingCall(now, "m", "Bruno", "/private/bruno"), status: "disconnected" as const, end: "cancelled" as const };
    expect(staged(snapshot([busy]))?.id).toBe("x");
    expect(staged(snapshot([{ ...missed, actions: busy.actions }]))).toBeNull();
    expect(endLinger(busy)).toBeNull();
    expect(endLinger({ ...busy, end: "hung_up" })).toBe(0);
  });
});

describe("times", () => {
  it("reads like a clock", () => {
    expect([0, 7_400, 754_000, 3_723_000, -5].map(clock)).toEqual(["0:00", "0:07", "12:34", "1:02:03", "0:00"]);
  });

  it("counts midnights, not hours", () => {
    expect(daysBetween(new Date(2026, 4, 19, 23, 59).getTime(), now)).toBe(1);
    expect(moment(now - 60_000, now, "Yesterday", "en-GB")).toBe("15:29");
    expect(moment(now - 20 * 3_600_000, now, "Yesterday", "en-GB")).toBe("Yesterday");
    expect(moment(now - 3 * 86_400_000, now, "Yesterday", "en-GB")).toBe("Sunday");
    expect(moment(new Date(2025, 0, 5).getTime(), now, "Yesterday", "en-GB")).toBe("5 Jan 2025");
  });
});

describe("history", () => {
  it("folds neighbours of one kind", () => {
    const lines = foldHistory(home(now).history);
    expect(lines[0]?.calls).toHaveLength(2);
    expect(lines.flatMap((line) => line.calls)).toHaveLength(home(now).history.length);
  });
});

describe("small things", () => {
  it("the self view goes where it is dropped or sent", () => {
    expect(nearestCorner(10, 500, 800, 600)).toBe("bottom-left");
    expect(moveCorner("bottom-left", "ArrowUp")).toBe("top-left");
    expect(moveCorner("bottom-left", "Enter")).toBe("bottom-left");
  });

  it("everybody has a flag", () => {
    expect([flagLetter("Åsa"), flagLetter("/private/bob"), flagLetter("sip:dora@x"), flagLetter("bob")]).toEqual(["A", "B", "D", "B"]);
    expect(flagShapes(flagLetter("+1555"))).not.toHaveLength(0);
    expect(flagLetter("田中")).toBe(flagLetter("田中"));
  });

  it("meters move with quiet speech too", () => {
    expect(meter(0)).toBe(0);
    expect(meter(0.02)).toBeGreaterThan(0.25);
    expect(meter(5)).toBe(1);
  });

  it("numbers stay short", () => {
    expect([bitrate(36_500), bitrate(1_840_000), percent(0.004), percent(0.25), percent(0)]).toEqual(["37 kbit/s", "1.8 Mbit/s", "0.4%", "25%", "0%"]);
  });
});

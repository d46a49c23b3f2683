import { describe, expect, it } from "vitest";
import { fakeRoom } from "../backend/fakeRoom";
import { fakeCall } from "../backend/fakeScenes";
import { comings, fitted, inOrder, layerAt, shown } from "./room";

describe("a room's picture", () => {
  it("lies in the middle of its box", () => {
    expect(fitted({ width: 1000, height: 1000 }, { width: 1280, height: 720 })).toEqual({ left: 0, top: 218.75, width: 1000, height: 562.5 });
    expect(fitted({ width: 2000, height: 900 }, null)).toEqual({ left: 200, top: 0, width: 1600, height: 900 });
  });

  it("tells who is where", () => {
    const room = fakeRoom();
    const [first] = shown(room);
    expect(first?.member?.id).toBe(room.layers[0]?.member);
    expect(layerAt(room, first!.layer.x + 1, first!.layer.y + 1)).toBe(first?.layer);
    expect(layerAt(room, -5, 50)).toBeUndefined();
  });
});

describe("members", () => {
  it("stand in an order that helps", () => {
    const names = inOrder(fakeRoom().members).map(({ name, own, hand }) => [name, own, hand]);
    expect(names[0]).toEqual(["Anna Kowalska", true, false]);
    expect(names[1]?.[2]).toBe(true);
  });

  it("come and leave, and nobody is announced on the way in", () => {
    const room = fakeRoom();
    const before = fakeCall(0, { id: "a", room: { ...room, members: room.members.slice(0, 3) } });
    const now = fakeCall(0, { id: "a", room: { ...room, members: [...room.members.slice(0, 2), ...room.members.slice(3)] } });
    expect(comings(null, now)).toEqual({ came: [], left: [] });
    const { came, left } = comings(before, now);
    expect(came.map(({ name }) => name)).toEqual(room.members.slice(3).map(({ name }) => name));
    expect(left.map(({ id }) => id)).toEqual([room.members[2]?.id]);
  });
});

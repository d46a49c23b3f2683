import type { CallView, LayerView, MemberView, RoomView } from "../backend";

/** Where a picture of this shape lies in a box that shows all of it, in px. */
export function fitted(box: { width: number; height: number }, picture: { width: number; height: number } | null) {
  const { width, height } = box;
  const shape = picture && picture.width > 0 && picture.height > 0 ? picture.width / picture.height : 16 / 9;
  const inner = width / Math.max(height, 1) > shape ? { width: height * shape, height } : { width, height: width / shape };
  return { left: (width - inner.width) / 2, top: (height - inner.height) / 2, ...inner };
}

export interface Shown {
  layer: LayerView;
  member: MemberView | null;
}

/** The places of the picture with who is in them. */
export function shown(room: RoomView): Shown[] {
  const members = new Map(room.members.map((member) => [member.id, member]));
  return room.layers.map((layer) => ({ layer, member: layer.member === null ? null : (members.get(layer.member) ?? null) }));
}

/** The layer under a point of the picture, in percent of it. */
export const layerAt = (room: RoomView, x: number, y: number): LayerView | undefined =>
  room.layers.find((layer) => x >= layer.x && x < layer.x + layer.width && y >= layer.y && y < layer.y + layer.height);

/** People first who want to say something, then those who speak, then in the order in which they came. */
export function inOrder(members: readonly MemberView[]): MemberView[] {
  const rank = (member: MemberView): number => (member.own ? 0 : member.hand ? 1 : member.audience ? 3 : 2);
  return members.filter((member) => member.kind !== "device").sort((a, b) => rank(a) - rank(b));
}

export const ownMember = (room: RoomView): MemberView | undefined =>
  room.members.find((member) => member.own && member.kind === "member");

/** Who came and who left between two views of one room. Nobody is announced in the first one. */
export function comings(before: CallView | null, now: CallView): { came: MemberView[]; left: MemberView[] } {
  if (!before?.room || !now.room || before.id !== now.id) return { came: [], left: [] };
  const known = new Set(before.room.members.map(({ id }) => id));
  const here = new Set(now.room.members.map(({ id }) => id));
  const person = (member: MemberView): boolean => member.kind === "member" && !member.own;
  return {
    came: now.room.members.filter((member) => person(member) && !known.has(member.id)),
    left: before.room.members.filter((member) => person(member) && !here.has(member.id)),
  };
}

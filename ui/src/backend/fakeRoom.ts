import type { LayerView, MemberView, OwnRoom, RoomAction, RoomView } from ".";

/** A room that is only played. */

const member = (id: string, name: string, change: Partial<MemberView> = {}): MemberView => ({
  id,
  name,
  kind: "member",
  own: false,
  muted: false,
  camera_off: false,
  deaf: false,
  hand: false,
  talking: false,
  audience: false,
  held: false,
  visible: true,
  microphone_volume: 0,
  speaker_volume: 0,
  wanted_position: "auto",
  ...change,
});

/** Boxes of the canvas's own shape, the last row in the middle. */
function grid(ids: readonly string[]): LayerView[] {
  const columns = Math.ceil(Math.sqrt(ids.length));
  const rows = Math.ceil(ids.length / columns);
  const side = 100 / columns;
  return ids.map((id, index) => {
    const row = Math.floor(index / columns);
    const here = Math.min(columns, ids.length - row * columns);
    const x = (100 - here * side) / 2 + (index % columns) * side;
    return { member: id, position: `standard-${index + 1}`, x, y: (100 - rows * side) / 2 + row * side, width: side, height: side, playing: false };
  });
}

export function fakeRoom(): RoomView {
  const members = [
    member("m1", "Chiara Rossi", { talking: true }),
    member("m2", "Anna Kowalska", { own: true }),
    member("m3", "Omar Haddad", { muted: true }),
    member("m4", "Bruno Silva", { hand: true, muted: true }),
    member("m5", "Yuki Tanaka", { camera_off: true }),
    member("m6", "Dilan Yıldız", { held: true }),
  ];
  return {
    name: "Lobby",
    members,
    layers: grid(members.map(({ id }) => id)),
    layout: "grid-responsive",
    layouts: ["grid-responsive", "grid", "highlight-1-responsive", "full-screen", "screen-share", "5up", "1x1", "2x1", "2x2", "3x3"],
    locked: false,
    hide_video_muted: false,
    recording: true,
    recording_paused: false,
    playing: null,
    streaming: false,
    can: {
      mute_others: true,
      stop_others_video: true,
      deafen_others: true,
      lower_hands: true,
      set_volumes: true,
      place_others: true,
      remove: true,
      set_layout: true,
      lock: true,
      hide_video_muted: true,
      end: true,
      raise_hand: true,
      speak: true,
      place_self: true,
      share_screen: true,
      record: true,
      play: true,
    },
  };
}

const ownRoom = (id: string, title: string, change: Partial<OwnRoom> = {}): OwnRoom => ({
  id,
  title,
  address: `/public/${title.toLowerCase().replace(/\W+/g, "-")}`,
  capacity: 100,
  layout: "grid-responsive",
  invited_only: false,
  owners: ["/private/anna"],
  members: [],
  audience: [],
  others_listen: false,
  record: false,
  ...change,
});

export const fakeOwnRooms = (): OwnRoom[] => [
  ownRoom("r1", "Harbour talk", { members: ["/private/chiara", "/private/omar"], others_listen: true, record: true, capacity: 40 }),
  ownRoom("r2", "Standup", { invited_only: true, members: ["/private/bruno"], capacity: 8 }),
];

/** The room after it was asked for something. */
export function inRoom(room: RoomView, asked: RoomAction): RoomView {
  const change = (id: string, changes: Partial<MemberView>): RoomView => ({
    ...room,
    members: room.members.map((one) => (one.id === id ? { ...one, ...changes } : one)),
  });
  switch (asked.action) {
    case "mute":
      return change(asked.value.member, asked.value.kind === "audio" ? { muted: asked.value.on } : { camera_off: asked.value.on });
    case "hand":
      return change(asked.value.member, { hand: asked.value.up });
    case "deaf":
      return change(asked.value.member, { deaf: asked.value.on });
    case "microphone_volume":
      return change(asked.value.member, { microphone_volume: asked.value.volume });
    case "speaker_volume":
      return change(asked.value.member, { speaker_volume: asked.value.volume });
    case "promote":
      return change(asked.value.member, { audience: false });
    case "demote":
      return change(asked.value.member, { audience: true });
    case "layout":
      return { ...room, layout: asked.value.name };
    case "lock":
      return { ...room, locked: asked.value.on };
    case "hide_video_muted":
      return { ...room, hide_video_muted: asked.value.on };
    case "remove": {
      const members = room.members.filter(({ id }) => id !== asked.value.member);
      return { ...room, members, layers: grid(members.map(({ id }) => id)) };
    }
    case "position": {
      const { member: id, position } = asked.value;
      const [from, to] = [room.layers.find((layer) => layer.member === id), room.layers.find((layer) => layer.position === position)];
      const moved = change(id, { wanted_position: position });
      if (!from || !to) return moved;
      const layers = room.layers.map((layer) => (layer === from ? { ...layer, member: to.member } : layer === to ? { ...layer, member: id } : layer));
      return { ...moved, layers };
    }
    case "record":
      return { ...room, recording: asked.value.order !== "stop", recording_paused: asked.value.order === "pause" };
    case "play":
      return { ...room, playing: { name: asked.value.url.split(/[/:]/).at(-1) ?? "", paused: false } };
    case "playing":
      return { ...room, playing: room.playing && asked.value.order !== "stop" ? { ...room.playing, paused: asked.value.order === "pause" } : null };
    case "end":
      return { ...room, members: [], layers: [] };
  }
}

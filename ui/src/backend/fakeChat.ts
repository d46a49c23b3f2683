import type { ChatLine, ChatView, OpenChat, Snapshot, WireLine } from ".";

const minute = 60_000;
let numbers = 0;

const line = (at: number, author: string, text: string, own = false): ChatLine => ({ id: `line-${++numbers}`, kind: "text", text, author, own, at, call: null, duration: 0 });

/** Conversations as they might be in a small office. */
export function fakeChats(now: number): ChatView[] {
  return [
    { group: "g1", address: "/private/bruno", name: "Bruno Silva", unread: 2, last: line(now - 4 * minute, "Bruno Silva", "The plans are at https://example.org/plans") },
    { group: "g2", address: "/public/harbour", name: "Harbour office", unread: 0, last: line(now - 130 * minute, "Anna Kowalska", "The boat leaves at six.", true) },
    { group: "g3", address: "/private/chiara", name: "Chiara Rossi", unread: 0, last: { ...line(now - 2 * 1440 * minute, "Chiara Rossi", ""), kind: "inbound_call", call: "completed", duration: 754_000 } },
  ];
}

export function fakeOpen(snapshot: Snapshot, address: string, now: number): OpenChat {
  const name = snapshot.contacts.find((contact) => contact.address === address)?.name ?? address;
  return {
    address,
    name,
    has_older: true,
    loading: false,
    problem: null,
    lines: [
      line(now - 1500 * minute, name, "Are you at the harbour tomorrow?"),
      line(now - 1498 * minute, "Anna Kowalska", "From nine o'clock on. Shall we look at the plans together?", true),
      { ...line(now - 62 * minute, name, ""), kind: "inbound_call", call: "completed", duration: 754_000 },
      line(now - 5 * minute, name, "Good call, thank you!"),
      line(now - 4 * minute, name, "The plans are at https://example.org/plans"),
      line(now - 1 * minute, "Anna Kowalska", "Got them.\nSee you at six.", true),
    ],
  };
}

export const said = (chat: OpenChat, text: string): OpenChat => ({ ...chat, lines: [...chat.lines, line(Date.now(), "Anna Kowalska", text, true)] });

export const fakeLog = [
  "2026-05-20T15:02:11.204Z  INFO ahoy_lib: ahoy version=\"0.1.0\"",
  "2026-05-20T15:02:11.391Z  INFO ahoy_phone::registration: session status=Connecting",
  "2026-05-20T15:02:11.512Z  INFO ahoy_phone::registration: session status=Online",
  "2026-05-20T15:04:40.030Z  WARN ahoy_devices::camera: the camera is used by another program",
].join("\n");

export const fakeWire: WireLine[] = [
  { at: 1_779_289_331_204, sent: true, text: '{"jsonrpc":"2.0","id":"1","method":"signalwire.connect","params":{"authentication":{"jwt_token":"…"}}}' },
  { at: 1_779_289_331_391, sent: false, text: '{"jsonrpc":"2.0","id":"1","result":{"protocol":"signalwire_3c1a"}}' },
];

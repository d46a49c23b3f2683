import type { LanView, NearbyView, Stop } from ".";
import type { Neighbours } from "./neighbours";

const FINGERPRINT = "3F0C 77A1 5B2E 9D04 C6E8 1F73 A0B5 442D 8E91 6C3A F7D2 05B8 1E4C 93A6 D870 2B5F";
const LINK = "ahoy:join?s=Chiara&a=192.168.1.20%3A7781&f=3f0c77a1&c=k3x9.0f4TQmW2uYb8&e=1800000000";

/** Plays the network; `request` and `nearby` are scenes of it. */
export function fakeNeighbours(options: URLSearchParams): Neighbours {
  const asked = options.get("lan");
  const day = 86_400_000;
  let lan: LanView = {
    on: asked !== null,
    hosts: asked === null ? [] : ["192.168.1.20:7781", "[fd00::20]:7781"],
    relay_port: asked === null ? null : 7781,
    fingerprint: asked === null ? null : FINGERPRINT,
    problem: null,
    requests: asked === "request" ? [{ id: "r1", name: "Bruno Silva", device: "bruno-desktop", from: "192.168.1.34", code: "408 153", ends_at: Date.now() + 170_000 }] : [],
    members: [
      { id: "m1", name: "Anna Berg", address: "/private/anna-berg", device: null, online: true },
      { id: "m2", name: "Chiara Neri", address: "/private/chiara-neri", device: "chiara-laptop", online: false },
    ],
    invites: asked === null ? [] : [{ id: "i1", expires_at: new Date(2026, 10, 22, 9, 30).getTime() }],
  };
  const spaces = [
    { id: "s1", name: "Anna Berg", host: "anna-laptop", hosts: ["192.168.1.20:7781"], fingerprint: "3f0c" },
    { id: "s2", name: "Studio", host: "studio-pc", hosts: ["192.168.1.7:7781"], fingerprint: "77a1" },
  ];
  let nearby: NearbyView = { spaces: [], waiting: null, problem: null };
  const lanEars = new Set<(view: LanView) => void>();
  const nearbyEars = new Set<(view: NearbyView) => void>();
  const add = <T>(ears: Set<(thing: T) => void>, ear: (thing: T) => void): Stop => {
    ears.add(ear);
    return () => ears.delete(ear);
  };
  const changeLan = (changes: Partial<LanView>) => {
    lan = { ...lan, ...changes };
    for (const ear of lanEars) ear(lan);
  };
  const changeNearby = (changes: Partial<NearbyView>) => {
    nearby = { ...nearby, ...changes };
    for (const ear of nearbyEars) ear(nearby);
  };
  return {
    lan: async () => lan,
    onLan: (tell) => add(lanEars, tell),
    refresh: async () => {},
    setOpen: async (on) => changeLan({ on, hosts: on ? ["192.168.1.20:7781"] : [], relay_port: on ? 7781 : null, fingerprint: on ? FINGERPRINT : null }),
    accept: async (id) => changeLan({ requests: lan.requests.filter((one) => one.id !== id) }),
    refuse: async (id) => changeLan({ requests: lan.requests.filter((one) => one.id !== id) }),
    invite: async () => {
      changeLan({ invites: [{ id: `i${lan.invites.length + 1}`, expires_at: Date.now() + day }, ...lan.invites] });
      return LINK;
    },
    revoke: async (id) => changeLan({ invites: lan.invites.filter((one) => one.id !== id) }),
    dismiss: async (id) => changeLan({ members: lan.members.filter((one) => one.id !== id) }),
    nearby: async () => nearby,
    onNearby: (tell) => add(nearbyEars, tell),
    look: async (on) => changeNearby({ spaces: on ? spaces : [] }),
    lookAt: async (address) => ({ host: `${address}:7781`, fingerprint: "3f0c", shown: FINGERPRINT }),
    ask: ({ fingerprint }) =>
      new Promise((leave) => {
        changeNearby({ waiting: { space: spaces.find((one) => one.fingerprint === fingerprint)?.name ?? "Studio", code: "408 153" } });
        const ears = add(nearbyEars, ({ waiting }) => {
          if (waiting) return;
          ears();
          leave();
        });
      }),
    cancel: async () => changeNearby({ waiting: null }),
    readInvite: async (link) =>
      link.startsWith("ahoy:join?")
        ? { space: "Chiara Neri", host: "192.168.1.20:7781", fingerprint: FINGERPRINT, expired: false }
        : Promise.reject({ code: "invite_malformed", subject: null, detail: null, retry: false }),
    acceptInvite: async () => {},
  };
}

import type { LanView, NearbySpace, NearbyView, SeenSpace, InviteView } from "./bindings.gen";
import { commands } from "./bindings.gen";
import type { Stop } from ".";

/** This computer's space on its network, and those of others nearby. */
export interface Neighbours {
  lan(): Promise<LanView>;
  onLan(tell: (view: LanView) => void): Stop;
  /** Reads again who is in this computer's space. */
  refresh(): Promise<void>;
  setOpen(on: boolean): Promise<void>;
  accept(request: string): Promise<void>;
  refuse(request: string): Promise<void>;
  /** The link of a new invite. */
  invite(): Promise<string>;
  revoke(invite: string): Promise<void>;
  dismiss(member: string): Promise<void>;

  nearby(): Promise<NearbyView>;
  onNearby(tell: (view: NearbyView) => void): Stop;
  /** Spaces are looked for only while somebody wants to see them. */
  look(on: boolean): Promise<void>;
  lookAt(address: string): Promise<SeenSpace>;
  /** Resolves once one is in the space, or after `cancel`. */
  ask(space: Pick<NearbySpace, "hosts" | "fingerprint">, name: string): Promise<void>;
  cancel(): Promise<void>;
  /** What an invite says of itself; nothing is asked anywhere. */
  readInvite(link: string): Promise<InviteView>;
  acceptInvite(link: string, name: string): Promise<void>;
}

type Hear = <T>(event: string, tell: (value: T) => void) => Stop;
const done = async (command: Promise<unknown>): Promise<void> => void (await command);

export const tauriNeighbours = (hear: Hear): Neighbours => ({
  lan: () => commands.lanView(),
  onLan: (tell) => hear<LanView>("lan", tell),
  refresh: () => done(commands.refreshLan()),
  setOpen: (on) => done(commands.setLan(on)),
  accept: (request) => done(commands.acceptJoin(request)),
  refuse: (request) => done(commands.refuseJoin(request)),
  invite: () => commands.makeInvite(),
  revoke: (invite) => done(commands.revokeInvite(invite)),
  dismiss: (member) => done(commands.dismissMember(member)),
  nearby: () => commands.nearbyView(),
  onNearby: (tell) => hear<NearbyView>("nearby", tell),
  look: (on) => done(commands.lookNearby(on)),
  lookAt: (address) => commands.lookAtAddress(address),
  ask: ({ hosts, fingerprint }, name) => done(commands.askToJoin(hosts, fingerprint, name)),
  cancel: () => done(commands.cancelJoin()),
  readInvite: (link) => commands.readInvite(link),
  acceptInvite: (link, name) => done(commands.acceptInvite(link, name)),
});

// The official SDK, version 3, as an application would use it. Nothing of it is replaced or patched.

import { SignalWire } from 'sdk3';

export class Version3 {
  #tell;
  #client;
  #calls = new Map();
  #invites = new Map();
  #root = document.createElement('div');

  constructor(tell) {
    this.#tell = tell;
    document.body.append(this.#root);
  }

  async connect({ token, options = {} }) {
    this.#client = await SignalWire({ token, ...options });
    await this.#client.online({ incomingCallHandlers: { websocket: ({ invite }) => this.#ring(invite) } });
    return { user: null, name: null };
  }

  async dial({ to, options = {} }) {
    const call = await this.#client.dial({ to, rootElement: this.#root, ...options });
    const id = this.#meet(call);
    // Its promise ends with call.joined, or when the call is over, which the status tells, too.
    call.start().catch((error) => this.#tell('problem', { call: id, message: String(error?.message ?? error) }));
    return { call: id };
  }

  async answer({ call, options = {} }) {
    const accepted = await this.#invites.get(call).accept({ rootElement: this.#root, ...options });
    this.#meet(accepted, call);
  }

  reject({ call }) {
    return this.#invites.get(call).reject();
  }

  hangup({ call }) {
    return this.#calls.get(call).call.hangup();
  }

  hold({ call }) {
    return this.#calls.get(call).call.hold();
  }

  unhold({ call }) {
    return this.#calls.get(call).call.unhold();
  }

  digits({ call, digits }) {
    return this.#calls.get(call).call.sendDigits(digits);
  }

  mute({ call, what, muted }) {
    const it = this.#calls.get(call).call;
    if (what === 'video') return muted ? it.videoMute() : it.videoUnmute();
    return muted ? it.audioMute() : it.audioUnmute();
  }

  /** A method of the room about another member. */
  async moderate({ call, member, method }) {
    await this.#calls.get(call).call[method]({ memberId: member });
  }

  async shareScreen({ call }) {
    const entry = this.#calls.get(call);
    entry.screen = await entry.call.startScreenShare({ audio: false, video: true });
  }

  stopScreen({ call }) {
    return this.#calls.get(call).screen.leave();
  }

  // Only sends: what comes back is the other side's affair.
  async addPicture({ call }) {
    await this.#calls.get(call).call.updateMedia({ video: { direction: 'sendrecv' } });
  }

  disconnect() {
    return this.#client.disconnect();
  }

  remoteStream(id) {
    return this.#calls.get(id)?.call.remoteStream ?? null;
  }

  state() {
    return [...this.#calls].map(([call, { status, members, self }]) => ({
      call,
      status,
      self: members.get(self) ?? null,
      members: [...members.values()],
    }));
  }

  #ring(invite) {
    const { callID, caller_id_name: name, caller_id_number: from, callee_id_number: to } = invite.details;
    this.#invites.set(callID, invite);
    this.#tell('incoming', { call: callID, from, name, to });
  }

  #meet(call, known) {
    const id = known ?? call.id ?? crypto.randomUUID();
    const entry = { call, status: 'new', members: new Map(), self: null };
    this.#calls.set(id, entry);
    const say = (status) => {
      entry.status = status;
      this.#tell('status', { call: id, status });
    };
    const note = (member) => {
      const old = entry.members.get(member.member_id) ?? { id: member.member_id, name: null, type: null };
      const fresh = {
        ...old,
        name: member.name ?? old.name,
        type: member.type ?? old.type,
        audioMuted: member.audio_muted ?? old.audioMuted ?? null,
        videoMuted: member.video_muted ?? old.videoMuted ?? null,
        deaf: member.deaf ?? old.deaf ?? null,
        raised: member.handraised ?? old.raised ?? null,
      };
      entry.members.set(member.member_id, fresh);
    };
    call.on('call.joined', (event) => {
      entry.self ??= event.member_id;
      event.room_session.members.forEach(note);
      say('connected');
    });
    call.on('member.joined', (event) => note(event.member));
    call.on('member.updated', (event) => note(event.member));
    call.on('member.left', (event) => entry.members.delete(event.member.member_id));
    call.on('destroy', () => {
      say('over');
    });
    return id;
  }
}

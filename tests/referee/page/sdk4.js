// The official SDK, version 4, as an application would use it. Nothing of it is replaced or patched.

import { EmbedTokenCredentialProvider, SignalWire, StaticCredentialProvider } from 'sdk4';
import { Screen } from './screen.js';

const first = (observable, wanted) =>
  new Promise((resolve, reject) => {
    const subscription = observable.subscribe({
      next: (value) => {
        if (!wanted(value)) return;
        resolve(value);
        queueMicrotask(() => subscription.unsubscribe());
      },
      error: reject,
    });
  });

/** Gets its tokens as an application does from its own server, which passes the key's fingerprint on. */
const mintingProvider = ({ url, credentials, request }) => ({
  async authenticate({ fingerprint } = {}) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(credentials)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, fingerprint }),
    });
    const { token } = await response.json();
    return { token };
  },
});

const provider = ({ token, mint, embed }) => {
  if (mint) return mintingProvider(mint);
  if (embed) return new EmbedTokenCredentialProvider(embed.host, embed.token);
  return new StaticCredentialProvider({ token });
};

/** What a participant is to others. */
const memberView = (member) => ({
  id: member.id,
  name: member.name ?? null,
  type: member.type ?? null,
  audioMuted: member.audioMuted ?? null,
  videoMuted: member.videoMuted ?? null,
  deaf: member.deaf ?? null,
  raised: member.handraised ?? null,
});

export class Version4 {
  #tell;
  #client;
  #known = new Set();
  #friend;
  #presentation = null;

  constructor(tell) {
    this.#tell = tell;
  }

  async connect({ token, options: { preferences = {}, mint, embed, ...options } = {} }) {
    this.#client = new SignalWire(provider({ token, mint, embed }), { logLevel: 'debug', ...options });
    Object.assign(this.#client.preferences, preferences);
    this.#client.errors$.subscribe((error) => this.#tell('error', { name: error.name, message: error.message }));
    await first(this.#client.isConnected$, Boolean);
    this.#client.session.calls$.subscribe((calls) => calls.forEach((call) => this.#meet(call)));
    this.#client.session.incomingCalls$.subscribe((calls) => {
      for (const call of calls) {
        if (call.status === 'ringing' && !this.#known.has(`ring ${call.id}`)) {
          this.#known.add(`ring ${call.id}`);
          this.#tell('incoming', { call: call.id, from: call.from ?? null, name: call.fromName ?? null, to: call.to ?? null });
        }
      }
    });
    await this.#client.register();
    await first(this.#client.isRegistered$, Boolean);
    const user = this.#client.user;
    return { user: user?.id ?? null, name: user?.displayName ?? null };
  }

  async dial({ to, options }) {
    const at = Date.now();
    const call = await this.#client.dial(to, options);
    this.#meet(call);
    return { call: call.id, at };
  }

  answer({ call, options }) {
    const at = Date.now();
    this.#call(call).answer(options);
    return { at };
  }

  /** Shows the calls to come. */
  present(presentation) {
    this.#presentation = presentation;
  }

  reject({ call }) {
    this.#call(call).reject();
  }

  hangup({ call }) {
    return this.#call(call).hangup();
  }

  hold({ call }) {
    return this.#call(call).toggleHold();
  }

  unhold({ call }) {
    return this.#call(call).toggleHold();
  }

  digits({ call, digits }) {
    return this.#call(call).sendDigits(digits);
  }

  mute({ call, what, muted }) {
    const self = this.#call(call).self;
    if (what === 'video') return muted ? self.muteVideo() : self.unmuteVideo();
    return muted ? self.mute() : self.unmute();
  }

  async shareScreen({ call }) {
    // beta.12 puts the camera into every leg at the moment when it chooses one, some time after its start.
    await first(this.#client.selectedVideoInputDevice$, Boolean);
    await first(this.#client.selectedAudioInputDevice$, Boolean);
    return this.#call(call).self.startScreenShare();
  }

  stopScreen({ call }) {
    return this.#call(call).self.stopScreenShare();
  }

  /** One more camera: pictures of this sender. */
  addCamera({ call, sender }) {
    const inputVideoStream = new Screen(sender).stream();
    return this.#call(call).self.addAdditionalDevice({ audio: false, video: true, inputVideoStream });
  }

  transfer({ call, to }) {
    return this.#call(call).transfer({ destination: to });
  }

  /** Any method of the own participant, or of the call. */
  ask({ call, on, method, args = [] }) {
    const it = this.#call(call);
    return (on === 'self' ? it.self : it)[method](...args).then(() => null);
  }

  /** Reads what was said to and from an address, and the calls with it. */
  async openChat({ with: uri }) {
    const directory = await first(this.#client.directory$, Boolean);
    this.#friend = directory.get(await directory.findAddressIdByURI(uri));
    const texts = await first(this.#friend.textMessages$, Boolean);
    texts.values$.subscribe((list) => this.#tell('texts', { texts: list.map(({ text }) => text) }));
    const history = await first(this.#friend.history$, Boolean);
    history.values$.subscribe((list) => {
      this.#tell('history', { calls: list.map(({ kind, status }) => ({ kind, status })) });
    });
  }

  say({ text }) {
    return this.#friend.sendText(text);
  }

  /** A method of another participant. */
  moderate({ call, member, method, args = [] }) {
    const participant = this.#call(call).participants.find(({ id }) => id === member);
    return participant[method](...args).then(() => null);
  }

  /** Which kind of candidate our side of each chosen pair is. */
  async ways({ call }) {
    const report = [...(await this.#call(call).rtcPeerConnection.getStats()).values()];
    const chosen = report.filter(({ type }) => type === 'transport').map(({ selectedCandidatePairId: id }) => id);
    const pairs = report.filter(({ id }) => chosen.includes(id));
    return pairs.map(({ localCandidateId }) => report.find(({ id }) => id === localCandidateId)?.candidateType);
  }

  disconnect() {
    return this.#client.disconnect();
  }

  remoteStream(id) {
    return this.#call(id)?.remoteStream ?? null;
  }

  state() {
    return (this.#client?.session?.calls ?? []).map((call) => ({
      call: call.id,
      status: call.status,
      direction: call.direction,
      directions: call.mediaDirections ?? null,
      screen: call.self?.screenShareStatus ?? null,
      self: call.self ? memberView(call.self) : null,
      members: call.participants.map(memberView),
      layout: call.layout ?? null,
      locked: call.locked ?? null,
    }));
  }

  #call(id) {
    return this.#client?.session?.calls.find((call) => call.id === id);
  }

  #meet(call) {
    if (this.#known.has(call.id)) return;
    this.#known.add(call.id);
    this.#presentation?.meet(call);
    call.status$.subscribe({
      next: (status) => this.#tell('status', { call: call.id, status }),
      complete: () => this.#tell('status', { call: call.id, status: 'over' }),
    });
    call.errors$.subscribe((problem) => {
      const { kind, fatal, error } = problem;
      this.#tell('problem', { call: call.id, kind, fatal, message: error?.message ?? null });
    });
  }
}

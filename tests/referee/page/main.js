// The page's side of the rig: takes orders from the driver, and tells it what happens. `tell` is put there by the driver.

import { allowOnly } from './codecs.js';
import { Ears } from './ears.js';
import { Eyes } from './eyes.js';
import { Presentation } from './presentation.js';
import { meetThroughRelay } from './relay.js';
import { Screen } from './screen.js';
import { Version3 } from './sdk3.js';
import { Version4 } from './sdk4.js';

const WATCH_MS = 40;

const tell = (event, details) => globalThis.tell({ event, at: Date.now(), ...details });

class Referee {
  #sdk = null;
  #eyes = new Eyes();
  #ears = new Ears();
  #said = '';
  #screen = null;
  #presentation = null;

  constructor() {
    // States of both SDKs come from many observables and events; looking at the whole and telling changes misses none.
    setInterval(() => this.#watch(), WATCH_MS);
  }

  async connect({ sdk, ...rest }) {
    this.#sdk = sdk === 3 ? new Version3(tell) : new Version4(tell);
    return this.#sdk.connect(rest);
  }

  speak(allowed) {
    allowOnly(allowed);
  }

  call({ name, ...rest }) {
    return this.#sdk[name](rest);
  }

  relay({ iceServers }) {
    return meetThroughRelay(iceServers);
  }

  /** What the page shows, and so what a shared screen shows. Without a sender: nothing any more. */
  paint({ sender }) {
    this.#screen?.stop();
    this.#screen = sender === undefined ? null : new Screen(sender);
    this.#screen?.cover();
  }

  /** From now on calls are shown as an application shows them, and nobody looks or listens unasked. */
  async present() {
    this.#presentation = new Presentation();
    this.#sdk.present(this.#presentation);
    await this.#ears.rest();
  }

  awaitPicture() {
    this.#presentation.await();
  }

  firstPicture() {
    return this.#presentation.first();
  }

  watch({ ms }) {
    return this.#presentation.watch(ms);
  }

  see() {
    return this.#eyes.report();
  }

  blink() {
    this.#eyes.blink();
  }

  hear({ ms }) {
    return this.#ears.hear(ms);
  }

  seeIn({ boxes }) {
    return this.#eyes.readBoxes(boxes);
  }

  measure({ ms, tones }) {
    return this.#ears.measure(ms, tones);
  }

  /** Closes every open WebSocket under the SDK, as a lost network would in the end. */
  dropSockets() {
    let dropped = 0;
    for (const socket of globalThis.openSockets) {
      if (socket.readyState === WebSocket.OPEN) {
        socket.close();
        dropped += 1;
      }
    }
    return dropped;
  }

  #watch() {
    const calls = this.#sdk?.state() ?? [];
    for (const { call } of this.#presentation ? [] : calls) {
      const stream = this.#sdk.remoteStream(call);
      if (stream) {
        this.#eyes.look(stream);
        this.#ears.listen(stream);
      }
    }
    const said = JSON.stringify(calls);
    if (said !== this.#said) {
      this.#said = said;
      tell('state', { calls });
    }
  }
}

globalThis.referee = new Referee();

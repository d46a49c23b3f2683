// A call as a plain application shows it: the far side's picture fills the page, one's own stands small in a corner, sound
// plays. Benchmarks look at it; nothing here works unless it is asked to.

import { plateHeight, readPlate } from './plate.js';

/** Unix time in ms of a moment that the page's clock tells. */
const absolute = (moment) => performance.timeOrigin + moment;

function place(style) {
  const video = document.createElement('video');
  video.autoplay = true;
  video.playsInline = true;
  Object.assign(video.style, style);
  document.body.append(video);
  return video;
}

/** Reads the numbers of the pictures that a <video> shows for `ms`. `moment` picks from what the browser knows about each. */
function readNumbers(video, ms, moment) {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const readings = [];
  const end = performance.now() + ms;
  return new Promise((done) => {
    const see = (_, about) => {
      const { videoWidth: width, videoHeight: height } = video;
      const strip = plateHeight(height);
      if (canvas.width !== width || canvas.height !== strip) Object.assign(canvas, { width, height: strip });
      context.drawImage(video, 0, 0, width, strip, 0, 0, width, strip);
      const pixels = context.getImageData(0, 0, width, strip).data;
      const plate = readPlate((x, y) => pixels[4 * (y * width + x) + 1], width, height);
      const at = moment(about);
      readings.push({ frame: plate?.frame ?? null, at: at === undefined ? null : absolute(at) });
      if (performance.now() < end) video.requestVideoFrameCallback(see);
      else done(readings);
    };
    video.requestVideoFrameCallback(see);
  });
}

export class Presentation {
  #far = place({ position: 'fixed', inset: 0, width: '100%', height: '100%', objectFit: 'cover' });
  #own = place({ position: 'fixed', right: '16px', bottom: '16px', width: '220px' });
  #first = null;

  constructor() {
    this.#own.muted = true;
  }

  meet(call) {
    call.localStream$.subscribe((stream) => (this.#own.srcObject = stream));
    call.remoteStream$.subscribe((stream) => (this.#far.srcObject = stream));
  }

  /** From now on, when is the next call's first picture shown? */
  await() {
    this.#far.srcObject = null;
    this.#first = new Promise((done) => {
      this.#far.requestVideoFrameCallback((_, { presentationTime }) => done(absolute(presentationTime)));
    });
  }

  first() {
    return this.#first;
  }

  /** When which picture left the own camera, and when which picture of the far side was handed to the screen. */
  async watch(ms) {
    const [own, far] = await Promise.all([
      readNumbers(this.#own, ms, ({ captureTime }) => captureTime),
      readNumbers(this.#far, ms, ({ presentationTime }) => presentationTime),
    ]);
    return { own, far, width: this.#far.videoWidth, height: this.#far.videoHeight };
  }
}

// Watches a <video>: which pictures arrive, in which order, and whether they move at all.

import { plateHeight, readPlate } from './plate.js';

const MOST_KEPT = 3000;
/** A picture is told apart by its brightness in so many × so many places. */
const GRID = 24;

export class Eyes {
  #video = document.createElement('video');
  #canvas = document.createElement('canvas');
  #context = this.#canvas.getContext('2d', { willReadFrequently: true });
  #drawn = 0;
  #plates = [];
  #looks = new Set();

  constructor() {
    this.#video.autoplay = true;
    this.#video.playsInline = true;
    this.#video.muted = true;
    document.body.append(this.#video);
    this.#watch();
  }

  look(stream) {
    if (this.#video.srcObject !== stream) this.#video.srcObject = stream;
    this.#video.play().catch(() => {});
  }

  /** Forgets what was seen, so that the next report is about what comes now. */
  blink() {
    this.#drawn = 0;
    this.#plates = [];
    this.#looks.clear();
  }

  report() {
    return {
      width: this.#video.videoWidth,
      height: this.#video.videoHeight,
      drawn: this.#drawn,
      different: this.#looks.size,
      plates: this.#plates,
    };
  }

  /** Who is in each box of the picture now, by number plate; boxes are in percent of it. */
  readBoxes(boxes) {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (!width || !height) return boxes.map(() => null);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(this.#video, 0, 0);
    return boxes.map((box) => {
      const [left, top] = [Math.round((box.x * width) / 100), Math.round((box.y * height) / 100)];
      const [w, h] = [Math.round((box.width * width) / 100), Math.round((box.height * height) / 100)];
      const pixels = context.getImageData(left, top, w, h).data;
      return readPlate((x, y) => pixels[4 * (y * w + x) + 1], w, h)?.sender ?? null;
    });
  }

  #watch() {
    this.#video.requestVideoFrameCallback((_, frame) => {
      this.#see(frame);
      this.#watch();
    });
  }

  #see(frame) {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (!width || !height) return;
    this.#drawn += 1;
    const strip = plateHeight(height);
    if (this.#canvas.width !== width || this.#canvas.height !== strip + GRID) {
      this.#canvas.width = width;
      this.#canvas.height = strip + GRID;
    }
    this.#context.drawImage(this.#video, 0, 0, width, strip, 0, 0, width, strip);
    this.#context.drawImage(this.#video, 0, strip, GRID, GRID);
    const pixels = this.#context.getImageData(0, 0, width, strip).data;
    const plate = readPlate((x, y) => pixels[4 * (y * width + x) + 1], width, height);
    if (plate && this.#plates.length < MOST_KEPT) {
      const age = ((Date.now() % 2 ** 32) - plate.time) | 0;
      this.#plates.push({ frame: plate.frame, sender: plate.sender, age, presented: Math.round(frame.presentationTime) });
    }
    if (this.#looks.size < MOST_KEPT) {
      const small = this.#context.getImageData(0, strip, GRID, GRID).data;
      let look = '';
      for (let at = 1; at < small.length; at += 4) look += String.fromCharCode(48 + (small[at] >> 4));
      this.#looks.add(look);
    }
  }
}

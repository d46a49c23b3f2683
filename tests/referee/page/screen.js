// Pictures that the page paints itself: what a shared screen shows, or a stream that stands for one more camera. They carry
// a number plate like the camera's, with a sender number of their own.

import { paintPlate } from './plate.js';

const WIDTH = 640;
const HEIGHT = 360;
const EVERY_MS = 66;

export class Screen {
  #canvas = document.createElement('canvas');
  #luma = new Uint8Array(WIDTH * HEIGHT);
  #frame = 0;
  #timer;

  constructor(sender) {
    this.#canvas.width = WIDTH;
    this.#canvas.height = HEIGHT;
    const context = this.#canvas.getContext('2d');
    const image = context.createImageData(WIDTH, HEIGHT);
    const paint = () => {
      const bar = Math.floor((WIDTH * (this.#frame % 60)) / 60);
      for (let y = 0; y < HEIGHT; y += 1) {
        this.#luma.fill(96, y * WIDTH, (y + 1) * WIDTH);
        if (y > HEIGHT / 3) this.#luma.fill(200, y * WIDTH + bar, y * WIDTH + Math.min(bar + 40, WIDTH));
      }
      paintPlate(this.#luma, WIDTH, HEIGHT, { frame: this.#frame, time: Date.now() % 2 ** 32, sender });
      for (let at = 0; at < this.#luma.length; at += 1) {
        image.data.fill(this.#luma[at], 4 * at, 4 * at + 3);
        image.data[4 * at + 3] = 255;
      }
      context.putImageData(image, 0, 0);
      this.#frame += 1;
    };
    paint();
    this.#timer = setInterval(paint, EVERY_MS);
  }

  /** Covers the whole page, so that whoever captures the page captures this. */
  cover() {
    Object.assign(this.#canvas.style, { position: 'fixed', inset: 0, width: '100vw', height: '100vh', zIndex: 10 });
    document.body.append(this.#canvas);
  }

  stream() {
    return this.#canvas.captureStream(15);
  }

  stop() {
    clearInterval(this.#timer);
    this.#canvas.remove();
  }
}

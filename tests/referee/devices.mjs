// What Chromium's made-up camera and microphone give: a numbered picture and a steady tone, both as files that it repeats.

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { paintPlate } from './page/plate.js';

const WIDTH = 640;
const HEIGHT = 360;
const FRAMES = 60;
const RATE = 30;

/** A Y4M clip of two seconds whose pictures carry the numbers 0 to 59 and a moving bar. */
export function writeCamera(path, sender) {
  const file = openSync(path, 'w');
  writeSync(file, `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${RATE}:1 Ip A1:1 C420jpeg\n`);
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const luma = Buffer.alloc(WIDTH * HEIGHT, 96);
    const bar = Math.floor((WIDTH * frame) / FRAMES);
    for (let y = HEIGHT / 3; y < HEIGHT; y += 1) {
      luma.fill(200, y * WIDTH + bar, y * WIDTH + Math.min(bar + 40, WIDTH));
    }
    paintPlate(luma, WIDTH, HEIGHT, { frame, time: 0, sender });
    writeSync(file, 'FRAME\n');
    writeSync(file, luma);
    writeSync(file, chroma);
  }
  closeSync(file);
}

/** A WAV file of one second, 48 kHz mono, whole periods of `hz`, so that repeating it makes no click. */
export function writeMicrophone(path, hz) {
  const rate = 48000;
  const data = Buffer.alloc(rate * 2);
  for (let at = 0; at < rate; at += 1) {
    data.writeInt16LE(Math.round(0.3 * 32767 * Math.sin((2 * Math.PI * hz * at) / rate)), at * 2);
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  writeFileSync(path, Buffer.concat([head, data]));
}

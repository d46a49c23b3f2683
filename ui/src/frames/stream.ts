import type { PictureInfo, Pictures, Stop, TileId } from "../backend";
import { painterFor, type I420, type Painter } from "./paint";
import { age, LUMA, readCode } from "./pictureCode";
import { remember } from "./probe";

/**
 * The page's end of the loopback WebSocket that brings pictures (`src-tauri/src/frames.rs` is the other).
 *
 * Page → shell, text: `{"slot":1,"tile":…,"width":W,"height":H}` asks for the next picture of a tile, no larger than the
 * tile's pixels; `{"slot":1}` wants none any more. Shell → page, binary: slot, width, height (u32, little endian), then I420.
 * A slot has one picture under way at most: the next is asked for when the last was drawn.
 */
export interface Door {
  url: string;
  secret: string;
}

const HEADER = 12;
const RECONNECT_MS = 500;

interface Slot {
  tile: TileId;
  canvas: HTMLCanvasElement;
  painter: Painter | null;
  sized: (picture: PictureInfo) => void;
  frames: number;
  waiting: boolean;
  visible: boolean;
  last: PictureInfo;
}

/** The size to ask for: the box, or what fills it when bars are cropped away. */
export function pixelsNeeded(width: number, height: number, cover: boolean, picture: PictureInfo): PictureInfo {
  if (cover && picture.width > 0 && width > 0 && height > 0) {
    const scale = Math.max(width / picture.width, height / picture.height);
    return { width: Math.ceil(picture.width * scale), height: Math.ceil(picture.height * scale) };
  }
  return { width: Math.round(width), height: Math.round(height) };
}

export class FrameStream implements Pictures {
  #open: () => Promise<Door>;
  #socket: WebSocket | null = null;
  #connecting = false;
  #slots = new Map<number, Slot>();
  #byCanvas = new WeakMap<Element, number>();
  #ids = 0;
  #seen: IntersectionObserver;

  constructor(open: () => Promise<Door>) {
    this.#open = open;
    this.#seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const id = this.#byCanvas.get(target);
        const slot = id === undefined ? undefined : this.#slots.get(id);
        if (!slot || id === undefined) continue;
        slot.visible = isIntersecting;
        this.#ask(id, slot);
      }
    });
    document.addEventListener("visibilitychange", () => {
      for (const [id, slot] of this.#slots) this.#ask(id, slot);
    });
  }

  attach(tile: TileId, canvas: HTMLCanvasElement, sized: (picture: PictureInfo) => void): Stop {
    const id = ++this.#ids;
    const slot: Slot = {
      tile,
      canvas,
      painter: this.#painters.get(canvas) ?? painterFor(canvas),
      sized,
      frames: 0,
      waiting: false,
      visible: true,
      last: { width: 0, height: 0 },
    };
    if (slot.painter) this.#painters.set(canvas, slot.painter);
    canvas.dataset.frames = "0";
    canvas.dataset.painter = slot.painter?.kind ?? "none";
    this.#slots.set(id, slot);
    this.#byCanvas.set(canvas, id);
    this.#seen.observe(canvas);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(id, slot);
    else void this.#connect();
    return () => {
      this.#seen.unobserve(canvas);
      this.#slots.delete(id);
      this.#send({ slot: id });
      if (this.#slots.size === 0) this.#socket?.close();
    };
  }

  #painters = new WeakMap<HTMLCanvasElement, Painter>();

  async #connect(): Promise<void> {
    if (this.#connecting || this.#slots.size === 0) return;
    this.#connecting = true;
    const again = () => {
      this.#connecting = false;
      this.#socket = null;
      for (const slot of this.#slots.values()) slot.waiting = false;
      if (this.#slots.size > 0) setTimeout(() => void this.#connect(), RECONNECT_MS);
    };
    try {
      const { url, secret } = await this.#open();
      const socket = new WebSocket(url, ["ahoy-frames", secret]);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        this.#connecting = false;
        for (const [id, slot] of this.#slots) this.#ask(id, slot);
      };
      socket.onmessage = ({ data }) => data instanceof ArrayBuffer && this.#receive(data);
      socket.onclose = again;
      this.#socket = socket;
    } catch {
      again();
    }
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #ask(id: number, slot: Slot): void {
    if (slot.waiting || !slot.visible || document.hidden || this.#socket?.readyState !== WebSocket.OPEN) return;
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = pixelsNeeded(slot.canvas.clientWidth * ratio, slot.canvas.clientHeight * ratio, slot.canvas.classList.contains("cover"), slot.last);
    if (width < 1 || height < 1) {
      // Not laid out yet.
      requestAnimationFrame(() => this.#slots.get(id) === slot && this.#ask(id, slot));
      return;
    }
    slot.waiting = true;
    this.#send({ slot: id, tile: slot.tile, width, height });
  }

  #receive(buffer: ArrayBuffer): void {
    if (buffer.byteLength < HEADER) return;
    const view = new DataView(buffer);
    const [id, width, height] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
    const slot = this.#slots.get(id);
    if (!slot) return;
    slot.waiting = false;
    const picture: I420 = { width, height, data: new Uint8Array(buffer, HEADER) };
    if (picture.data.length === (width * height * 3) / 2) this.#draw(slot, picture);
    this.#ask(id, slot);
  }

  #draw(slot: Slot, picture: I420): void {
    slot.painter?.paint(picture);
    slot.canvas.dataset.frames = String(++slot.frames);
    if (slot.last.width !== picture.width || slot.last.height !== picture.height) {
      slot.last = { width: picture.width, height: picture.height };
      slot.sized(slot.last);
    }
    if (slot.canvas.dataset.probe !== undefined) this.#probe(slot, picture);
  }

  /** Reads the number plate of what was just drawn: from its luma, because reading a canvas back would cost a frame's time. */
  #probe({ canvas }: Slot, { width, height, data }: I420): void {
    const now = Date.now();
    const code = readCode(data, width, height, LUMA);
    if (code) remember(canvas, { number: code.frame, sender: code.sender, delay: age(code, now), drawn: now });
  }
}

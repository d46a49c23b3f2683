import type { Pictures, TileId } from ".";

/** Draws a little moving portrait, so that screens can be designed without a camera. */
export const fakePictures: Pictures = {
  attach(tile, canvas, sized) {
    const context = canvas.getContext("2d");
    const [width, height] = [1280, 720];
    canvas.width = width;
    canvas.height = height;
    sized({ width, height });
    let frames = 0;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let wanted = true;
    const draw = () => {
      if (!wanted || !context) return;
      paint(context, tile, width, height, performance.now() / 1000);
      canvas.dataset.frames = String(++frames);
      if (!still) requestAnimationFrame(draw);
    };
    draw();
    return () => (wanted = false);
  },
};

function paint(c: CanvasRenderingContext2D, tile: TileId, w: number, h: number, time: number): void {
  const self = tile.tile === "self_view";
  const sky = c.createLinearGradient(0, 0, w * 0.3, h);
  sky.addColorStop(0, self ? "#f3d9b1" : "#8fb9c4");
  sky.addColorStop(1, self ? "#c98d6b" : "#2f5d6e");
  c.fillStyle = sky;
  c.fillRect(0, 0, w, h);
  c.fillStyle = self ? "#ffffff55" : "#f7e3b855";
  c.fillRect(w * 0.62, h * 0.1, w * 0.26, h * 0.5);
  c.fillStyle = self ? "#8a5a3c66" : "#1d3f4c88";
  c.fillRect(0, h * 0.74, w, h * 0.26);
  const x = w * (0.46 + Math.sin(time * 1.1 + (self ? 2 : 0)) * 0.008);
  const oval = (colour: string, dx: number, y: number, rx: number, ry: number, half = false) => {
    c.fillStyle = colour;
    c.beginPath();
    c.ellipse(x + w * dx, h * y, w * rx, h * ry, 0, half ? Math.PI : 0, Math.PI * 2);
    c.fill();
  };
  const [shirt, skin, hair] = self ? ["#27506b", "#e0aa86", "#5b3423"] : ["#b4472f", "#8d5a41", "#1c1614"];
  oval(hair, 0, 0.45, 0.115, 0.25);
  oval(shirt, 0, 1.08, 0.23, 0.4);
  oval(skin, 0, 0.68, 0.042, 0.12);
  oval(skin, 0, 0.46, 0.09, 0.2);
  oval(hair, 0, 0.36, 0.104, 0.14, true);
}

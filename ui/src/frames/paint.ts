/** Ways to put an I420 picture on a canvas, best first (FRAMES: `VideoFrame`, then WebGL, then plain arithmetic). */
export interface I420 {
  width: number;
  height: number;
  /** Y, then U, then V, without padding. */
  data: Uint8Array<ArrayBuffer>;
}

export interface Painter {
  kind: "video-frame" | "webgl" | "arithmetic";
  paint(picture: I420): void;
}

function fit(canvas: HTMLCanvasElement, { width, height }: I420): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** Limited-range BT.601, as the house's pictures are. */
const COLOUR = { matrix: "smpte170m", primaries: "smpte170m", transfer: "smpte170m", fullRange: false } as const;

function videoFrame(canvas: HTMLCanvasElement): Painter | null {
  if (typeof VideoFrame === "undefined") return null;
  const context = canvas.getContext("2d", { alpha: false, desynchronized: true });
  if (!context) return null;
  return {
    kind: "video-frame",
    paint(picture) {
      fit(canvas, picture);
      const frame = new VideoFrame(picture.data, {
        format: "I420",
        codedWidth: picture.width,
        codedHeight: picture.height,
        timestamp: 0,
        colorSpace: COLOUR,
      });
      context.drawImage(frame, 0, 0);
      frame.close();
    },
  };
}

const VERTEX = `attribute vec2 at; varying vec2 spot;
void main() { spot = vec2(at.x, 1.0 - at.y); gl_Position = vec4(at * 2.0 - 1.0, 0.0, 1.0); }`;
const FRAGMENT = `precision mediump float; varying vec2 spot; uniform sampler2D y; uniform sampler2D u; uniform sampler2D v;
void main() {
  float l = 1.1644 * (texture2D(y, spot).r - 0.0627);
  float b = texture2D(u, spot).r - 0.5, r = texture2D(v, spot).r - 0.5;
  gl_FragColor = vec4(l + 1.5960 * r, l - 0.3918 * b - 0.8130 * r, l + 2.0172 * b, 1.0);
}`;

function webgl(canvas: HTMLCanvasElement): Painter | null {
  const gl = canvas.getContext("webgl", { alpha: false, antialias: false, depth: false, preserveDrawingBuffer: true });
  const program = gl?.createProgram();
  if (!gl || !program) return null;
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
  const at = gl.getAttribLocation(program, "at");
  gl.enableVertexAttribArray(at);
  gl.vertexAttribPointer(at, 2, gl.FLOAT, false, 0, 0);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  ["y", "u", "v"].forEach((plane, unit) => {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    for (const [name, value] of [
      [gl.TEXTURE_MIN_FILTER, gl.LINEAR],
      [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
      [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE],
      [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    ] as const) {
      gl.texParameteri(gl.TEXTURE_2D, name, value);
    }
    gl.uniform1i(gl.getUniformLocation(program, plane), unit);
  });
  return {
    kind: "webgl",
    paint(picture) {
      fit(canvas, picture);
      const { width, height, data } = picture;
      const luma = width * height;
      const upload = (unit: number, w: number, h: number, from: number) => {
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.LUMINANCE, w, h, 0, gl.LUMINANCE, gl.UNSIGNED_BYTE, data.subarray(from, from + w * h));
      };
      upload(0, width, height, 0);
      upload(1, width / 2, height / 2, luma);
      upload(2, width / 2, height / 2, luma + luma / 4);
      gl.viewport(0, 0, width, height);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    },
  };
}

/** Limited-range BT.601 to RGBA. */
export function toRgba({ width, height, data }: I420, out: Uint8ClampedArray): void {
  const luma = width * height;
  const half = width / 2;
  for (let y = 0, o = 0; y < height; y++) {
    const chroma = luma + (y >> 1) * half;
    for (let x = 0; x < width; x++, o += 4) {
      const l = 1.1644 * (data[y * width + x]! - 16);
      const b = data[chroma + (x >> 1)]! - 128;
      const r = data[chroma + luma / 4 + (x >> 1)]! - 128;
      out[o] = l + 1.596 * r;
      out[o + 1] = l - 0.3918 * b - 0.813 * r;
      out[o + 2] = l + 2.0172 * b;
      out[o + 3] = 255;
    }
  }
}

function arithmetic(canvas: HTMLCanvasElement): Painter | null {
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) return null;
  let image: ImageData | null = null;
  return {
    kind: "arithmetic",
    paint(picture) {
      fit(canvas, picture);
      if (image?.width !== picture.width || image.height !== picture.height) image = context.createImageData(picture.width, picture.height);
      toRgba(picture, image.data);
      context.putImageData(image, 0, 0);
    },
  };
}

/** The best way that this web view has. A canvas keeps its first context for ever, so the trial is made on another. */
export function painterFor(canvas: HTMLCanvasElement): Painter | null {
  for (const make of [videoFrame, webgl, arithmetic]) {
    if (works(make)) return make(canvas);
  }
  return null;
}

const trials = new Map<(canvas: HTMLCanvasElement) => Painter | null, boolean>();

function works(make: (canvas: HTMLCanvasElement) => Painter | null): boolean {
  let fine = trials.get(make);
  if (fine === undefined) {
    try {
      const painter = make(document.createElement("canvas"));
      painter?.paint({ width: 2, height: 2, data: new Uint8Array([128, 128, 128, 128, 128, 128]) });
      fine = painter !== null;
    } catch {
      fine = false;
    }
    trials.set(make, fine);
  }
  return fine;
}

// Drives the official SDK in Chromium for the Rust tests. It reads orders as JSON lines on standard input and writes
// answers and events as JSON lines on standard output:
//
//   {"id":1,"do":"connect","args":{"sdk":4,"token":"…"}}  ->  {"id":1,"ok":{…}}  or  {"id":1,"error":"…"}
//   {"event":"status","call":"…","status":"connected"}
//
// Started as: node referee.mjs '{"profile":"/tmp/…","chromium":"/usr/bin/chromium","tone":660,"sender":7}'. With `camera` a
// Y4M file takes the place of the made-up one; with `window` ({x, y, width, height}) the browser shows itself on the display.

import { createServer } from 'node:http';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { writeCamera, writeMicrophone } from './devices.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const options = JSON.parse(process.argv[2] ?? '{}');

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Bundles the page with the SDKs as they were published. */
async function bundle() {
  const result = await build({
    entryPoints: [join(here, 'page/main.js')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
  });
  return result.outputFiles[0].contents;
}

/** Serves the page on a port of its own: `http://localhost` is a place where pages may use cameras. */
async function serve() {
  const script = await bundle();
  const html = await readFile(join(here, 'page/index.html'));
  const server = createServer((request, response) => {
    const [body, type] = request.url === '/page.js' ? [script, 'text/javascript'] : [html, 'text/html'];
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body);
  });
  await new Promise((done) => server.listen(0, 'localhost', done));
  return `http://localhost:${server.address().port}/`;
}

async function launch() {
  mkdirSync(options.profile, { recursive: true });
  const { window } = options;
  const camera = options.camera ?? join(options.profile, 'camera.y4m');
  const microphone = join(options.profile, 'microphone.wav');
  if (!options.camera) writeCamera(camera, options.sender ?? 1);
  writeMicrophone(microphone, options.tone ?? 660);
  return chromium.launchPersistentContext(join(options.profile, 'chromium'), {
    executablePath: options.chromium,
    headless: !window,
    viewport: window ? null : undefined,
    ignoreHTTPSErrors: true,
    permissions: ['camera', 'microphone'],
    args: [
      ...(window ? [`--window-position=${window.x},${window.y}`, `--window-size=${window.width},${window.height}`] : []),
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--ignore-certificate-errors',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      // A shared screen is this page's own picture.
      '--use-fake-device-for-media-stream=display-media-type=browser',
      `--use-file-for-fake-video-capture=${camera}`,
      `--use-file-for-fake-audio-capture=${microphone}`,
    ],
  });
}

/** What went over the page's WebSockets, so that tests can look at the wire without touching the SDK. */
const frames = [];
const MOST_FRAMES = 5000;

function keep(dir, payload) {
  if (frames.length >= MOST_FRAMES) return;
  try {
    frames.push({ dir, at: Date.now(), message: JSON.parse(payload) });
  } catch {
    frames.push({ dir, at: Date.now(), message: null });
  }
}

async function open(context, url) {
  const page = await context.newPage();
  // Remembers sockets, so that a test can cut them; the SDK uses the browser's own class all the same.
  await page.addInitScript(() => {
    globalThis.openSockets = new Set();
    globalThis.WebSocket = class extends WebSocket {
      constructor(...args) {
        super(...args);
        globalThis.openSockets.add(this);
      }
    };
  });
  await page.exposeFunction('tell', say);
  page.on('websocket', (socket) => {
    say({ event: 'socket', url: socket.url(), open: true });
    socket.on('framesent', ({ payload }) => keep('out', payload));
    socket.on('framereceived', ({ payload }) => keep('in', payload));
    socket.on('close', () => say({ event: 'socket', url: socket.url(), open: false }));
    socket.on('socketerror', (error) => say({ event: 'socketerror', message: String(error) }));
  });
  // The console goes to the log, which a test leaves behind when it fails.
  page.on('console', (message) => process.stderr.write(`[${message.type()}] ${message.text()}\n`));
  page.on('pageerror', (error) => process.stderr.write(`[uncaught] ${error.stack}\n`));
  page.on('crash', () => say({ event: 'crash' }));
  await page.goto(url);
  return page;
}

const url = await serve();
const context = await launch();
const page = await open(context, url);
const inPage = (name, args) =>
  page.evaluate(([name, args]) => globalThis.referee[name](args), [name, args ?? {}]);

const orders = {
  frames: () => frames.splice(0),
  reload: () => page.reload(),
  screenshot: ({ path }) => page.screenshot({ path }).then(() => null),
  async stop() {
    await context.close();
    process.exit(0);
  },
};

say({ ready: true, browser: context.browser()?.version() ?? null, url });
for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: name, args } = JSON.parse(line);
  const work = orders[name] ? orders[name](args) : inPage(name, args);
  // Orders may take long (listening does), so the next one is read at once.
  Promise.resolve(work).then(
    (ok) => say({ id, ok: name === 'reload' ? null : (ok ?? null) }),
    (error) => say({ id, error: String(error?.message ?? error) }),
  );
}
// The test is gone.
await context.close();
process.exit(0);

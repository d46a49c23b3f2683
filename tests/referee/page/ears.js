// Listens to a stream: which tone is the loudest, and for how much of the time it is there.

const FFT = 8192;
const STEP_MS = 50;
/** Quieter than this (dB of full scale) is silence. */
const SILENCE = -60;
/** What complete silence counts as (dB): the analyser says minus infinity, which JSON cannot. */
const FLOOR = -120;

export class Ears {
  #context = new AudioContext({ sampleRate: 48000 });
  #analyser = this.#context.createAnalyser();
  #source = null;
  #stream = null;
  #player = document.createElement('audio');

  constructor() {
    this.#analyser.fftSize = FFT;
    this.#analyser.smoothingTimeConstant = 0;
  }

  listen(stream) {
    if (this.#stream === stream || stream.getAudioTracks().length === 0) return;
    this.#stream = stream;
    this.#source?.disconnect();
    // Chromium feeds WebAudio from a remote track only while some element plays it.
    this.#player.srcObject = stream;
    this.#player.volume = 0;
    this.#player.play().catch(() => {});
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
    this.#context.resume();
  }

  /** Costs nothing any more. */
  rest() {
    return this.#context.suspend();
  }

  /** Listens for `ms`: the median of the loudest tones in Hz, and the part of the time that was not silent. */
  async hear(ms) {
    const tones = [];
    let steps = 0;
    const spectrum = new Float32Array(this.#analyser.frequencyBinCount);
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await new Promise((done) => setTimeout(done, STEP_MS));
      steps += 1;
      const tone = this.#loudest(spectrum);
      if (tone !== null) tones.push(tone);
    }
    tones.sort((a, b) => a - b);
    return { hz: tones.length ? tones[tones.length >> 1] : 0, heard: steps ? tones.length / steps : 0, running: this.#context.state };
  }

  /** Listens for `ms`: how loud each of these tones was, the median in dB of full scale. */
  async measure(ms, tones) {
    const spectrum = new Float32Array(this.#analyser.frequencyBinCount);
    const heard = tones.map(() => []);
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await new Promise((done) => setTimeout(done, STEP_MS));
      this.#analyser.getFloatFrequencyData(spectrum);
      tones.forEach((tone, n) => {
        const bin = Math.round((tone * FFT) / this.#context.sampleRate);
        heard[n].push(Math.max(...spectrum.slice(bin - 1, bin + 2)));
      });
    }
    return heard.map((levels) => Math.max(levels.sort((a, b) => a - b)[levels.length >> 1] ?? FLOOR, FLOOR));
  }

  #loudest(spectrum) {
    this.#analyser.getFloatFrequencyData(spectrum);
    let best = 2;
    for (let bin = 2; bin < spectrum.length - 1; bin += 1) if (spectrum[bin] > spectrum[best]) best = bin;
    if (!(spectrum[best] > SILENCE)) return null;
    // A parabola through the three highest points finds the peak between the bins.
    const [left, middle, right] = [spectrum[best - 1], spectrum[best], spectrum[best + 1]];
    const shift = (left - right) / (2 * (left - 2 * middle + right) || 1);
    return ((best + shift) * this.#context.sampleRate) / FFT;
  }
}

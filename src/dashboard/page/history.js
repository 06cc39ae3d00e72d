// @ts-check
/** The last five minutes: how much went out, how many slots were taken, and each stream's pulse. */

/** @typedef {import("./types.d.ts").Figures} Figures @typedef {import("./types.d.ts").Sample} Sample @typedef {import("./types.d.ts").Recent} Recent */

const KEPT_SECONDS = 300;
const PULSE_MAX = 48;
/** What clients take comes in bursts; an average over so many seconds is what a person means by rate. */
const SMOOTH_SECONDS = 4;

export class History {
  /** @type {Sample[]} oldest first */
  samples = [];
  /** Mbit/s of each stream from its engine, oldest first. @type {Map<number, number[]>} */
  pulses = new Map();
  /** @type {{ at: number, out: Map<number, number>, in: Map<number, number> } | null} */
  #before = null;
  /** @type {number[]} */
  #recent = [];

  /** @param {Figures} figures */
  take(figures) {
    const at = Date.parse(figures.at) / 1000;
    const now = {
      at,
      out: new Map(figures.streams.map((stream) => [stream.id, stream.bytesOut])),
      in: new Map(figures.streams.map((stream) => [stream.id, stream.bytesIn])),
    };
    const before = this.#before;
    this.#before = now;
    if (before === null || at <= before.at) return;
    const seconds = at - before.at;
    let out = 0;
    for (const { id } of figures.streams) {
      out += grown(before.out, now.out, id);
      const pulse = this.pulses.get(id) ?? [];
      pulse.push((grown(before.in, now.in, id) * 8) / 1e6 / seconds);
      if (pulse.length > PULSE_MAX) pulse.shift();
      this.pulses.set(id, pulse);
    }
    for (const id of this.pulses.keys()) if (!now.in.has(id)) this.pulses.delete(id);
    this.#recent.push((out * 8) / 1e6 / seconds);
    if (this.#recent.length > SMOOTH_SECONDS) this.#recent.shift();
    const mean = this.#recent.reduce((sum, value) => sum + value, 0) / this.#recent.length;
    const slots = figures.engines.reduce((sum, { load }) => sum + load, 0);
    this.#keep([...this.samples, { at, out: mean, slots }]);
  }

  /** Fills in what was before this page listened, or while it could not. @param {Recent} recent */
  fill({ everyMs, samples }) {
    const known = this.samples.map(({ at }) => at);
    const missing = samples
      .map(({ at, load, sentBitsPerSecond }) => ({
        at: Date.parse(at) / 1000,
        out: sentBitsPerSecond / 1e6,
        slots: load,
      }))
      .filter(({ at }) => known.every((other) => Math.abs(other - at) > everyMs / 1000));
    this.#keep([...this.samples, ...missing].sort((a, b) => a.at - b.at));
  }

  /** @param {Sample[]} samples */
  #keep(samples) {
    const last = samples.at(-1)?.at ?? 0;
    this.samples = samples.filter(({ at }) => at > last - KEPT_SECONDS);
  }

  /** Mbit/s to all clients now. */
  get out() {
    return this.samples.at(-1)?.out ?? 0;
  }
}

/** @param {Map<number, number>} before @param {Map<number, number>} now @param {number} id */
function grown(before, now, id) {
  const was = before.get(id);
  return was === undefined ? 0 : Math.max(0, (now.get(id) ?? 0) - was);
}

/**
 * How late the event loop is: a timer that should come every 100 ms tells by how much it was late. It runs only while
 * somebody scrapes: from the first scrape until none has come for five minutes.
 */
import { Histogram } from "../broker/index.ts";

const BEAT_MS = 100;
const UNWATCHED_MS = 5 * 60_000;
/** Seconds; a beat that is a millisecond late is on time. */
const BOUNDS: readonly number[] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export class LoopDelay {
  readonly seen = new Histogram(BOUNDS);
  #timer: ReturnType<typeof setTimeout> | null = null;
  #watchedMs = 0;
  readonly #unwatchedMs: number;

  /** It ends when nobody has looked for so long. */
  constructor(unwatchedMs = UNWATCHED_MS) {
    this.#unwatchedMs = unwatchedMs;
  }

  get isBeating(): boolean {
    return this.#timer !== null;
  }

  /** Somebody looks. */
  watch(): void {
    this.#watchedMs = performance.now();
    if (this.#timer === null) this.#beat();
  }

  /** Ends what runs on its own. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #beat(): void {
    const due = performance.now() + BEAT_MS;
    this.#timer = setTimeout(() => {
      const now = performance.now();
      this.seen.observe(Math.max(0, now - due) / 1000);
      if (now - this.#watchedMs < this.#unwatchedMs) this.#beat();
      else this.#timer = null;
    }, BEAT_MS);
    // It keeps no process that has nothing else to do.
    this.#timer.unref?.();
  }
}

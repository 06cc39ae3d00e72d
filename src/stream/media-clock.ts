/** Media time that only goes forward, whatever the program's clock does: it wraps, jumps and starts anew. */
import { CLOCK_JUMP_MS_MAX } from "./limits.ts";

const TICKS_PER_MS = 90;
const WRAP = 2 ** 33;

export class MediaClock {
  /** Media milliseconds since the first reference. */
  elapsedMs = 0;
  #last: number | null = null;

  /** Takes a reference in ticks of 90 kHz (33 bits). */
  advance(ticks: number): number {
    if (this.#last !== null) {
      const passedMs = ((ticks - this.#last + WRAP) % WRAP) / TICKS_PER_MS;
      // Backwards shows as almost a whole wrap. Either way: a cut, which takes no time.
      if (passedMs <= CLOCK_JUMP_MS_MAX) this.elapsedMs += passedMs;
    }
    this.#last = ticks;
    return this.elapsedMs;
  }

  /** The next reference belongs to another source. */
  cut(): void {
    this.#last = null;
  }
}

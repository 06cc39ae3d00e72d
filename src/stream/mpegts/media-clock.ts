/** Media time that only goes forward, whatever the program's clock does: it wraps, jumps and starts anew. */
import { CLOCK_JUMP_MS_MAX } from "../limits.ts";
import { TICKS_PER_MS, TICKS_WRAP } from "./packets.ts";

export class MediaClock {
  /** Media milliseconds since the first reference. */
  elapsedMs = 0;
  /** How often a reference did not follow from the one before. */
  jumps = 0;
  readonly #jumpMsMax: number;
  #last: number | null = null;

  /** `jumpMsMax`: what lies further apart is a cut. */
  constructor(jumpMsMax = CLOCK_JUMP_MS_MAX) {
    this.#jumpMsMax = jumpMsMax;
  }

  /** Takes a reference in ticks of 90 kHz (33 bits). */
  advance(ticks: number): number {
    if (this.#last !== null) {
      const passedMs = ((ticks - this.#last + TICKS_WRAP) % TICKS_WRAP) / TICKS_PER_MS;
      // Backwards shows as almost a whole wrap. Either way: a cut, which takes no time.
      if (passedMs <= this.#jumpMsMax) this.elapsedMs += passedMs;
      else this.jumps += 1;
    }
    this.#last = ticks;
    return this.elapsedMs;
  }

  /** The next reference belongs to another source. */
  cut(): void {
    this.#last = null;
  }
}

/**
 * Whether one client keeps up with the clock: media time that it has taken against time that has passed.
 * While it has asked for bytes and there are none, time uses up what it is ahead but never makes it late: the
 * source's silence is not the client's, and one that has taken all there is has caught up, late as it may have been.
 */
import { BURST_GRACE_MS } from "./limits.ts";

export class Pace {
  /** Media time taken less time passed; negative: behind. */
  #leadMs = 0;
  #atMs: number;
  #waiting = false;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** The client took so much media time. */
  took(nowMs: number, mediaMs: number): void {
    this.#pass(nowMs);
    this.#leadMs += mediaMs;
  }

  /** Whether from now on the client waits for the source. */
  waits(nowMs: number, waiting: boolean): void {
    if (waiting === this.#waiting) return;
    this.#pass(nowMs);
    this.#waiting = waiting;
  }

  /** When it will be late if it takes nothing more; a moment that is past if it is late already. */
  lateAtMs(nowMs: number): number {
    this.#pass(nowMs);
    return nowMs + this.#leadMs + BURST_GRACE_MS;
  }

  #pass(nowMs: number): void {
    const passedMs = nowMs - this.#atMs;
    this.#atMs = nowMs;
    if (!this.#waiting) this.#leadMs -= passedMs;
    else this.#leadMs = Math.max(0, this.#leadMs - passedMs);
  }
}

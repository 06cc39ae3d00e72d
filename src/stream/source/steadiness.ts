/** How long a stream must play until it counts as steady: the longer, the more often its engine has changed. */
import { STEADY_MS, STEADY_MS_MAX } from "../limits.ts";

/**
 * A stream that is steady gets its fail-overs back, so whoever lets it become steady again and again keeps it
 * going for ever. One that has played for the longest time once begins anew.
 */
export class Steadiness {
  #neededMs = STEADY_MS;

  get neededMs(): number {
    return this.#neededMs;
  }

  /** Another session takes over from one that played for `playedMs`. */
  changed(playedMs: number): void {
    this.#neededMs = playedMs >= STEADY_MS_MAX ? STEADY_MS : Math.min(STEADY_MS_MAX, this.#neededMs * 2);
  }
}

/**
 * How near the process is to its last descriptor, and what follows from it. A proxy without descriptors is worse than
 * one that refuses: it could neither reach another engine for those who watch, nor stop a session, nor save what is
 * open. So new clients are refused while some are left, and if connections that ask for nothing take those as well, no
 * connection is accepted until they are gone. Nothing here waits or asks the system by itself.
 */
import { RESERVED_DESCRIPTORS_MAX, RESERVED_DESCRIPTORS_MIN, RESERVED_PART } from "./limits.ts";

/** `full`: whoever wants a stream is refused, everything else is answered. `shut`: nobody is let in. */
export type Crowding = "open" | "full" | "shut";

/** Descriptors that clients may not take: those of engines, files and answers. Never more than a fourth. */
export function reserveOf(limit: number): number {
  const wanted = Math.max(RESERVED_DESCRIPTORS_MIN, Math.floor(limit * RESERVED_PART));
  return Math.min(wanted, RESERVED_DESCRIPTORS_MAX, Math.floor(limit / 4));
}

/** Of the reserve, those that are kept open while connections are accepted, so that no flood of them takes the rest. */
export const sparesOf = (limit: number): number => Math.floor(reserveOf(limit) / 2);

/** What is to be done with `used` of `limit` descriptors taken, the spare ones left out. */
export function crowding(used: number, limit: number, before: Crowding): Crowding {
  const left = limit - used;
  const reserve = reserveOf(limit);
  // Some room in between, or it would be opened and shut in turn.
  if (left <= reserve * (before === "shut" ? 7 / 8 : 3 / 4)) return "shut";
  return left <= reserve ? "full" : "open";
}

/** The crowd of one process. */
export class Crowd {
  /** Null: nobody tells, and everybody is let in. */
  readonly limit: number | null;
  /** Clients that were refused. */
  refusals = 0;
  /** How often no connection was accepted any more. */
  closings = 0;
  /** Takes in what is open now, if that costs little. */
  look: () => void = () => {};
  #level: Crowding = "open";
  /** As of the last look, and how many were let in since. */
  #used = 0;
  #admitted = 0;

  constructor(limit: number | null) {
    this.limit = limit;
  }

  get level(): Crowding {
    return this.#level;
  }

  /**
   * Takes in how many descriptors are open. `isPassing`: so many may be for a moment only, as when hundreds ask at once
   * and are refused; nothing is shut for that.
   */
  see(used: number, isPassing = false): Crowding {
    if (this.limit === null) return this.#level;
    this.#used = used;
    this.#admitted = 0;
    const before = this.#level;
    const level = crowding(used, this.limit, before);
    this.#level = level === "shut" && before !== "shut" && isPassing ? "full" : level;
    if (this.#level === "shut" && before !== "shut") this.closings += 1;
    return this.#level;
  }

  /** Whether one more client would be too many; counts it if so. */
  refuses(): boolean {
    this.look();
    // Where looking costs much, hundreds may come between two looks; the connection of each is one more.
    const isFull =
      this.limit !== null && crowding(this.#used + this.#admitted, this.limit, this.#level) !== "open";
    if (isFull) this.refusals += 1;
    else this.#admitted += 1;
    return isFull;
  }
}

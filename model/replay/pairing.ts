/**
 * Which selection a start came from, as far as a log can tell. A selection names no content, requests overlap, and
 * overlapping requests of that proxy write their engine into one place: so while several selections are open, a
 * start may be on the engine of any of them. It is certain only where all of them chose the same engine.
 */
import { ReplayLimitError, SELECTION_LIFE_MS, SELECTIONS_OPEN_MAX } from "./limits.ts";
import type { Where } from "./told.ts";

export interface Selection {
  readonly engine: string;
  readonly seen: number | null;
  readonly ms: number;
  readonly where: Where;
}

export interface Pair {
  /** The oldest selection that was open: the likely one. Null: none was, so the log does not tell the engine. */
  readonly chosen: Selection | null;
  /** Engines on which the start may be; one: it is there. */
  readonly engines: readonly string[];
}

/** The open selections of one proxy. */
export class Pairing {
  /** Selections whose start has not come, oldest first. */
  readonly #open: Selection[] = [];
  /** Selections since none was open, and how many chose each engine: `#open` is among them. */
  readonly #episode: Selection[] = [];
  readonly #engines = new Map<string, number>();
  /** Selections of which no start came in time. */
  unanswered = 0;

  /** How many starts are under way. */
  get open(): number {
    return this.#open.length;
  }

  /** The engines on which the starts under way may come to be. */
  get engines(): Iterable<string> {
    return this.#engines.keys();
  }

  mayReach(engine: string): boolean {
    return this.#open.length > 0 && this.#engines.has(engine);
  }

  select(selection: Selection): void {
    this.expire(selection.ms);
    if (this.#open.length >= SELECTIONS_OPEN_MAX)
      throw new ReplayLimitError(
        `more than ${SELECTIONS_OPEN_MAX} selections wait for their start at once: a replay follows no more; check that the lines tell their times`,
      );
    this.#open.push(selection);
    this.#episode.push(selection);
    this.#engines.set(selection.engine, (this.#engines.get(selection.engine) ?? 0) + 1);
  }

  /** A start, or a stream that is used again: one selection has had its answer. */
  answer(ms: number): Pair {
    this.expire(ms);
    const engines = [...this.#engines.keys()];
    const chosen = this.#open.shift() ?? null;
    this.#closeIfNoneIsOpen();
    return { chosen, engines };
  }

  /** Selections that are too old to have a start any more are given up. */
  expire(ms: number): void {
    const tooOld = ms - SELECTION_LIFE_MS;
    while (this.#open[0] && this.#open[0].ms < tooOld) {
      this.#open.shift();
      this.unanswered++;
    }
    this.#closeIfNoneIsOpen();
    for (let first = this.#episode[0]; first && first.ms < tooOld; first = this.#episode[0]) {
      this.#episode.shift();
      const left = (this.#engines.get(first.engine) ?? 1) - 1;
      if (left > 0) this.#engines.set(first.engine, left);
      else this.#engines.delete(first.engine);
    }
  }

  #closeIfNoneIsOpen(): void {
    if (this.#open.length > 0 || this.#episode.length === 0) return;
    this.#episode.length = 0;
    this.#engines.clear();
  }
}

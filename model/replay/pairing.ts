/**
 * Which selection a start came from, as far as a log can tell. A selection names no content, and requests overlap:
 * the likely pair is the oldest open selection and the next start. Beyond that there is only counting. Overlapping
 * requests of that proxy also write their engine into one shared place, right after the line that tells it, so a
 * start is on the engine of its own selection or of a later one. Hence at most as many starts can still come to an
 * engine as selections were open at the engine's last one: its budget, of which each start takes one. When all
 * other engines have none left, a start is certainly on the one that has.
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
  /** The likely selection. Null: none was open, so the log does not tell the engine. */
  readonly chosen: Selection | null;
  /** Engines on which the start may be; one: it is there. */
  readonly engines: readonly string[];
}

/** The open selections of one proxy. */
export class Pairing {
  /** Selections whose start has not come, oldest first. */
  readonly #open: Selection[] = [];
  readonly #budgets = new Map<string, number>();
  /** Selections of which no start came in time. */
  unanswered = 0;

  /** The engines to which starts that are under way may come, and how many to each. */
  get budgets(): ReadonlyMap<string, number> {
    return this.#budgets;
  }

  /** False: every start so far has had its selection, and none is under way. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  select(selection: Selection): void {
    if (this.#open.length >= SELECTIONS_OPEN_MAX)
      throw new ReplayLimitError(
        `more than ${SELECTIONS_OPEN_MAX} selections wait for their start at once: a replay follows no more; check that the lines tell their times`,
      );
    this.#open.push(selection);
    this.#budgets.set(selection.engine, this.#open.length);
  }

  /** A start, or a stream that is used again: one selection has had its answer. */
  answer(): Pair {
    const engines = [...this.#budgets.keys()];
    return { chosen: this.#takeOne(), engines };
  }

  /** Selections that are too old to have a start any more are given up. */
  expire(ms: number): void {
    while (this.#open[0] && this.#open[0].ms < ms - SELECTION_LIFE_MS) {
      this.#takeOne();
      this.unanswered++;
    }
  }

  #takeOne(): Selection | null {
    const chosen = this.#open.shift() ?? null;
    for (const [engine, budget] of this.#budgets)
      if (budget > 1) this.#budgets.set(engine, budget - 1);
      else this.#budgets.delete(engine);
    return chosen;
  }
}

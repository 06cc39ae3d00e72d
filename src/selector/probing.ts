/** Asks resources that failed whether they can be used again, after pauses that grow; no answer in time is a no. */
import type { Clock } from "./clock.ts";
import { PROBE_PAUSE_MAX_MS, PROBE_PAUSE_MS, PROBE_TIMEOUT_MS } from "./limits.ts";
import type { PlainSelectorOptions } from "./types.ts";

interface Asking {
  /** Aborts the probe that was called last. */
  question: AbortController | null;
  /** Takes back the timer: of the pause, or of the answer. */
  cancel: () => void;
}

export interface ProbingEars {
  alive(resource: string): void;
  fault(resource: string, error: unknown): void;
}

export class Probing {
  readonly #probe: NonNullable<PlainSelectorOptions["probe"]>;
  readonly #clock: Clock;
  readonly #ears: ProbingEars;
  readonly #underWay = new Map<string, Asking>();
  #isClosed = false;

  constructor(probe: PlainSelectorOptions["probe"], clock: Clock, ears: ProbingEars) {
    this.#probe = probe ?? (() => true);
    this.#clock = clock;
    this.#ears = ears;
  }

  /** Begins to ask, instead of whatever was asked before. `faults`: how often it has failed in a row. */
  probe(resource: string, faults: number): void {
    this.#end(resource);
    if (this.#isClosed) return;
    const asking: Asking = { question: null, cancel: () => {} };
    this.#underWay.set(resource, asking);
    this.#askAfter(resource, asking, Math.min(PROBE_PAUSE_MS * 2 ** (faults - 1), PROBE_PAUSE_MAX_MS));
  }

  /** Asks none any more that is not there. */
  keepOnly(isThere: (resource: string) => boolean): void {
    for (const resource of [...this.#underWay.keys()]) if (!isThere(resource)) this.#end(resource);
  }

  /** Asks nothing any more, and will not. */
  close(): void {
    this.#isClosed = true;
    this.keepOnly(() => false);
  }

  #end(resource: string): void {
    const asking = this.#underWay.get(resource);
    if (!asking) return;
    this.#underWay.delete(resource);
    asking.cancel();
    asking.question?.abort();
  }

  #askAfter(resource: string, asking: Asking, pauseMs: number): void {
    asking.cancel = this.#clock.after(pauseMs, () => this.#ask(resource, asking, pauseMs), "probe");
  }

  #ask(resource: string, asking: Asking, pauseMs: number): void {
    const question = new AbortController();
    asking.question = question;
    const again = (): void => this.#askAfter(resource, asking, Math.min(pauseMs * 2, PROBE_PAUSE_MAX_MS));
    const late = (): void => {
      // First, so that whoever hears of the abort and ends all this finds it there.
      again();
      question.abort(new DOMException(`probe did not answer within ${PROBE_TIMEOUT_MS} ms`, "TimeoutError"));
    };
    asking.cancel = this.#clock.after(PROBE_TIMEOUT_MS, late, "probe answer");
    void this.#answer(resource, question.signal).then((alive) => {
      // Told to stop: nobody waits for this answer.
      if (question.signal.aborted) return;
      asking.cancel();
      if (!alive) return again();
      this.#underWay.delete(resource);
      this.#ears.alive(resource);
    });
  }

  async #answer(resource: string, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#probe(resource, signal);
    } catch (error) {
      if (!signal.aborted) this.#ears.fault(resource, error);
      return false;
    }
  }
}

/** Asks resources that failed whether they can be used again, after pauses that grow. */
import type { Clock } from "./clock.ts";
import { PROBE_PAUSE_MAX_MS, PROBE_PAUSE_MS } from "./limits.ts";
import type { PlainSelectorOptions } from "./types.ts";

interface Asking {
  readonly work: AbortController;
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
    const asking: Asking = { work: new AbortController(), cancel: () => {} };
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
    asking.work.abort();
  }

  #askAfter(resource: string, asking: Asking, pauseMs: number): void {
    asking.cancel = this.#clock.after(
      pauseMs,
      () =>
        void this.#ask(resource, asking.work.signal).then((alive) => {
          if (asking.work.signal.aborted) return;
          if (!alive) return this.#askAfter(resource, asking, Math.min(pauseMs * 2, PROBE_PAUSE_MAX_MS));
          this.#underWay.delete(resource);
          this.#ears.alive(resource);
        }),
      "probe",
    );
  }

  async #ask(resource: string, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#probe(resource, signal);
    } catch (error) {
      if (!signal.aborted) this.#ears.fault(resource, error);
      return false;
    }
  }
}

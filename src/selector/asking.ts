/** Those who have asked and have no answer yet. */
import type { Clock } from "./clock.ts";
import type { Slot } from "./types.ts";

/** One call of `acquire`, numbered as they come. */
export type AskId = number;

/** An `acquire` that has no answer yet. */
export interface Asked<Value> {
  readonly resolve: (slot: Slot<Value>) => void;
  readonly reject: (reason: unknown) => void;
  /** Longest wait, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

interface Waiting<Value> extends Asked<Value> {
  /** On the clock, when it has waited long enough. */
  readonly deadlineMs: number;
}

/** Those who wait with one signal: many may have the same one, and adding a listener takes longer with each that is there. */
interface Listening {
  readonly asks: Set<AskId>;
  readonly onAbort: () => void;
}

export class Asking<Value> {
  readonly #clock: Clock;
  readonly #abandon: (ask: AskId, reason: unknown) => void;
  readonly #waiting = new Map<AskId, Waiting<Value>>();
  readonly #listening = new Map<AbortSignal, Listening>();

  /** `abandon`: somebody's signal was aborted. */
  constructor(clock: Clock, abandon: (ask: AskId, reason: unknown) => void) {
    this.#clock = clock;
    this.#abandon = abandon;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(ask: AskId, asked: Asked<Value>): void {
    const { signal, timeoutMs } = asked;
    if (signal) this.#listen(ask, signal);
    const isTimed = timeoutMs > 0 && timeoutMs < Number.POSITIVE_INFINITY;
    const deadlineMs = isTimed ? this.#clock.nowMs() + timeoutMs : timeoutMs;
    this.#waiting.set(ask, { ...asked, deadlineMs });
  }

  /** It has its answer, or is about to be given it: it is asking no more. */
  take(ask: AskId): Asked<Value> | undefined {
    const asked = this.#waiting.get(ask);
    if (!asked) return undefined;
    this.#waiting.delete(ask);
    if (asked.signal) this.#unlisten(ask, asked.signal);
    return asked;
  }

  all(): AskId[] {
    return [...this.#waiting.keys()];
  }

  /** How long it may wait from now on, in ms. */
  leftMs(ask: AskId): number {
    const deadlineMs = this.#waiting.get(ask)?.deadlineMs ?? Number.POSITIVE_INFINITY;
    if (deadlineMs === 0 || deadlineMs === Number.POSITIVE_INFINITY) return deadlineMs;
    return Math.max(0, deadlineMs - this.#clock.nowMs());
  }

  #listen(ask: AskId, signal: AbortSignal): void {
    const known = this.#listening.get(signal);
    if (known) {
      known.asks.add(ask);
      return;
    }
    const asks = new Set([ask]);
    const onAbort = (): void => {
      for (const one of asks) this.#abandon(one, signal.reason);
    };
    this.#listening.set(signal, { asks, onAbort });
    signal.addEventListener("abort", onAbort);
  }

  #unlisten(ask: AskId, signal: AbortSignal): void {
    const known = this.#listening.get(signal);
    known?.asks.delete(ask);
    if (known?.asks.size !== 0) return;
    this.#listening.delete(signal);
    signal.removeEventListener("abort", known.onAbort);
  }
}

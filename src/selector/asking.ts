/** Those who have asked and have no answer yet. */
import type { ClientId } from "../slots/index.ts";
import type { Clock } from "./clock.ts";
import type { Slot } from "./types.ts";

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
  readonly onAbort: (() => void) | undefined;
}

export class Asking<Value> {
  readonly #clock: Clock;
  readonly #abandon: (client: ClientId, reason: unknown) => void;
  readonly #waiting = new Map<ClientId, Waiting<Value>>();

  /** `abandon`: somebody's signal was aborted. */
  constructor(clock: Clock, abandon: (client: ClientId, reason: unknown) => void) {
    this.#clock = clock;
    this.#abandon = abandon;
  }

  add(client: ClientId, asked: Asked<Value>): void {
    const { signal, timeoutMs } = asked;
    const onAbort = signal && (() => this.#abandon(client, signal.reason));
    if (onAbort) signal.addEventListener("abort", onAbort);
    const isTimed = timeoutMs > 0 && timeoutMs < Number.POSITIVE_INFINITY;
    const deadlineMs = isTimed ? this.#clock.nowMs() + timeoutMs : timeoutMs;
    this.#waiting.set(client, { ...asked, deadlineMs, onAbort });
  }

  /** It has its answer, or is about to be given it: it is asking no more. */
  take(client: ClientId): Asked<Value> | undefined {
    const asked = this.#waiting.get(client);
    if (!asked) return undefined;
    this.#waiting.delete(client);
    if (asked.onAbort) asked.signal?.removeEventListener("abort", asked.onAbort);
    return asked;
  }

  clients(): ClientId[] {
    return [...this.#waiting.keys()];
  }

  /** How long it may wait from now on, in ms. */
  leftMs(client: ClientId): number {
    const deadlineMs = this.#waiting.get(client)?.deadlineMs ?? Number.POSITIVE_INFINITY;
    if (deadlineMs === 0 || deadlineMs === Number.POSITIVE_INFINITY) return deadlineMs;
    return Math.max(0, deadlineMs - this.#clock.nowMs());
  }
}

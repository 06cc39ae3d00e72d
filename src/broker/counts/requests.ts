/**
 * What became of requests and of the clients that they made. Every request ends up in exactly one of `outcomes`, or
 * still waits; every one that was served in exactly one of `endings`, or is still being served.
 */
import type { Clock } from "../../ports.ts";
import type { ClientId, Effect, RejectCode } from "../../slots/index.ts";
import { type ClientEnding, clientEnding } from "./endings.ts";
import { Histogram, WAIT_BOUNDS } from "./histogram.ts";

/** `left`: it went away before there was an answer. */
export type RequestOutcome = "served" | "left" | RejectCode;

/** One client, from its request to its end. */
interface Asker {
  readonly askedMs: number;
  served: boolean;
  heardFirst: boolean;
  /** When it began to wait for a slot; null: it does not wait for one. */
  sinceMs: number | null;
  /** How long it has waited for slots, this wait aside. */
  waitedMs: number;
}

export class RequestCounts {
  readonly outcomes: Record<RequestOutcome, number> = {
    served: 0,
    left: 0,
    no_capacity: 0,
    provisioning_blocked: 0,
    draining: 0,
    engine_error: 0,
    engine_timeout: 0,
    ended: 0,
  };
  readonly endings: Record<ClientEnding, number> = {
    left: 0,
    slow: 0,
    over: 0,
    failed: 0,
    by_hand: 0,
    handed_over: 0,
    shutdown: 0,
  };
  /** How long those waited for a slot that had to, by what became of them. */
  readonly waits = {
    served: new Histogram(WAIT_BOUNDS),
    refused: new Histogram(WAIT_BOUNDS),
    left: new Histogram(WAIT_BOUNDS),
  };
  /** From a request to the first media byte that its client takes; HLS, which is asked for in parts, aside. */
  readonly firstByte = new Histogram(WAIT_BOUNDS);
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #askers = new Map<ClientId, Asker>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Clients that have not come to an end. */
  get open(): number {
    return this.#askers.size;
  }

  asked(client: ClientId): void {
    const askedMs = this.#clock.monotonicMs();
    this.#askers.set(client, { askedMs, served: false, heardFirst: false, sinceMs: null, waitedMs: 0 });
  }

  served(client: ClientId): void {
    const asker = this.#askers.get(client);
    if (!asker || asker.served) return;
    asker.served = true;
    this.outcomes.served++;
    this.#waited(asker, "served");
  }

  refused(client: ClientId, code: RejectCode): void {
    const asker = this.#askers.get(client);
    if (!asker) return;
    this.#askers.delete(client);
    this.outcomes[code]++;
    this.#waited(asker, "refused");
  }

  tookFirstByte(client: ClientId): void {
    const asker = this.#askers.get(client);
    if (!asker || asker.heardFirst) return;
    asker.heardFirst = true;
    this.firstByte.observe((this.#clock.monotonicMs() - asker.askedMs) / 1000);
  }

  /** `reason`: what the data plane says; nothing where the client went before it had anything. */
  left(client: ClientId, reason?: string): void {
    this.ended(client, clientEnding(reason));
  }

  /** Telling it twice counts once. */
  ended(client: ClientId, ending: ClientEnding): void {
    const asker = this.#askers.get(client);
    if (!asker) return;
    this.#askers.delete(client);
    if (asker.served) this.endings[ending]++;
    else {
      this.outcomes.left++;
      this.#waited(asker, "left");
    }
  }

  /** A client waits for a slot exactly while its queue timer is armed. */
  timers(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if ((effect.type !== "arm" && effect.type !== "disarm") || effect.timer.kind !== "queue") continue;
      const asker = this.#askers.get(effect.timer.client);
      if (!asker) continue;
      const nowMs = this.#clock.monotonicMs();
      if (effect.type === "arm") asker.sinceMs ??= nowMs;
      else this.#endWait(asker, nowMs);
    }
  }

  #waited(asker: Asker, outcome: keyof RequestCounts["waits"]): void {
    this.#endWait(asker, this.#clock.monotonicMs());
    // Whoever got a slot in the turn in which it asked has not waited.
    if (asker.waitedMs >= 1) this.waits[outcome].observe(asker.waitedMs / 1000);
  }

  #endWait(asker: Asker, nowMs: number): void {
    if (asker.sinceMs !== null) asker.waitedMs += nowMs - asker.sinceMs;
    asker.sinceMs = null;
  }
}

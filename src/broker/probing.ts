/** Asks engines that were set aside whether they answer, after pauses that grow. */
import { PROBE_PAUSE_MAX_MS, PROBE_PAUSE_MS } from "../limits.ts";
import type { Clock, EnginePort } from "../ports.ts";
import { type Address, addressText, type EngineId } from "../slots/index.ts";
import { pause } from "./clock.ts";

export class Probing {
  readonly #engine: EnginePort;
  readonly #clock: Clock;
  readonly #onAlive: (engine: EngineId) => void;
  readonly #underWay = new Map<EngineId, AbortController>();

  constructor(engine: EnginePort, clock: Clock, onAlive: (engine: EngineId) => void) {
    this.#engine = engine;
    this.#clock = clock;
    this.#onAlive = onAlive;
  }

  /** Begins to ask, instead of whatever was asked before. `faults` 0: a new engine, asked at once. */
  probe(order: { readonly engine: EngineId; readonly address: Address; readonly faults: number }): void {
    this.#underWay.get(order.engine)?.abort();
    const work = new AbortController();
    this.#underWay.set(order.engine, work);
    void this.#untilAlive(order.address, order.faults, work.signal).then(() => {
      if (work.signal.aborted) return;
      this.#underWay.delete(order.engine);
      this.#onAlive(order.engine);
    });
  }

  /** Asks no engine any more that is not in the pool. */
  keepOnly(isThere: (engine: EngineId) => boolean): void {
    for (const [engine, work] of this.#underWay) {
      if (isThere(engine)) continue;
      work.abort();
      this.#underWay.delete(engine);
    }
  }

  /** Engines that are asked again and again. */
  get size(): number {
    return this.#underWay.size;
  }

  close(): void {
    this.keepOnly(() => false);
  }

  async #untilAlive(address: Address, faults: number, signal: AbortSignal): Promise<void> {
    let pauseMs = faults === 0 ? 0 : Math.min(PROBE_PAUSE_MS * 2 ** (faults - 1), PROBE_PAUSE_MAX_MS);
    while (!signal.aborted) {
      await pause(this.#clock, pauseMs, signal, `probe ${addressText(address)}`);
      if (signal.aborted || (await this.#engine.alive(address))) return;
      pauseMs = Math.min(Math.max(pauseMs * 2, PROBE_PAUSE_MS), PROBE_PAUSE_MAX_MS);
    }
  }
}

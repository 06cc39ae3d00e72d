/** Asks an engine that was set aside whether it answers, after pauses that grow. */
import { PROBE_PAUSE_MAX_MS, PROBE_PAUSE_MS } from "../limits.ts";
import type { Clock, EnginePort } from "../ports.ts";
import type { Address } from "../slots/index.ts";
import { pause } from "./clock.ts";

/** True when the engine answers; false if the signal was aborted first. `faults` 0: a new engine, asked at once. */
export async function probeUntilAlive(order: {
  readonly engine: EnginePort;
  readonly clock: Clock;
  readonly address: Address;
  readonly faults: number;
  readonly signal: AbortSignal;
}): Promise<boolean> {
  let pauseMs =
    order.faults === 0 ? 0 : Math.min(PROBE_PAUSE_MS * 2 ** (order.faults - 1), PROBE_PAUSE_MAX_MS);
  for (;;) {
    await pause(order.clock, pauseMs, order.signal);
    if (order.signal.aborted) return false;
    if (await order.engine.alive(order.address)) return true;
    pauseMs = Math.min(Math.max(pauseMs * 2, PROBE_PAUSE_MS), PROBE_PAUSE_MAX_MS);
  }
}

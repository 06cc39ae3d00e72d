/** Stops a session until there is proof that the engine let go of it: stop, ask, wait a little longer each time. */
import { STOP_PATIENCE_MS, STOP_PAUSE_MAX_MS, STOP_PAUSE_MS } from "../limits.ts";
import type { Clock, EnginePort } from "../ports.ts";
import type { SessionUrls } from "../slots/index.ts";
import { pause } from "./clock.ts";

export interface Stopping {
  readonly engine: EnginePort;
  readonly clock: Clock;
  readonly urls: SessionUrls;
  /** Aborted when nobody waits for the proof any more. */
  readonly signal: AbortSignal;
  /** Told once, when the first try goes unanswered for a second or fails. */
  onDelayed(message: string): void;
}

/** The proof, or null if the signal was aborted first. */
export async function stopUntilProof(order: Stopping): Promise<"stop confirmed" | "unknown session" | null> {
  const { engine, clock, urls, signal } = order;
  let delayed = false;
  const delay = (message: string): void => {
    if (delayed || signal.aborted) return;
    delayed = true;
    order.onDelayed(message);
  };
  let pauseMs = STOP_PAUSE_MS;
  while (!signal.aborted) {
    const cancelPatience = clock.after(
      STOP_PATIENCE_MS,
      () => delay("the engine has not answered the stop yet"),
      `patience ${urls.command}`,
    );
    const outcome = await engine.stop(urls);
    cancelPatience();
    if (outcome.kind === "confirmed") return signal.aborted ? null : outcome.proof;
    delay(outcome.message);
    const stat = signal.aborted ? null : await engine.stat(urls);
    if (stat?.kind === "gone" && !signal.aborted) return "unknown session";
    await pause(clock, pauseMs, signal, `again ${urls.command}`);
    pauseMs = Math.min(pauseMs * 2, STOP_PAUSE_MAX_MS);
  }
  return null;
}

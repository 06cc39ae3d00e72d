/** How long silence may last. */
import { FILLER_EXTRA_MS, SILENCE_MS_LEAST, SILENCE_STALLS_MAX } from "./limits.ts";

/** Of an engine that has played, ms, whatever its statistics say. */
export const silenceMsMax = (stallTimeoutMs: number): number =>
  Math.max(SILENCE_MS_LEAST, SILENCE_STALLS_MAX * stallTimeoutMs);

/** What is filled of it for the clients, ms: until another engine must have taken over. */
export const filledMsMax = (stallTimeoutMs: number): number =>
  silenceMsMax(stallTimeoutMs) + stallTimeoutMs + FILLER_EXTRA_MS;

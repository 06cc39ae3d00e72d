/**
 * The core: which engine carries which stream. Pure, synchronous, total; no I/O, no clock, no await.
 * It imports xstate and itself. Anybody may import it.
 */

export { type Draft, InvariantError, type Parts } from "./draft.ts";
export * from "./events.ts";
export * from "./limits.ts";
export { PARTS } from "./parts.ts";
export { addressText, placeKey } from "./pool.ts";
export { byRank, type Comparator, RANKING } from "./ranking.ts";
export { createStep, type Step, step } from "./selector.ts";
export * from "./slot.ts";
export * from "./state.ts";
export * from "./words.ts";

/**
 * The core: which engine carries which stream. Pure, synchronous, total; no I/O, no clock, no await.
 * It imports xstate and itself. Anybody may import it.
 */

export { InvariantError } from "./draft.ts";
export * from "./events.ts";
export * from "./limits.ts";
export { addressText, placeKey } from "./pool.ts";
export { byRank, RANKING } from "./ranking.ts";
export { type Step, step } from "./selector.ts";
export * from "./slot.ts";
export * from "./state.ts";
export * from "./words.ts";

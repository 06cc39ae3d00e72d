/** Bounds of the doctor's questions, each with its unit. */

/** Nobody waits longer for one answer. */
export const ANSWER_MS = 4_000;
export const ANSWER_BYTES_MAX = 256 * 1024;
/** Engines that are asked at once. */
export const ENGINES_AT_ONCE = 32;
/** Engines that are named one by one; the others are counted. */
export const ENGINES_TOLD_MAX = 10;
/** Round trips to the lease store that are measured. */
export const PINGS = 5;

/** Bounds of the selector's shell, each with its unit and its reason. Those of the core are in `slots/limits.ts`. */

/** Places of one resource: the core keeps a record of each, and copies them with every move. */
export const CAP_MAX = 1_000;

/** Longest time that timers of all runtimes can hold; a longer one would be over at once. */
export const TIMER_MS_MAX = 2_147_483_647;

/** First and longest pause before a resource that failed is asked again. */
export const PROBE_PAUSE_MS = 1_000;
export const PROBE_PAUSE_MAX_MS = 30_000;
/** A probe without an answer for so long, in ms, is told to stop and counts as a no: else its resource would rest for ever. */
export const PROBE_TIMEOUT_MS = 30_000;

/** First and longest pause between two tries to close one value. */
export const CLOSE_PAUSE_MS = 500;
export const CLOSE_PAUSE_MAX_MS = 10_000;
/** A close without an answer for so long: nobody should count on the place soon. */
export const CLOSE_PATIENCE_MS = 1_000;

/** How many wait in the core's own queue while nothing could serve more: enough for whatever becomes free next. */
export const QUEUE_TOLD_MAX = 1;
/** How many may wait in all. */
export const WAITING_MAX = 100_000;

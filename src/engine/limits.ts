/** Every bound of the engine client, with its unit. */

/** The longest answer; real ones have some hundred bytes. */
export const ANSWER_BYTES_MAX = 64 * 1024;
/** Deeper than any answer. What is nested some thousand times takes seconds to write, in which nothing else goes on. */
export const ANSWER_JSON_BOUNDS = { depthMax: 64, valuesMax: 10_000 };

/** One try to stop: engines that are busy take seconds, and the broker tries again. */
export const STOP_TIMEOUT_MS = 5000;

export const STAT_TIMEOUT_MS = 4000;

/** For a question that any living engine answers at once. */
export const ALIVE_TIMEOUT_MS = 4000;

/** Bounds of the connection to a store, each with its unit and its reason. */

/** Before trying to connect anew: the first time, and at most. */
export const PAUSE_MS_MIN = 50;
export const PAUSE_MS_MAX = 2_000;
/** From the first packet until the store has shown that it can be used. */
export const CONNECT_MS_MAX = 5_000;
/** Silence after which the system itself asks whether the other side is still there. */
export const KEEPALIVE_MS = 5_000;
/** Of an answer or a message, in UTF-16 units (a string's `length`): some 18,000 leases (docs/scale.md). */
export const ANSWER_LENGTH_MAX = 16 * 2 ** 20;
/** Of the same as JSON: a lease is four values and a list, six deep. */
export const ANSWER_JSON_BOUNDS = { depthMax: 32, valuesMax: 1_000_000 };

/** Every bound of the core, with its unit and its reason. */

/** Streams that may wait for a slot at once; one more request is refused. */
export const QUEUE_LENGTH_MAX = 1024;

/** Engines tried for one request when the fault may be the engine's. */
export const ENGINE_TRIES_MAX = 3;

/** Engines tried when the engine says that the content cannot be played: a second opinion, no more. */
export const CONTENT_TRIES_MAX = 2;

/** Fail-overs of a playing stream before it has played steadily again. */
export const FAILOVERS_MAX = 3;

/**
 * Ended sessions, and those of other proxies with leases, whose names are remembered, so that a list that lags is not
 * taken for somebody else's load.
 * An orchestrator lags by seconds; this many sessions take minutes.
 */
export const PAST_SESSIONS_MAX = 4096;

/** Bounds of the server, each with its unit and its reason. Those of the API's feeds are in `api/limits.ts`. */

/**
 * So long a connection may be silent, seconds: before a request, while its body comes, and between the bytes of an
 * answer that its client does not take. Bun counts in steps of 4 s, and gives the first request's head 12 s at most.
 * Reverse proxies keep connections for a minute and begin another one when theirs is gone.
 */
export const IDLE_SECONDS = 20;

/** The longest that Bun knows, seconds: for connections of somebody else's server, whose own bound nobody tells. */
export const IDLE_SECONDS_MAX = 255;

/** A request's body that says its length, bytes: no route reads one. */
export const BODY_BYTES_MAX = 64 * 1024;

/** Part of the descriptors, and the least and the most of them, that clients may not take. */
export const RESERVED_PART = 1 / 8;
export const RESERVED_DESCRIPTORS_MIN = 64;
export const RESERVED_DESCRIPTORS_MAX = 1_024;

/** Between two looks at how many descriptors are open: a flood takes hundreds meanwhile, which is what spares are for. */
export const CROWD_LOOK_MS = 100;
/** Looks in a row after which it is not taken for a passing crowd any more, and the entrance is shut. */
export const CROWD_SHUT_LOOKS = 2;
/** Of the time goes at most so much into looking: where the system must list them all it takes long. */
export const CROWD_LOOK_PART = 1 / 50;
/** What a crowd does is told no more often. */
export const CROWD_TOLD_MS = 60_000;

/** Bounds of the feed of events, each with its unit and its reason. */

/** Listeners at once: pages that are open. Each costs a connection and what waits for it. */
export const LISTENERS_MAX = 64;
/** Bytes of the journal's lines that may wait for one listener. The figures are not among them: they are skipped. */
export const LISTENER_BYTES_MAX = 1024 * 1024;
/** A listener that has taken nothing for so long, although there is something, is gone. */
export const LISTENER_SILENCE_MS = 30_000;
/** Between two events with all figures. */
export const FIGURES_MS = 1_000;
/** A comment at least so often: proxies close what is silent, and a write finds out who is gone. */
export const COMMENT_MS = 15_000;
/** A browser that lost its connection comes again after so long. */
export const RETRY_MS = 1_000;
/** Ended streams in the figures; `/api/v1/streams` has all that are kept. */
export const ENDED_IN_FIGURES = 20;

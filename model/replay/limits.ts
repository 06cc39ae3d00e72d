/** Every bound of a replay, with its unit and its reason. What is kept never grows with the length of a file. */

/** Read at once, bytes; times the files that are open. */
export const CHUNK_BYTES = 256 * 1024;
/** Longest line that is looked at, bytes: a look at ten thousand engines is shorter. A longer one is skipped. */
export const LINE_BYTES_MAX = 4 * 1024 * 1024;
/** Lines in which a file must say what it is: a container's log may begin with others' lines. */
export const RECOGNISE_LINES_MAX = 10_000;
/** Files of one replay: each is a proxy, and is open all the time. */
export const FILES_MAX = 64;
/** Names, causes and ids in a line, characters. */
export const TEXT_LENGTH_MAX = 1_024;

/** Names of proxies in all files together. */
export const PROXIES_MAX = 1_024;
/** Engines known at once; of those that are gone the oldest are folded into one line beyond this. */
export const ENGINES_MAX = 16_384;
/** Slots, or streams, that are held at once. */
export const OPEN_STREAMS_MAX = 1_000_000;
/** Selections that wait for their start at once. */
export const SELECTIONS_OPEN_MAX = 10_000;
/** Streams of one engine that were started anew within a minute, so that they may run twice. */
export const TAILS_MAX = 1_000;
/** Streams that are named when an engine's highest load is told. */
export const STREAMS_TOLD_MAX = 32;

/** Leases that are over and whose names are kept: others may still speak of them. */
export const LEASES_REMEMBERED = 100_000;
/** Fences of which it is known where they were granted. */
export const FENCES_REMEMBERED = 200_000;
/** Grants of journals that are looked for in a store's stream at once. */
export const GRANTS_EXPECTED_MAX = 10_000;
/** Clocks of several hosts that are kept by NTP differ by less, ms. */
export const SKEW_DEFAULT_MS = 100;

/** Doubts and notes that are told one by one. */
export const SENTENCES_TOLD_MAX = 12;

/**
 * What a life of a proxy held when it ended without giving it back is possible for so long: the default of
 * `--release-timeout`, which is longer than an engine keeps a session that nobody reads.
 */
export const FORMER_POSSIBLE_MS = 90_000;
/** So long an engine keeps a session that nobody reads (about a minute). */
export const UNREAD_SESSION_MS = 60_000;
/** A selection whose start has not come by then has failed: no start is waited for longer. */
export const SELECTION_LIFE_MS = 60_000;

/** The file is beyond a limit of ours, so nothing sound can be said about it. */
export class ReplayLimitError extends Error {
  override readonly name = "ReplayLimitError";
}

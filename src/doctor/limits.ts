/** Bounds of the doctor's questions, each with its unit. */

/** Nobody waits longer for one answer. Two of them one after the other fit into `CHECK_MS_MAX`. */
export const ANSWER_MS = 3_000;
/** No check takes longer: all of them are made at once, and a doctor that hangs is no help. */
export const CHECK_MS_MAX = 8_000;
export const ANSWER_BYTES_MAX = 256 * 1024;
/** Engines that are asked at once. */
export const ENGINES_AT_ONCE = 128;
/** Engines that are named one by one; the others are counted. */
export const ENGINES_TOLD_MAX = 10;
/** Round trips to the lease store that are measured. */
export const PINGS = 5;

/** A clock that differs by more is wrong, and not merely told in whole seconds. */
export const CLOCK_DRIFT_MS = 5_000;
/** Engines whose clocks are looked at: those of one host have one. */
export const CLOCKS_ASKED_MAX = 16;

/** Beginning of a playlist or guide that is looked at. */
export const SOURCE_BYTES = 64 * 1024;

/** Open files that a household's proxy needs: 3 for each client at most, and some for itself. */
export const OPEN_FILES_MIN = 1_024;
/** Threads that the runtime begins with, and some to spare. */
export const TASKS_MIN = 64;
/** What a proxy takes without any stream. */
export const BASE_BYTES = 128 * 1024 * 1024;
/** Less free space than this is soon used up. */
export const FREE_BYTES_MIN = 64 * 1024 * 1024;

/** Trying a content: for the engine to start, for the first byte, and how long it is watched. */
export const TEST_START_MS = 30_000;
export const TEST_FIRST_BYTE_MS = 30_000;
export const TEST_PLAY_MS = 4_000;

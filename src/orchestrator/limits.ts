/** Every bound of the orchestrator's side, with its unit and its reason. */

/** Each call of a look; nobody waits for a slow orchestrator longer than this. */
export const LOOK_TIMEOUT_MS = 4000;
/** The longest list; 5,000 engines take some 5 MB. */
export const LIST_BYTES_MAX = 16 * 1024 * 1024;
/** Records of one list: more than any pool has, and reading them holds the process up for less than a second. */
export const LIST_RECORDS_MAX = 50_000;
/** Answers to everything but lists. */
export const ANSWER_BYTES_MAX = 1024 * 1024;
/** Records that made no sense and are named; more of them are counted only. */
export const SKIPPED_TOLD_MAX = 20;

export const STATUS_TIMEOUT_MS = 4000;
/** Generation 1 answers when the container runs: images are pulled meanwhile. */
export const PROVISION_TIMEOUT_MS = 90_000;

/** A new engine may be on its way although nobody said so: for so long no other one is asked for, and clients are told. */
export const PROVISION_UNSURE_SECONDS = 60;
/** The longest time to come again that is passed on to clients, in seconds: an hour. */
export const RECOVERY_SECONDS_MAX = 3600;

export const EVENT_TIMEOUT_MS = 10_000;
/** Sessions that the outbox remembers: those played now and those whose events are not delivered yet. */
export const OUTBOX_SESSIONS_MAX = 4096;
/** Pauses between tries to deliver an event double from the first to the last of these. */
export const EVENT_PAUSE_MS_MIN = 500;
export const EVENT_PAUSE_MS_MAX = 30_000;
/** Events look for an orchestrator that does not answer after pauses that double from the first to the last of these. */
export const SEARCH_PAUSE_MS_MIN = 500;
export const SEARCH_PAUSE_MS_MAX = 30_000;
/** An event that could not be delivered for so long is given up. */
export const EVENT_AGE_MS_MAX = 3_600_000;
/** Lists may lag so far behind an acknowledged event; a stream that they lack later has been forgotten. */
export const LIST_LAG_MS_MAX = 60_000;

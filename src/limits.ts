/** Bounds of the shell, each with its unit and its reason. Those of the core are in `slots/limits.ts`. */

/** Between two looks at the pool while nobody waits. */
export const LOOK_INTERVAL_MS = 2_000;
/** Between two looks while somebody waits for a slot: an end that others reported is seen soon. */
export const LOOK_INTERVAL_WAITING_MS = 500;
/** Longest pause between looks at a source that does not answer. */
export const LOOK_PAUSE_MAX_MS = 30_000;
/** Looks that must fail in a row before the fallback engines are used. */
export const LOOKS_FAILED_MAX = 2;

/** A stop without an answer for so long: nobody should count on the slot soon. */
export const STOP_PATIENCE_MS = 1_000;
/** The same for a start that is not wanted any more and whose answer, which is needed to stop it, does not come. */
export const UNANSWERED_PATIENCE_MS = 3_000;
/** First and longest pause between two tries to stop one session. */
export const STOP_PAUSE_MS = 500;
export const STOP_PAUSE_MAX_MS = 10_000;

/** First and longest pause before an engine that was set aside is asked again. */
export const PROBE_PAUSE_MS = 1_000;
export const PROBE_PAUSE_MAX_MS = 30_000;

/** How long a player must have stopped reading before its place goes to its next request. */
export const HANDOVER_SILENCE_MS = 300;

/** From asking for a new engine until it must be listed: images are pulled, containers started. */
export const PROVISION_WAIT_MS = 120_000;
/** Between two tries to provision, where the refusal does not say. */
export const PROVISION_RETRY_MS = 10_000;
export const PROVISION_RETRY_MAX_MS = 60_000;
/** While another proxy asks for a new engine, ours look again so soon whether one is still lacking. */
export const PROVISION_TURN_SECONDS = 2;

/** Told to refused clients where nothing better is known. */
export const RETRY_AFTER_SECONDS = 5;

/** Journal lines kept for the API. */
export const JOURNAL_LINES_KEPT = 1_000;
/** Journal text that may wait for a slow disk; beyond it lines are lost, counted and told. */
export const JOURNAL_PENDING_MAX = 100_000;
/** Log text that may wait for a reader of standard output that hangs; beyond it lines are lost, counted and told. */
export const LOG_PENDING_CHARACTERS_MAX = 2 ** 20;
/** A settings file that has not changed for so long is whole; one that changes all the time is read after so many looks. */
export const RELOAD_STILL_MS = 200;
export const RELOAD_LOOKS_MAX = 25;
/** Ended streams whose reason is kept. */
export const ENDED_STREAMS_KEPT = 200;

/** A shutdown waits so long for engines to confirm, and then so long for the outbox: 8 s in all, with the next. */
export const DRAIN_STOPS_MS = 5_000;
export const DRAIN_REPORTS_MS = 1_500;
/** Then so long for the state's disk and the shared store, and so long again for the journal's disk and the lock. */
export const CLOSE_STEP_MS = 600;

/** A lock of a state file whose holder has not renewed it for so long is nobody's. */
export const LOCK_STALE_MS = 6_000;
export const LOCK_RENEW_MS = 2_000;
/** Between two looks at a lock that somebody else has. */
export const LOCK_LOOK_MS = 250;
/** A state file is read up to here: some 50,000 sessions. What is larger was not written by us. */
export const STATE_FILE_BYTES_MAX = 32 * 2 ** 20;
/** A start waits no longer for the state folder's disk; what hangs longer has failed. */
export const SAVE_PATIENCE_MS = 2_000;
/** The same for opening it, which waits for another one's lock as well: a lock's time, and two answers of the disk. */
export const STATE_OPEN_MS_MAX = LOCK_STALE_MS + LOCK_RENEW_MS + 2 * SAVE_PATIENCE_MS;

/** A shared store that took longer to grant a slot gets the time back: the start's time-out begins anew. */
export const SLOW_CLAIM_MS = 1_000;
/** A shared store that owes an answer for so long is not waited for: whoever asks waits in the queue meanwhile. */
export const LEASE_ANSWER_MS_MAX = 10_000;

/** A ranking of one's own that fails is told of no more often. */
export const RANK_TROUBLE_MS = 60_000;
/** A look at a pool of one's own that takes longer has failed; the orchestrator's calls have limits of their own. */
export const POOL_LOOK_MS = 10_000;
/** Records of such a pool that made no sense and are named. */
export const POOL_SKIPPED_TOLD_MAX = 20;

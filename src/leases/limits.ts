/** Bounds of the leases, each with its unit and its reason. */

/** Parts of a term: renewed so often that a store may be half a term slow without a lease being lost. */
export const BEATS_PER_TERM = 5;
/**
 * The store's clock goes on by no more than this part of a term at once, however far the server's own clock jumps;
 * a holder counts its lease as over by the same part earlier, so that one jump in a term ends nobody's lease too soon.
 */
export const STEPS_PER_TERM = 4;

/** A slot that was given back goes first to whoever has waited longest; each place in the queue is this much later. */
export const TURN_MS = 50;
/** Beyond so many places nobody waits longer. */
export const TURNS_MAX = 10;

/** Leases of ended members that one renewal takes over: each is a session to stop. */
export const ORPHANS_AT_ONCE = 16;

/** A store that nobody uses is empty after so many terms. */
export const FORGET_TERMS = 60;

/**
 * Who joins, leaves or begins to wait publishes no change, so everything is looked at anew once per term, as long as
 * there are no more leases than this: a view carries them all, with some 500 bytes each, to each member, through the
 * one thread of the store. With more of them, members and queue are shown as they were at the last look or change.
 */
export const REVIEWED_LEASES_MAX = 1_000;

/** A place that was refused for a reason that cannot be seen is left alone for so long. */
export const REFUSED_PAUSE_MS = 1_000;
/** A shutdown waits no longer for the store to hear of it. */
export const LEAVE_MS = 500;

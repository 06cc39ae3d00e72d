/** The names of a slot's states and events, apart from the machine: who only names them needs no types of XState. */

/** `released` is still *held*: the engine may carry the stream until there is proof that it let go. */
export type SlotState = "free" | "pending" | "active" | "released";

/** Commands are imperative (`reserve`, `release`), facts are in the past tense. */
export type SlotEvent = "reserve" | "started" | "release" | "stopConfirmed";

/** What is known of a selector's state without looking into it. Data only. */

/** A session that holds a slot, as its selector knows it. */
export interface Seat {
  readonly session: number;
  readonly place: number;
  readonly content: number;
  readonly released: boolean;
  /** The engine has not answered the start. */
  readonly unanswered: boolean;
  readonly stoppable: boolean;
  /** Of a former life, or of another proxy. */
  readonly former: boolean;
}

/** A state of a selector, as far as the world has to look at it. */
export interface Known {
  /** The state as a text. */
  readonly text: string;
  readonly seats: readonly Seat[];
  readonly trouble: boolean;
  /** What it knows of others' claims: a `claimBit` for each. */
  readonly claims: number;
  /** Streams that may lose a client. */
  readonly watched: readonly number[];
  readonly waiting: readonly number[];
}

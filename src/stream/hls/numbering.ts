/**
 * The numbers that an HLS player counts on: they go on when it is moved to another stream, whose own are different.
 * Nothing that left a playlist comes back.
 */
import type { ListedSegment } from "./playlist.ts";
import type { MediaSegment } from "./segments.ts";

/** What a playlist shows. */
export interface Shown {
  /** Of the first segment, or of the one that will be first: its number, and the breaks before it. */
  readonly sequence: number;
  readonly breaks: number;
  readonly segments: readonly ListedSegment[];
}

export class Numbering {
  /** The stream's first segment that is for this player. */
  #from = 0;
  /** The stream's first segment that may still be shown. */
  #shownFrom = 0;
  /** What is added to the stream's own numbers; null: known with the first segment that is shown of it. */
  #sequences = 0;
  #breaksAdded: number | null = 0;
  /** It comes from another stream: the time line breaks. */
  #isMoved = false;
  /** The next segment's number, and the breaks so far, as the player knows them. */
  #nextSequence = 0;
  #breaks = 0;

  get shownFrom(): number {
    return this.#shownFrom;
  }

  /** Goes on with another stream, whose first segment for this player is `from`. */
  moveTo(from: number): void {
    this.#isMoved = this.#nextSequence > 0;
    this.#from = from;
    this.#shownFrom = from;
    this.#sequences = this.#nextSequence - from;
    this.#breaksAdded = this.#isMoved ? null : 0;
  }

  /** The stream's own number of a segment; null: it is none of this stream, or not for this player. */
  ownOf(sequence: number): number | null {
    const own = sequence - this.#sequences;
    return own >= this.#from ? own : null;
  }

  /** Shows these segments of the stream, which follow each other. */
  show(listed: readonly MediaSegment[]): Shown {
    const [first] = listed;
    const last = listed.at(-1);
    if (first === undefined || last === undefined)
      return { sequence: this.#nextSequence, breaks: this.#breaks, segments: [] };
    // However often the other stream's time line broke before: for this player it breaks once.
    const breaksAdded = this.#breaksAdded ?? this.#breaks + 1 - first.breaks;
    const segments = listed.map((one) => ({
      sequence: one.sequence + this.#sequences,
      durationMs: one.durationMs,
      isAfterBreak: one.isAfterBreak || (this.#isMoved && one.sequence === this.#from),
    }));
    this.#breaksAdded = breaksAdded;
    this.#shownFrom = first.sequence;
    this.#nextSequence = last.sequence + this.#sequences + 1;
    this.#breaks = last.breaks + breaksAdded;
    return {
      sequence: first.sequence + this.#sequences,
      // What is listed no more has taken its breaks with it.
      breaks: first.breaks + breaksAdded - (segments[0]?.isAfterBreak ? 1 : 0),
      segments,
    };
  }
}

/**
 * The most streams that one engine carried for certain. A stream whose end the log tells was there from its start
 * on to its end; of one whose end never comes only the first minute is certain, since so long an engine keeps what
 * nobody reads. Whether an end comes is known only later, so moments are kept until it is.
 *
 * A moment needs to know of the streams that were open then and are so still. Those are the first k of the open
 * ones in the order of their last sign of life, so for each k only the best moment is kept: memory grows with the
 * open streams and with nothing else.
 */
import { STREAMS_TOLD_MAX, UNREAD_SESSION_MS } from "./limits.ts";
import type { StreamTold, Where } from "./told.ts";

export interface Moment {
  /** Streams that are certain. */
  load: number;
  readonly where: Where;
  /** Those of them that are told one by one. */
  readonly streams: StreamTold[];
}

interface Open {
  readonly stream: StreamTold;
  /** Its last sign of life, ms. */
  readonly ms: number;
}

export class Carried {
  readonly #open: Open[] = [];
  /** Entry k: the best moment of which the first k open streams are not decided. One entry more than `#open`. */
  readonly #best: (Moment | null)[] = [null];

  /** It begins: from here on it is there. */
  start(stream: StreamTold, ms: number): void {
    this.#push(stream, ms);
    const undecided = this.#open.findIndex((open) => open.ms >= ms - UNREAD_SESSION_MS);
    const fresh = this.#open.slice(undecided);
    const best = this.#best[undecided];
    if (best && best.load >= fresh.length) return;
    this.#best[undecided] = {
      load: fresh.length,
      where: stream.started,
      streams: fresh.slice(-STREAMS_TOLD_MAX).map((open) => open.stream),
    };
  }

  /** It is there still: whatever was not certain until now is. */
  sign(stream: StreamTold, ms: number): void {
    if (this.end(stream)) this.#push(stream, ms);
  }

  /** It ends here, and was there until now. False: it is not known. */
  end(stream: StreamTold): boolean {
    return this.#take(stream, true);
  }

  /** It has ended some time, nobody knows when: beyond its first minute nothing is certain. */
  lose(stream: StreamTold): void {
    this.#take(stream, false);
  }

  /** As far as the log tells. */
  highest(): Moment | null {
    return this.#best.reduce((a, b) => (b !== null && (a === null || b.load > a.load) ? b : a), null);
  }

  /** What is kept, for the test that it does not grow with the log. */
  get size(): number {
    return this.#open.length;
  }

  #push(stream: StreamTold, ms: number): void {
    this.#open.push({ stream, ms });
    this.#best.push(null);
  }

  #take(stream: StreamTold, certain: boolean): boolean {
    const index = this.#open.findLastIndex((open) => open.stream === stream);
    if (index < 0) return false;
    if (certain)
      for (const moment of this.#best.slice(index + 1)) {
        if (!moment) continue;
        moment.load++;
        if (moment.streams.length < STREAMS_TOLD_MAX) moment.streams.unshift(stream);
      }
    this.#open.splice(index, 1);
    const [before = null, after = null] = this.#best.slice(index, index + 2);
    this.#best.splice(index, 2, after && (!before || after.load > before.load) ? after : before);
    return true;
  }
}

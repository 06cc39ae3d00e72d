/** Bytes of all streams there have been, where only those of each stream are counted: totals that never fall. */
import type { StreamId } from "../slots/index.ts";

export interface Bytes {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export class ByteTotals {
  /** Of streams that are over, and counted. */
  #over: Bytes = { bytesIn: 0, bytesOut: 0 };
  /** What was last known of each stream that was not over. */
  #open = new Map<StreamId, Bytes>();
  /** Streams that are over and counted, as long as they are still told of. */
  #counted = new Set<StreamId>();

  /**
   * Takes in what is known now. `ended` holds the streams that ended last; of one that was forgotten there before
   * anybody looked, what was known when it still played counts.
   */
  look(
    open: Iterable<readonly [stream: StreamId, bytes: Bytes]>,
    ended: Iterable<readonly [stream: StreamId, bytes: Bytes]>,
  ): Bytes {
    const now = new Map(open);
    const counted = new Set<StreamId>();
    for (const [stream, bytes] of ended) {
      counted.add(stream);
      if (!this.#counted.has(stream)) this.#over = sum(this.#over, bytes);
    }
    for (const [stream, bytes] of this.#open)
      if (!now.has(stream) && !counted.has(stream)) this.#over = sum(this.#over, bytes);
    this.#counted = counted;
    this.#open = now;
    let total = this.#over;
    for (const bytes of now.values()) total = sum(total, bytes);
    return total;
  }
}

const sum = (a: Bytes, b: Bytes): Bytes => ({
  bytesIn: a.bytesIn + b.bytesIn,
  bytesOut: a.bytesOut + b.bytesOut,
});

/** Figures of all streams there have been, where only those of each stream are counted: totals that never fall. */
import type { StreamId } from "../slots/index.ts";

const KEYS = [
  "bytesIn",
  "bytesOut",
  "skips",
  "holds",
  "fillerPackets",
  "continuityErrors",
  "discardedBytes",
] as const;

export type StreamSums = Readonly<Record<(typeof KEYS)[number], number>>;
/** What is counted of one stream; what is missing is 0. */
export type StreamCounts = Partial<StreamSums>;

const sum = (a: StreamCounts, b: StreamCounts): StreamSums =>
  Object.fromEntries(KEYS.map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)])) as StreamSums;

export const NO_SUMS: StreamSums = sum({}, {});

export class StreamTotals {
  /** Of streams that are over, and counted. */
  #over = NO_SUMS;
  /** What was last known of each stream that was not over. */
  #open = new Map<StreamId, StreamCounts>();
  /** Streams that are over and counted, as long as they are still told of. */
  #counted = new Set<StreamId>();

  /**
   * Takes in what is known now. `ended` holds the streams that ended last; of one that was forgotten there before
   * anybody looked, what was known when it still played counts.
   */
  look(
    open: Iterable<readonly [stream: StreamId, counts: StreamCounts]>,
    ended: Iterable<readonly [stream: StreamId, counts: StreamCounts]>,
  ): StreamSums {
    const now = new Map(open);
    const counted = new Set<StreamId>();
    for (const [stream, counts] of ended) {
      counted.add(stream);
      if (!this.#counted.has(stream)) this.#over = sum(this.#over, counts);
    }
    for (const [stream, counts] of this.#open)
      if (!now.has(stream) && !counted.has(stream)) this.#over = sum(this.#over, counts);
    this.#counted = counted;
    this.#open = now;
    let total = this.#over;
    for (const counts of now.values()) total = sum(total, counts);
    return total;
  }
}

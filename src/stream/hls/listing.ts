/** Which of a stream's segments a playlist lists. */
import { HLS_LISTED_MAX, HLS_LISTED_TARGETS } from "../limits.ts";
import type { MediaSegment } from "./segments.ts";

/**
 * The newer half of the ring, which leaves the older half for players that come late for a segment; three target
 * durations, as long as the oldest stays for half a segment's time; and whatever the client has not taken, while the
 * source waits for it.
 */
export function listedOf(
  whole: readonly MediaSegment[],
  view: {
    readonly ring: { readonly end: number; readonly capacityBytes: number };
    readonly targetMs: number;
    /** The first one that may be listed, by number. */
    readonly shownFrom: number;
    /** What the client has not taken and is waited for begins here; null: it is not waited for. */
    readonly awaitedFrom: number | null;
  },
): readonly MediaSegment[] {
  const { end, capacityBytes } = view.ring;
  let coveredMs = 0;
  let at = whole.length;
  for (; at > 0; at--) {
    const one = whole[at - 1];
    if (one === undefined || one.sequence < view.shownFrom) break;
    /** So much may be written before it is gone. */
    const leftBytes = one.from + capacityBytes - end;
    const isYoung = leftBytes >= capacityBytes / 2 && whole.length - at < HLS_LISTED_MAX;
    const isWanted = coveredMs < HLS_LISTED_TARGETS * view.targetMs && leftBytes >= (one.to - one.from) / 2;
    const isAwaited = view.awaitedFrom !== null && one.from >= view.awaitedFrom;
    if (at < whole.length && !isYoung && !isWanted && !isAwaited) break;
    coveredMs += one.durationMs;
  }
  return whole.slice(at);
}

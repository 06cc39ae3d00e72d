/** Holds the playlists of one session, one after another, against the rules of RFC 8216 for what may change. */
import { expect } from "bun:test";
import { parse, setOptions, types } from "hls-parser";

setOptions({ strictMode: true });

export interface SeenSegment {
  readonly sequence: number;
  readonly uri: string;
  /** In seconds, as it stands there. */
  readonly duration: number;
  /** Discontinuities up to its beginning, those of the past included. */
  readonly breaks: number;
}

export class PlaylistWatch {
  /** All segments that were ever listed, by number. */
  readonly seen = new Map<number, SeenSegment>();
  /** Of the newest playlist that lists any. */
  listed: readonly SeenSegment[] = [];
  targetSeconds: number | null = null;
  isOver = false;

  /** Reads the next playlist; fails if it breaks a rule. */
  read(text: string): readonly SeenSegment[] {
    const list = parse(text);
    if (!(list instanceof types.MediaPlaylist)) throw new Error("this is no media playlist");
    // Nothing may be added after the end, and the promise stays.
    if (this.isOver) expect(list.endlist).toBe(true);
    expect(list.targetDuration).toBe(this.targetSeconds ?? list.targetDuration);
    this.targetSeconds = list.targetDuration;
    this.isOver = list.endlist;
    let breaks = list.discontinuitySequenceBase ?? 0;
    const listed = list.segments.map((segment, index): SeenSegment => {
      if (segment.discontinuity) breaks += 1;
      const sequence = (list.mediaSequenceBase ?? 0) + index;
      return { sequence, uri: segment.uri, duration: segment.duration, breaks };
    });
    this.#follows(listed);
    if (listed.length > 0) this.listed = listed;
    for (const one of listed) this.seen.set(one.sequence, one);
    return listed;
  }

  #follows(listed: readonly SeenSegment[]): void {
    const before = this.listed;
    const [first] = listed;
    if (first === undefined) return;
    // Removed from the front, added at the end, and nothing else changes.
    expect(first.sequence).toBeGreaterThanOrEqual(before[0]?.sequence ?? 0);
    expect(listed.at(-1)?.sequence ?? -1).toBeGreaterThanOrEqual(before.at(-1)?.sequence ?? -1);
    for (const one of listed) {
      expect(Math.round(one.duration)).toBeLessThanOrEqual(this.targetSeconds ?? 0);
      const known = this.seen.get(one.sequence);
      if (known !== undefined) expect(one).toEqual(known);
      const earlier = this.seen.get(one.sequence - 1);
      if (earlier !== undefined) expect(one.breaks).toBeGreaterThanOrEqual(earlier.breaks);
    }
  }
}

/**
 * Where a stream's bytes are cut for HLS: an index of byte ranges, made once as they are written, for all who watch.
 * It copies nothing; a segment is gone when its bytes have left the ring.
 *
 * Segments begin at keyframes as far as there are any. A length that was promised to players is kept: a segment
 * that would exceed it ends without a keyframe, and so does one that would take too much of the ring.
 */
import {
  HLS_CLOCK_GAP_MS_MAX,
  HLS_KEYFRAME_WAIT_MS,
  HLS_LENGTH_SLACK_MS,
  HLS_ROUNDING_MS,
  HLS_SEGMENT_MS_LEAST,
  HLS_SEGMENT_MS_MAX,
  HLS_SEGMENT_MS_MIN,
  HLS_SEGMENTS_MAX,
  HLS_STRAY_MS_MIN,
  HLS_TARGET_MS_MIN,
  HLS_UNMARKED_MS,
} from "../limits.ts";
import { MediaClock } from "../mpegts/media-clock.ts";
import type { Mark, Piece } from "../mpegts/scanner.ts";

export interface MediaSegment {
  /** 0 for a stream's first one. */
  readonly sequence: number;
  /** Its bytes: ring positions. */
  readonly from: number;
  readonly to: number;
  /** What a decoder needs before its first byte; null: it begins with its own tables. */
  readonly tables: Uint8Array | null;
  /** By the program's clock. */
  readonly durationMs: number;
  /** Breaks in the stream's time line up to its beginning. */
  readonly breaks: number;
  /** Whether one of them is at its beginning. */
  readonly isAfterBreak: boolean;
}

interface OpenSegment {
  readonly from: number;
  readonly tables: Uint8Array | null;
  readonly startMs: number;
  readonly isKeyframe: boolean;
  readonly isAfterBreak: boolean;
}

/** In this order where several stand at one packet. */
const ORDER = { cut: 0, clock: 1, keyframe: 2, pat: 3 } as const;

export class Segments {
  readonly #bytesMax: number;
  readonly #clock = new MediaClock(HLS_CLOCK_GAP_MS_MAX);
  readonly #whole: MediaSegment[] = [];
  #open: OpenSegment | null = null;
  #next = 0;
  #breaks = 0;
  /** What comes does not join the segment before. */
  #isBroken = false;
  #tables: Uint8Array | null = null;
  /** Media time since which a keyframe is waited for. */
  #seekingSinceMs = 0;
  /** Media time between the last two clock references. */
  #stepMs = 0;
  #targetMs: number | null = null;

  /** `bytesMax`: no segment is much longer. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Those whose bytes are all in the ring, oldest first. */
  get whole(): readonly MediaSegment[] {
    return this.#whole;
  }

  /** Where the segment begins that is being written; null: none is. */
  get openFrom(): number | null {
    return this.#open?.from ?? null;
  }

  /** The number of the segment that is being written, or will be next. */
  get nextSequence(): number {
    return this.#next;
  }

  /**
   * The length that no segment exceeds, rounded to whole seconds. Whoever asks passes it on to players, and so it
   * never changes from then on.
   */
  promiseTargetMs(): number {
    this.#targetMs ??= this.targetMs;
    return this.#targetMs;
  }

  /** The same, without making it a promise. */
  get targetMs(): number {
    if (this.#targetMs !== null) return this.#targetMs;
    let longestMs = this.#open === null ? 0 : this.#clock.elapsedMs - this.#open.startMs;
    for (const { durationMs } of this.#whole) longestMs = Math.max(longestMs, durationMs);
    return Math.max(HLS_TARGET_MS_MIN, Math.ceil((longestMs - HLS_LENGTH_SLACK_MS) / 1000) * 1000);
  }

  /** Takes note of a piece that was written at `base`; the ring begins at `start` now. */
  append(piece: Piece, base: number, start: number): void {
    if (piece.marks.length > 0) {
      const marks = piece.marks.toSorted((a, b) => a.offset - b.offset || ORDER[a.kind] - ORDER[b.kind]);
      for (const mark of marks) this.#take(mark, base + mark.offset);
    }
    this.#forget(start);
  }

  /** Nothing more will be written after `end`. */
  finish(end: number): void {
    this.#close(end);
  }

  #take(mark: Mark, position: number): void {
    switch (mark.kind) {
      case "cut":
        this.#clock.cut();
        this.#break(position);
        return;
      case "clock":
        this.#advance(mark.ticks, position);
        return;
      case "keyframe":
        this.#tables = mark.tables;
        // One that had to begin at this very packet begins at a keyframe after all.
        if (this.#open?.from === position)
          this.#open = { ...this.#open, tables: mark.tables, isKeyframe: true };
        else if (this.#isDue()) this.#begin(position, mark.tables, true);
        return;
      case "pat":
        // Without tables of our own a segment can begin only where the stream has some.
        if (this.#tables === null && this.#isOverdue(position)) this.#begin(position, null, false);
        return;
      default:
        mark satisfies never;
    }
  }

  #advance(ticks: number, position: number): void {
    const { jumps, elapsedMs } = this.#clock;
    this.#stepMs = this.#clock.advance(ticks) - elapsedMs;
    if (this.#clock.jumps > jumps) this.#break(position);
    // A step that is larger than those before belongs to the next segment: without it this one keeps the promise.
    // That one begins without tables if there are none; players that go on from the one before miss nothing.
    else if (this.#open !== null && this.#clock.elapsedMs - this.#open.startMs > this.#lengthMsMax)
      this.#begin(position, this.#tables, false, elapsedMs);
    else if (this.#tables !== null && this.#isOverdue(position)) this.#begin(position, this.#tables, false);
  }

  /** Whether a segment may end at a keyframe that stands here. */
  #isDue(): boolean {
    if (this.#open === null) return true;
    const leastMs = this.#open.isKeyframe ? HLS_SEGMENT_MS_MIN : HLS_STRAY_MS_MIN;
    return this.#clock.elapsedMs - this.#open.startMs >= leastMs;
  }

  /** Whether no keyframe can be waited for any longer. */
  #isOverdue(position: number): boolean {
    const nowMs = this.#clock.elapsedMs;
    if (this.#open === null) return nowMs - this.#seekingSinceMs >= HLS_KEYFRAME_WAIT_MS;
    return (
      nowMs + this.#stepMs - this.#open.startMs > this.#wantedMsMax ||
      position - this.#open.from >= this.#bytesMax
    );
  }

  /** No segment may be longer. */
  get #lengthMsMax(): number {
    return this.#targetMs === null ? HLS_SEGMENT_MS_MAX : this.#targetMs + HLS_ROUNDING_MS;
  }

  /** How long a keyframe is worth waiting for. Where there are none to be seen, there is nothing to wait for. */
  get #wantedMsMax(): number {
    return this.#tables === null ? HLS_UNMARKED_MS : this.#lengthMsMax;
  }

  /** The one before ends at `atMs`, by the program's clock. */
  #begin(
    from: number,
    tables: Uint8Array | null,
    isKeyframe: boolean,
    atMs: number = this.#clock.elapsedMs,
  ): void {
    this.#close(from, atMs);
    const isAfterBreak = this.#isBroken && this.#next > 0;
    if (isAfterBreak) this.#breaks += 1;
    this.#isBroken = false;
    this.#open = { from, tables, startMs: atMs, isKeyframe, isAfterBreak };
  }

  /** The time line ends here; what follows is left out until a decoder can begin. */
  #break(position: number): void {
    this.#close(position);
    this.#isBroken = true;
    this.#tables = null;
    this.#seekingSinceMs = this.#clock.elapsedMs;
  }

  #close(to: number, atMs: number = this.#clock.elapsedMs): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    const durationMs = atMs - open.startMs;
    const { from, tables, isAfterBreak } = open;
    if (durationMs < HLS_SEGMENT_MS_LEAST) {
      this.#dropped(isAfterBreak);
      return;
    }
    const sequence = this.#next++;
    this.#whole.push({ sequence, from, to, tables, durationMs, breaks: this.#breaks, isAfterBreak });
    if (this.#whole.length > HLS_SEGMENTS_MAX) this.#whole.shift();
  }

  #forget(start: number): void {
    while ((this.#whole[0]?.from ?? start) < start) this.#whole.shift();
    if (this.#open === null || this.#open.from >= start) return;
    const { isAfterBreak } = this.#open;
    this.#open = null;
    this.#dropped(isAfterBreak);
  }

  /** A segment that nobody will see takes its break with it, and leaves one. */
  #dropped(wasAfterBreak: boolean): void {
    if (wasAfterBreak) this.#breaks -= 1;
    this.#isBroken = true;
  }
}

/**
 * A client that watches by HLS: one place in a stream from its first playlist until it has been silent for long.
 * It asks for a playlist again and again, and for segments, which are read from the stream's ring.
 *
 * Like a client of one connection it has a position, so that a burst waits for it while it keeps up with the clock;
 * since it takes bytes in lumps and looks for new ones only now and then, it has more grace.
 */
import type { Clock } from "../../ports.ts";
import type { ClientId } from "../../slots/index.ts";
import type { Fanout, Reading } from "../fanout.ts";
import {
  HLS_DOWNLOADS_MAX,
  HLS_FIRST_SEGMENT_MS,
  HLS_LISTED_TARGETS,
  HLS_POLL_TARGETS,
  HLS_SILENCE_TARGETS_MIN,
  HLS_SILENT_TARGETS,
} from "../limits.ts";
import { Pace } from "../pace.ts";
import type { BreakOff } from "../sinks/sink.ts";
import { Download } from "./download.ts";
import { listedOf } from "./listing.ts";
import { Numbering } from "./numbering.ts";
import { playlistText } from "./playlist.ts";
import type { MediaSegment } from "./segments.ts";
import { Waiters } from "./waiters.ts";

/** What `http/` sees of a session. */
export interface HlsSession {
  /** Whoever knows it may watch: it cannot be guessed. */
  readonly name: string;
  /** Waits until there is a whole segment; answers why there is none instead. `signal`: nobody waits any more. */
  ready(signal: AbortSignal): Promise<"ready" | "late" | "over">;
  /** Somebody has had a playlist of it. */
  readonly hasBegun: boolean;
  /** Somebody waits for one. */
  readonly isAwaited: boolean;
  /** The playlist of now. `folder`: where its segments are, seen from the playlist. */
  playlist(folder: string): string;
  /** A segment's bytes; null: it is not there any more, or not yet. `breakOff`: see `ClientSink`. `onEnd`: called once, with the last of them, when nobody takes them, or when they are broken off. */
  segment(sequence: number, breakOff?: BreakOff, onEnd?: () => void): ReadableStream<Uint8Array> | null;
  /** Gives the place back. */
  close(reason: string): void;
}

export class HlsClient implements Reading, HlsSession {
  readonly id: ClientId;
  readonly name: string;
  position = 0;
  readonly #clock: Clock;
  readonly #silenceMs: () => number;
  readonly #onGone: (reason: string) => void;
  readonly #pace: Pace;
  readonly #downloads = new Set<Download>();
  #fanout: Fanout;
  readonly #numbering = new Numbering();
  #targetMs = 0;
  /** Where the last segment ends that was shown. */
  #shownTo = 0;
  #bytesTaken = 0;
  #requests = 0;
  #playlists = 0;
  #hasAskedForSegment = false;
  #toldOverAtMs: number | null = null;
  /** When it last asked for something or took bytes. */
  #heardAtMs: number;
  /** It has taken all that it was shown. */
  #isWaiting = false;
  #isOver = false;
  #isGone = false;
  /** Those who wait for a first segment. */
  readonly #waiters: Waiters;

  /** `silenceMs`: it is gone when it has asked for nothing for so long. `mark`: begins its name. */
  constructor(
    id: ClientId,
    fanout: Fanout,
    clock: Clock,
    silenceMs: () => number,
    onGone: (reason: string) => void,
    mark = "",
  ) {
    this.id = id;
    this.name = `${mark}${crypto.randomUUID()}`;
    this.#fanout = fanout;
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#onGone = onGone;
    this.#waiters = new Waiters(clock);
    this.#heardAtMs = clock.monotonicMs();
    this.#pace = new Pace(this.#heardAtMs);
    fanout.join(this);
  }

  /** Connections come and go: what can be broken off is the segments under way. */
  get sink(): { break(reason: string): void } {
    return {
      break: (reason) => {
        this.#isGone = true;
        for (const download of this.#downloads) download.break(reason);
        this.#downloads.clear();
        this.#waiters.wake();
      },
    };
  }

  get pace(): { lateAtMs(nowMs: number): number } {
    return this;
  }

  /** A request counts as a byte: one that asks is watching, whether there is anything new or not. */
  get bytesTaken(): number {
    return this.#bytesTaken + this.#requests;
  }

  /** Bytes of segments that it has taken. */
  get mediaBytes(): number {
    return this.#bytesTaken;
  }

  /** Whether there is something that it should have come for. */
  get hasMore(): boolean {
    return this.idleMs(this.#clock.monotonicMs()) > HLS_SILENT_TARGETS * this.#fanout.segments.targetMs;
  }

  /** How long it has asked for nothing; one whose question is not answered yet is not silent. */
  idleMs(nowMs: number): number {
    return this.#waiters.isAny ? 0 : nowMs - this.#heardAtMs;
  }

  /** How long it may be silent: not for long before it is known that somebody plays, and not only looked in. */
  get patienceMs(): number {
    const leastMs = HLS_SILENCE_TARGETS_MIN * this.#fanout.segments.targetMs;
    return this.#hasAskedForSegment || this.#playlists > 1 ? Math.max(this.#silenceMs(), leastMs) : leastMs;
  }

  get hasBegun(): boolean {
    return this.#playlists > 0;
  }

  /** All who share it have been told that nothing more will come: it was so long ago that each has asked since. */
  get isToldOver(): boolean {
    const { targetMs } = this.#fanout.segments;
    return this.#clock.monotonicMs() - (this.#toldOverAtMs ?? Infinity) > HLS_POLL_TARGETS * targetMs;
  }

  get isAwaited(): boolean {
    return this.#waiters.isAny;
  }

  /** Segments on their way, and requests that wait for the first one. */
  get underWay(): { readonly downloads: number; readonly waiters: number } {
    return { downloads: this.#downloads.size, waiters: this.#waiters.size };
  }

  /** Goes to the stream's very beginning. */
  rewind(): void {
    this.position = this.#fanout.ring.start;
  }

  /** Goes to where players begin: some segments before the newest. */
  enter(): void {
    const { ring, segments } = this.#fanout;
    const aheadMs = HLS_LISTED_TARGETS * segments.targetMs;
    let coveredMs = 0;
    this.position = segments.openFrom ?? ring.end;
    for (const { from, durationMs } of segments.whole.toReversed()) {
      if (coveredMs >= aheadMs) break;
      coveredMs += durationMs;
      this.position = from;
    }
  }

  moveTo(fanout: Fanout): void {
    this.#fanout.leave(this);
    this.#fanout = fanout;
    fanout.adopt(this);
    this.enter();
    const { whole, nextSequence } = fanout.segments;
    this.#numbering.moveTo(whole.find((one) => one.from >= this.position)?.sequence ?? nextSequence);
    this.#shownTo = this.position;
    this.deliver();
  }

  /** Nothing more will be written: what is left can be watched. */
  finish(): void {
    this.#fanout.segments.finish(this.#fanout.ring.end);
    this.#isOver = true;
    this.#waiters.wake();
  }

  leave(): void {
    this.#fanout.leave(this);
    this.#isGone = true;
    this.#waiters.wake();
  }

  close(reason: string): void {
    this.#onGone(reason);
  }

  deliver(): void {
    if (this.#fanout.segments.whole.length > 0) this.#waiters.wake();
  }

  async ready(signal: AbortSignal): Promise<"ready" | "late" | "over"> {
    const isSettled = (): boolean =>
      this.#fanout.segments.whole.length > 0 || this.#isOver || this.#isGone || signal.aborted;
    await this.#waiters.wait(isSettled, HLS_FIRST_SEGMENT_MS, signal);
    this.#hear();
    if (!isSettled()) return "late";
    return this.#isGone || signal.aborted || this.#fanout.segments.whole.length === 0 ? "over" : "ready";
  }

  playlist(folder: string): string {
    this.#hear();
    this.#playlists += 1;
    if (this.#isOver) this.#toldOverAtMs ??= this.#heardAtMs;
    const { ring, segments } = this.#fanout;
    if (this.position < ring.start) {
      this.enter();
      this.#fanout.skipped();
    }
    this.#targetMs = Math.max(this.#targetMs, segments.promiseTargetMs());
    const nowMs = this.#clock.monotonicMs();
    const listed = listedOf(segments.whole, {
      ring,
      targetMs: this.#targetMs,
      shownFrom: this.#numbering.shownFrom,
      awaitedFrom: this.lateAtMs(nowMs) > nowMs ? this.position : null,
    });
    this.#shownTo = listed.at(-1)?.to ?? this.#shownTo;
    this.#waits(this.position >= this.#shownTo);
    const shown = this.#numbering.show(listed);
    return playlistText({ ...shown, folder, targetMs: this.#targetMs, isOver: this.#isOver });
  }

  segment(sequence: number, breakOff?: BreakOff, onEnd?: () => void): ReadableStream<Uint8Array> | null {
    this.#hear();
    this.#hasAskedForSegment = true;
    const own = this.#numbering.ownOf(sequence);
    const { whole } = this.#fanout.segments;
    const found = own === null ? undefined : whole[own - (whole[0]?.sequence ?? 0)];
    return found === undefined ? null : this.#send(found, breakOff, onEnd);
  }

  /** Breaks off segments whose player has taken nothing of them for so long, though it may go on asking. */
  breakStuck(nowMs: number, patienceMs: number): void {
    for (const download of this.#downloads) {
      if (nowMs - download.takenAtMs < patienceMs) continue;
      this.#downloads.delete(download);
      download.break("no byte of the segment was taken for too long");
    }
  }

  /** When it will be too late for what it has not taken, if it asks for nothing more. */
  lateAtMs(nowMs: number): number {
    const { ring, segments } = this.#fanout;
    const { targetMs, whole } = segments;
    // Where so much makes no segment, there may never be one: the source would be kept waiting for ever.
    const isCut = (whole.at(-1)?.to ?? 0) > this.position;
    if (!isCut && ring.end - this.position > ring.capacityBytes / 2) return nowMs;
    // It cannot know of what it has not been shown, until it should have asked.
    const owesFromMs = this.#heardAtMs + HLS_POLL_TARGETS * targetMs;
    if (this.#isWaiting && nowMs >= owesFromMs) this.#waits(false, owesFromMs);
    // It takes a segment's worth at once, hence it is behind by one before it does.
    const lateAtMs = this.#pace.lateAtMs(nowMs) + targetMs;
    return this.#isWaiting ? Math.max(lateAtMs, owesFromMs) : lateAtMs;
  }

  #send(segment: MediaSegment, breakOff?: BreakOff, onEnd?: () => void): ReadableStream<Uint8Array> {
    const fanout = this.#fanout;
    const download = new Download(
      partsOf(segment, fanout),
      this.#clock,
      (bytes) => {
        this.#bytesTaken += bytes;
        this.#heardAtMs = this.#clock.monotonicMs();
        fanout.took(bytes, this.position, this.position);
      },
      (isWhole) => {
        onEnd?.();
        this.#downloads.delete(download);
        if (isWhole && fanout === this.#fanout) this.#took(segment);
      },
      breakOff,
    );
    this.#downloads.add(download);
    const [oldest] = this.#downloads;
    if (this.#downloads.size > HLS_DOWNLOADS_MAX && oldest !== undefined) {
      this.#downloads.delete(oldest);
      oldest.break("too many segments at once");
    }
    return download.body;
  }

  #took(segment: MediaSegment): void {
    if (segment.to <= this.position) return;
    const from = this.position;
    this.position = segment.to;
    this.#pace.took(this.#clock.monotonicMs(), segment.durationMs);
    this.#waits(this.position >= this.#shownTo);
    this.#fanout.took(0, from, this.position);
  }

  #hear(): void {
    this.#heardAtMs = this.#clock.monotonicMs();
    this.#requests += 1;
  }

  #waits(waiting: boolean, sinceMs = this.#clock.monotonicMs()): void {
    this.#isWaiting = waiting;
    this.#pace.waits(sinceMs, waiting);
  }
}

/** A segment's bytes with the tables before them: views of the ring's own. */
function partsOf({ from, to, tables }: MediaSegment, { ring }: Fanout): Uint8Array[] {
  const parts = tables === null ? [] : [tables];
  for (let at = from; at < to; ) {
    const part = ring.read(at).subarray(0, to - at);
    if (part.length === 0) break;
    parts.push(part);
    at += part.length;
  }
  return parts;
}

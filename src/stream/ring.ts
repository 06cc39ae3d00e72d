/**
 * The last bytes of a stream, written once and read by any number of cursors (absolute byte positions). It
 * consists of segments that are only ever appended to: a view of what has been written never changes, even
 * after its segment has left the ring, so that readers share it without a copy. The memory of a segment that nobody
 * was lent serves again.
 */
import {
  CLOCK_SAMPLE_MS,
  KEYFRAMES_MAX,
  LARGE_RING_BYTES,
  SEGMENT_BYTES_MAX,
  SEGMENTS_MIN,
  SEGMENTS_MIN_SMALL,
} from "./limits.ts";
import { PACKET_BYTES } from "./mpegts/framing.ts";
import { MediaClock } from "./mpegts/media-clock.ts";
import type { Piece } from "./mpegts/scanner.ts";

const NOTHING = new Uint8Array(0);

interface Segment {
  readonly from: number;
  readonly bytes: Uint8Array;
  used: number;
  /** Somebody may hold a view of it. */
  isLent: boolean;
}

/** Where to begin in a ring: the place, and the packets that a decoder needs before it, if they are not there. */
export interface Entry {
  readonly position: number;
  readonly tables: Uint8Array | null;
}

interface Keyframe {
  readonly position: number;
  readonly tables: Uint8Array;
}

interface ClockSample {
  readonly position: number;
  readonly mediaMs: number;
}

/** Forgets the marks before `position`. */
function forget(marks: { readonly position: number }[], position: number): void {
  let gone = 0;
  while (gone < marks.length && (marks[gone]?.position ?? 0) < position) gone += 1;
  if (gone > 0) marks.splice(0, gone);
}

export class Ring {
  readonly #segmentBytes: number;
  readonly #segmentsMax: number;
  readonly #segments: Segment[] = [];
  readonly #clock = new MediaClock();
  readonly #samples: ClockSample[] = [];
  readonly #keyframes: Keyframe[] = [];
  readonly #pats: { readonly position: number }[] = [];
  /** Whether there was ever a keyframe, forgotten as it may be. */
  hasHadKeyframes = false;
  #start = 0;
  #end = 0;
  /** What was read last, and from where; the end of the ring at that time. */
  #view: Uint8Array = NOTHING;
  #viewFrom = -1;
  #viewAtEnd = -1;

  /** `capacityBytes`: never more than this is held; rounded to whole segments of whole packets. */
  constructor(capacityBytes: number) {
    const segments = capacityBytes < LARGE_RING_BYTES ? SEGMENTS_MIN_SMALL : SEGMENTS_MIN;
    const wanted = Math.floor(capacityBytes / segments / PACKET_BYTES) * PACKET_BYTES;
    this.#segmentBytes = Math.max(PACKET_BYTES, Math.min(SEGMENT_BYTES_MAX, wanted));
    this.#segmentsMax = Math.max(2, Math.floor(capacityBytes / this.#segmentBytes));
  }

  /** Position of the oldest byte that is still there. */
  get start(): number {
    return this.#start;
  }

  /** Position after the newest byte. */
  get end(): number {
    return this.#end;
  }

  get heldBytes(): number {
    return this.#end - this.#start;
  }

  /** Memory that its segments take now. */
  get allocatedBytes(): number {
    return this.#segments.length * this.#segmentBytes;
  }

  /** The most that is ever held. */
  get capacityBytes(): number {
    return this.#segmentBytes * this.#segmentsMax;
  }

  /** The most that may be appended at once. */
  get pieceBytesMax(): number {
    return this.#segmentBytes;
  }

  /** What the ring holds by the program's clock, ms; null: not known. */
  get heldMs(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    return first === undefined || last === undefined
      ? null
      : Math.max(0, Math.round(last.mediaMs - first.mediaMs));
  }

  /** Bits per second by the program's clock over what the ring holds; null: not known. */
  get bitrate(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.mediaMs - first.mediaMs < 500) return null;
    return Math.round(((last.position - first.position) * 8000) / (last.mediaMs - first.mediaMs));
  }

  /** What `start` will be once `bytes` more are written. */
  startAfter(bytes: number): number {
    const last = this.#segments.at(-1);
    const free = last === undefined ? 0 : this.#segmentBytes - last.used;
    const further = Math.ceil(Math.max(0, bytes - free) / this.#segmentBytes);
    const gone = this.#segments.length + further - this.#segmentsMax;
    if (gone <= 0) return this.#start;
    return this.#segments[gone]?.from ?? this.#end;
  }

  append(piece: Piece): void {
    const base = this.#end;
    let rest = piece.bytes;
    while (rest.length > 0) {
      let segment = this.#segments.at(-1);
      if (segment === undefined || segment.used === this.#segmentBytes) {
        const bytes = this.#segments.length < this.#segmentsMax ? null : this.#evict();
        segment = {
          from: this.#end,
          bytes: bytes ?? new Uint8Array(this.#segmentBytes),
          used: 0,
          isLent: false,
        };
        this.#segments.push(segment);
      }
      const part = rest.subarray(0, this.#segmentBytes - segment.used);
      segment.bytes.set(part, segment.used);
      segment.used += part.length;
      this.#end += part.length;
      rest = rest.subarray(part.length);
    }
    for (const mark of piece.marks) {
      const position = base + mark.offset;
      switch (mark.kind) {
        case "keyframe":
          this.hasHadKeyframes = true;
          this.#keyframes.push({ position, tables: mark.tables });
          if (this.#keyframes.length > KEYFRAMES_MAX) this.#keyframes.shift();
          break;
        case "clock": {
          const mediaMs = this.#clock.advance(mark.ticks);
          const last = this.#samples.at(-1);
          if (last === undefined || mediaMs - last.mediaMs >= CLOCK_SAMPLE_MS) {
            this.#samples.push({ position, mediaMs });
          }
          break;
        }
        case "pat":
          // One per segment will do.
          if (position - (this.#pats.at(-1)?.position ?? -Infinity) >= this.#segmentBytes) {
            this.#pats.push({ position });
          }
          break;
        case "cut":
          this.#clock.cut();
          break;
        default:
          mark satisfies never;
      }
    }
  }

  /** The last bytes that are held, at most `bytes` of them: a copy. */
  last(bytes: number): Uint8Array {
    const all = new Uint8Array(Math.min(bytes, this.heldBytes));
    for (let at = 0; at < all.length; ) {
      const part = this.read(this.#end - all.length + at, undefined, true);
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /**
   * Bytes from `position` on, as many as lie together, at most `bytesMax`; empty: none yet. `position` must not be
   * before `start`. They never change, unless `isBrief`: then they are good until the caller returns to the event loop.
   */
  read(position: number, bytesMax = Number.POSITIVE_INFINITY, isBrief = false): Uint8Array {
    if (position >= this.#end) return NOTHING;
    if (
      isBrief &&
      position === this.#viewFrom &&
      this.#end === this.#viewAtEnd &&
      this.#view.length <= bytesMax
    )
      return this.#view;
    // Positions lie segment after segment, all of one size: only a ring's first segment needs a look.
    const segment = this.#segments[Math.floor((position - this.#start) / this.#segmentBytes)];
    if (segment === undefined) return NOTHING;
    if (!isBrief) segment.isLent = true;
    // At the live edge all clients ask for the same: one view serves them.
    if (position !== this.#viewFrom || this.#end !== this.#viewAtEnd) {
      this.#view = segment.bytes.subarray(position - segment.from, segment.used);
      this.#viewFrom = position;
      this.#viewAtEnd = this.#end;
    }
    return this.#view.length <= bytesMax ? this.#view : this.#view.subarray(0, bytesMax);
  }

  /** Media time at a position, ms; null: the ring knows no clock. */
  mediaMsAt(position: number): number | null {
    // The end is where all clients are, most of the time.
    if (position === this.#end) return this.#samples.at(-1)?.mediaMs ?? null;
    let low = 0;
    let high = this.#samples.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#samples[middle]?.position ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return this.#samples[low]?.mediaMs ?? null;
  }

  /**
   * Where one joins a stream that plays: the newest keyframe, else a PAT half-way (a keyframe that cannot be told may
   * lie behind it, and it is not forgotten at once), else the end.
   */
  entry(): Entry {
    const keyframe = this.#keyframes.at(-1);
    if (keyframe !== undefined) return keyframe;
    return { position: this.#pats[this.#pats.length >> 1]?.position ?? this.#end, tables: null };
  }

  /** Forgets the oldest segment; answers its memory if nobody can have a view of it. */
  #evict(): Uint8Array | null {
    const gone = this.#segments.shift();
    this.#start = this.#segments[0]?.from ?? this.#end;
    forget(this.#samples, this.#start);
    forget(this.#keyframes, this.#start);
    forget(this.#pats, this.#start);
    return gone === undefined || gone.isLent ? null : gone.bytes;
  }
}

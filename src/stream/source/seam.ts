/**
 * Where a stream goes on when another engine takes over. Engines of one live content carry the same broadcast, and
 * begin some seconds behind its live edge, so most of what a new one sends first has been delivered already.
 *
 * In this order: exactly behind the last packet that was delivered, if the new source has the same packets; at the
 * first keyframe that comes after it, if the timestamps of both have one base; at the first keyframe of all. What
 * comes before that place is thrown away. If none comes in bounded time and memory, what there is must do.
 *
 * Pure: bytes, marks and the time go in, pieces come out.
 */
import { SAME_BASE_MS_MAX, SEAM_MS_MAX, SEAM_RUN_PACKETS_MIN } from "../limits.ts";
import { joined, PACKET_BYTES } from "../mpegts/framing.ts";
import { aheadMs, areSame, decodeTicks, hasClock, hasPayload, NULL_PID, pidOf } from "../mpegts/packets.ts";
import { part } from "../mpegts/pieces.ts";
import type { Piece } from "../mpegts/scanner.ts";

/** What the clients of the former source had last. */
export class Former {
  /**
   * Its last packets, back to one that tells a time and is therefore like no other; null packets
   * are left out, since some of them are ours. Empty: there is no such packet.
   */
  readonly run: Uint8Array;
  /** By PID: when the last unit that began is to be decoded, in ticks of 90 kHz. */
  readonly lastTicks: ReadonlyMap<number, number>;
  /** Whether it had keyframes that we can tell. */
  readonly hasKeyframes: boolean;

  /** `bytes`: the last packets of a ring, whole ones. */
  constructor(bytes: Uint8Array, hasKeyframes: boolean) {
    const lastTicks = new Map<number, number>();
    const places: number[] = [];
    let payloads = 0;
    let from = -1;
    for (let at = bytes.length - PACKET_BYTES; at >= 0; at -= PACKET_BYTES) {
      const pid = pidOf(bytes, at);
      if (pid === NULL_PID) continue;
      const ticks = decodeTicks(bytes, at);
      if (ticks !== null && !lastTicks.has(pid)) lastTicks.set(pid, ticks);
      if (from >= 0) continue;
      places.push(at);
      if (hasPayload(bytes, at)) payloads += 1;
      if (payloads >= SEAM_RUN_PACKETS_MIN && (ticks !== null || hasClock(bytes, at))) from = at;
    }
    this.run =
      from < 0
        ? new Uint8Array(0)
        : joined(...places.reverse().map((at) => bytes.subarray(at, at + PACKET_BYTES)));
    this.lastTicks = lastTicks;
    this.hasKeyframes = hasKeyframes;
  }
}

/** How a new source goes on: `joined` joins the former one without a seam, `cut` must be told to decoders. */
export type Found =
  | { readonly kind: "joined"; readonly pieces: readonly Piece[] }
  | {
      readonly kind: "cut";
      /** What a decoder needs before the pieces, which then begin with a keyframe; null: no keyframe was found. */
      readonly tables: Uint8Array | null;
      readonly pieces: readonly Piece[];
    };

export class Seam {
  readonly #former: Former;
  readonly #keptBytesMax: number;
  /** How many packets of the former's run have just come. */
  #matched = 0;
  /** Whether both sources' timestamps have one base, and then whether the former's end has been passed. */
  #base: "unknown" | "other" | "behind" | "past" = "unknown";
  #hasJustPassed = false;
  /** To go on with if nothing better comes: from the newest keyframe on, or from the former's end on. */
  #kept: Piece[] = [];
  #keptBytes = 0;
  #keptTables: Uint8Array | null = null;
  #sinceMs: number | null = null;

  /** `keptBytesMax`: the most that is held while the place is looked for. */
  constructor(former: Former, keptBytesMax: number) {
    this.#former = former;
    this.#keptBytesMax = keptBytesMax;
  }

  /** Takes the next piece of the new source; null: the place has not come yet. Once it has, the seam is done. */
  push(piece: Piece, nowMs: number): Found | null {
    this.#sinceMs ??= nowMs;
    const { bytes } = piece;
    const keyframes = piece.marks.filter((mark) => mark.kind === "keyframe");
    /** From where on this piece is kept. */
    let from = 0;
    for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
      const pid = pidOf(bytes, at);
      if (pid === NULL_PID) continue;
      if (this.#follows(bytes, at)) return { kind: "joined", pieces: [part(piece, at + PACKET_BYTES)] };
      const ahead = this.#lookAt(bytes, at, pid);
      while ((keyframes[0]?.offset ?? at) < at) keyframes.shift();
      const keyframe = keyframes[0]?.offset === at ? keyframes[0] : undefined;
      if (keyframe !== undefined && this.#maySplice(ahead)) {
        return { kind: "cut", tables: keyframe.tables, pieces: [part(piece, at)] };
      }
      // The time of the former's end has just come, or a keyframe before it.
      if (keyframe === undefined && !this.#hasJustPassed) continue;
      this.#hasJustPassed = false;
      this.#forget();
      this.#keptTables = keyframe?.tables ?? null;
      from = at;
    }
    this.#kept.push(part(piece, from));
    this.#keptBytes += bytes.length - from;
    return this.#giveUp(nowMs);
  }

  /** Follows the former's last packets; true: the last of them was this one. */
  #follows(bytes: Uint8Array, at: number): boolean {
    const { run } = this.#former;
    if (run.length === 0) return false;
    if (!areSame(bytes, at, run, this.#matched * PACKET_BYTES)) {
      // The first of them is like no other, so that none of those since then can be it.
      this.#matched = 0;
      return false;
    }
    this.#matched += 1;
    return this.#matched * PACKET_BYTES === run.length;
  }

  /** How far ahead of its PID's end what begins here is, ms; null: nothing begins here, or that is not known. */
  #lookAt(bytes: Uint8Array, at: number, pid: number): number | null {
    const last = this.#former.lastTicks.get(pid);
    const ticks = last === undefined ? null : decodeTicks(bytes, at);
    if (last === undefined || ticks === null) return null;
    const ahead = aheadMs(ticks, last);
    if (Math.abs(ahead) > SAME_BASE_MS_MAX) {
      if (this.#base === "unknown") this.#base = "other";
    } else if (ahead <= 0) {
      if (this.#base !== "past") this.#base = "behind";
    } else if (this.#base !== "past") {
      this.#base = "past";
      this.#hasJustPassed = true;
    }
    return ahead;
  }

  /** Whether a keyframe so far ahead is the place; one that does not tell goes by what is known of the others. */
  #maySplice(ahead: number | null): boolean {
    if (ahead === null) return this.#base !== "behind";
    return ahead > 0 || ahead < -SAME_BASE_MS_MAX;
  }

  #forget(): void {
    this.#kept = [];
    this.#keptBytes = 0;
    this.#keptTables = null;
  }

  /** What there is, once it makes no sense to look any longer. */
  #giveUp(nowMs: number): Found | null {
    const isLate = nowMs - (this.#sinceMs ?? nowMs) >= SEAM_MS_MAX;
    const isLong = this.#keptBytes >= this.#keptBytesMax;
    if (this.#base === "behind" && isLong && !isLate) {
      // All of it has been delivered before.
      this.#forget();
      return null;
    }
    // A source whose keyframes we cannot tell goes on where its time, if it tells one, has come.
    const tells = this.#base !== "unknown" || this.#former.run.length === 0;
    const isHopeless = !this.#former.hasKeyframes && this.#base !== "behind" && tells;
    if (!isLate && !isLong && !isHopeless) return null;
    return { kind: "cut", tables: this.#keptTables, pieces: this.#kept };
  }
}

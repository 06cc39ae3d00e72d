/**
 * What comes in from one source, made fit for a ring: whole packets with their marks, in pieces. A source that
 * goes on in a ring where another one left off joins it without a seam if it can (`seam.ts`); else the cut is told
 * in the stream (`opening.ts`) and marked.
 */
import { RESYNC_BYTES_MAX, SYNC_SEARCH_BYTES_MAX } from "../limits.ts";
import { Framer, PACKET_BYTES } from "../mpegts/framing.ts";
import { part } from "../mpegts/pieces.ts";
import { type Piece, Scanner } from "../mpegts/scanner.ts";
import { Opening } from "./opening.ts";
import type { Seam } from "./seam.ts";

/** What was wrong with the bytes of a source. It is counted and passed on. */
export interface Damage {
  readonly continuityErrors: number;
  /** Times that the packets' beat was lost, and bytes that belonged to no packet. */
  readonly resyncs: number;
  readonly discardedBytes: number;
  /** Packets that say themselves that they are damaged, and packets that cannot be looked into. */
  readonly transportErrors: number;
  readonly scrambledPackets: number;
}

export const NO_DAMAGE: Damage = {
  continuityErrors: 0,
  resyncs: 0,
  discardedBytes: 0,
  transportErrors: 0,
  scrambledPackets: 0,
};

export const sumOf = (a: Damage, b: Damage): Damage => ({
  continuityErrors: a.continuityErrors + b.continuityErrors,
  resyncs: a.resyncs + b.resyncs,
  discardedBytes: a.discardedBytes + b.discardedBytes,
  transportErrors: a.transportErrors + b.transportErrors,
  scrambledPackets: a.scrambledPackets + b.scrambledPackets,
});

export class Intake {
  readonly #framer = new Framer();
  readonly #scanner = new Scanner();
  readonly #pieceBytesMax: number;
  /** Where it goes on behind another source is still looked for. */
  #seam: Seam | null;
  #opening: Opening | null = null;
  #keepsMedia = false;

  /** `seam`: for a ring that holds another source's bytes. */
  constructor(options: { readonly pieceBytesMax: number; readonly seam?: Seam | null }) {
    this.#pieceBytesMax = Math.max(
      PACKET_BYTES,
      Math.floor(options.pieceBytesMax / PACKET_BYTES) * PACKET_BYTES,
    );
    this.#seam = options.seam ?? null;
  }

  get damage(): Damage {
    const { continuityErrors, transportErrors, scrambledPackets } = this.#scanner;
    const { resyncs, discardedBytes } = this.#framer;
    return { continuityErrors, resyncs, discardedBytes, transportErrors, scrambledPackets };
  }

  /** Whether it has become clear that these bytes are no MPEG-TS. */
  get isForeign(): boolean {
    const limit = this.#framer.everSynced ? RESYNC_BYTES_MAX : SYNC_SEARCH_BYTES_MAX;
    return this.#framer.unsyncedBytes >= limit;
  }

  /** Whether there was media in the last chunk that was not passed on: the source plays, if not for clients yet. */
  get keepsMedia(): boolean {
    return this.#keepsMedia;
  }

  /** The pieces that `chunk` completes, none much longer than allowed. */
  push(chunk: Uint8Array, nowMs: number): Piece[] {
    const pieces: Piece[] = [];
    this.#keepsMedia = false;
    for (const run of this.#framer.push(chunk)) {
      const piece = this.#scanner.scan(run);
      for (let at = 0; at < piece.bytes.length; at += this.#pieceBytesMax) {
        this.#pass(part(piece, at, at + this.#pieceBytesMax), nowMs, pieces);
      }
    }
    return pieces;
  }

  #pass(piece: Piece, nowMs: number, pieces: Piece[]): void {
    if (this.#seam === null) {
      pieces.push(this.#opening === null ? piece : this.#opening.pass(piece));
      return;
    }
    this.#keepsMedia ||= piece.hasMedia;
    const found = this.#seam.push(piece, nowMs);
    if (found === null) return;
    this.#seam = null;
    if (found.kind === "joined") {
      pieces.push(...found.pieces);
      return;
    }
    const { tables } = found;
    const opening = new Opening(tables !== null);
    this.#opening = opening;
    const first: Piece[] =
      tables === null ? [] : [{ bytes: tables, marks: [{ kind: "pat", offset: 0 }], hasMedia: false }];
    for (const one of [...first, ...found.pieces]) pieces.push(opening.pass(one));
  }
}

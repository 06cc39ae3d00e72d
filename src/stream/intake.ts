/**
 * What comes in from one source, made fit for a ring: whole packets with their marks, in pieces. A source that
 * goes on in a ring where another one left off begins at its first keyframe, with its tables before it.
 */
import { Framer, PACKET_BYTES } from "./framing.ts";
import { RESYNC_BYTES_MAX, SPLICE_BYTES_MAX, SYNC_SEARCH_BYTES_MAX } from "./limits.ts";
import { type Mark, type Piece, Scanner } from "./ts.ts";

const NOTHING = new Uint8Array(0);

export class Intake {
  readonly #framer = new Framer();
  readonly #scanner = new Scanner();
  readonly #pieceBytesMax: number;
  /** Kept back until the first keyframe shows; null: everything passes. */
  #kept: Piece[] | null;
  #keptBytes = 0;

  /** `splicing`: the ring holds another source's bytes. */
  constructor(options: { readonly pieceBytesMax: number; readonly splicing: boolean }) {
    this.#pieceBytesMax = Math.max(
      PACKET_BYTES,
      Math.floor(options.pieceBytesMax / PACKET_BYTES) * PACKET_BYTES,
    );
    this.#kept = options.splicing ? [] : null;
  }

  get continuityErrors(): number {
    return this.#scanner.continuityErrors;
  }

  get resyncs(): number {
    return this.#framer.resyncs;
  }

  get discardedBytes(): number {
    return this.#framer.discardedBytes;
  }

  get transportErrors(): number {
    return this.#scanner.transportErrors;
  }

  get scrambledPackets(): number {
    return this.#scanner.scrambledPackets;
  }

  /** Whether it has become clear that these bytes are no MPEG-TS. */
  get isForeign(): boolean {
    const limit = this.#framer.everSynced ? RESYNC_BYTES_MAX : SYNC_SEARCH_BYTES_MAX;
    return this.#framer.unsyncedBytes >= limit;
  }

  /** The pieces that `chunk` completes, none longer than allowed. */
  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    for (const run of this.#framer.push(chunk)) {
      const piece = this.#scanner.scan(run);
      for (let at = 0; at < piece.bytes.length; at += this.#pieceBytesMax) {
        this.#pass(part(piece, at, at + this.#pieceBytesMax), pieces);
      }
    }
    return pieces;
  }

  #pass(piece: Piece, pieces: Piece[]): void {
    if (this.#kept === null) {
      pieces.push(piece);
      return;
    }
    for (const mark of piece.marks) {
      if (mark.kind !== "keyframe") continue;
      this.#kept = null;
      const marks: Mark[] = [
        { kind: "cut", offset: 0 },
        { kind: "pat", offset: 0 },
      ];
      pieces.push({ bytes: mark.tables, marks, hasMedia: false });
      pieces.push(part(piece, mark.offset));
      return;
    }
    this.#kept.push(piece);
    this.#keptBytes += piece.bytes.length;
    if (this.#keptBytes < SPLICE_BYTES_MAX) return;
    pieces.push({ bytes: NOTHING, marks: [{ kind: "cut", offset: 0 }], hasMedia: false }, ...this.#kept);
    this.#kept = null;
  }
}

/** What lies between two places of a piece. */
function part(piece: Piece, from: number, to = piece.bytes.length): Piece {
  if (from === 0 && to >= piece.bytes.length) return piece;
  const marks: Mark[] = [];
  for (const mark of piece.marks) {
    if (mark.offset >= from && mark.offset < to) marks.push({ ...mark, offset: mark.offset - from });
  }
  return { bytes: piece.bytes.subarray(from, to), marks, hasMedia: piece.hasMedia };
}

/** Parts of pieces. */
import type { Mark, Piece } from "./scanner.ts";

/** What lies between two places of a piece, with the marks in it; both are at packets. */
export function part(piece: Piece, from: number, to = piece.bytes.length): Piece {
  if (from === 0 && to >= piece.bytes.length) return piece;
  const marks: Mark[] = [];
  for (const mark of piece.marks) {
    if (mark.offset >= from && mark.offset < to) marks.push({ ...mark, offset: mark.offset - from });
  }
  return { bytes: piece.bytes.subarray(from, to), marks, hasMedia: piece.hasMedia };
}

/** MPEG-TS, damaged: framing, marks, the seam between two engines, pieces for HLS. */
import fc from "fast-check";
import { mangleFor } from "../../../../src/sim/mangle.ts";
import { openTestStream } from "../../../../src/sim/media/index.ts";
import { Segments } from "../../../../src/stream/hls/segments.ts";
import { LOOK_PACKETS_MAX, SEAM_MS_MAX } from "../../../../src/stream/limits.ts";
import { PACKET_BYTES } from "../../../../src/stream/mpegts/framing.ts";
import type { Piece } from "../../../../src/stream/mpegts/scanner.ts";
import { Intake } from "../../../../src/stream/source/intake.ts";
import { Former, Seam } from "../../../../src/stream/source/seam.ts";
import { damaged } from "./mutate.ts";
import { each, must, type Target } from "./target.ts";

const PIECE_BYTES = 40 * PACKET_BYTES;
/** What an intake may keep back: a beat that is looked for, and a picture that cannot be told yet. */
const KEPT_BYTES_MAX = (5 + LOOK_PACKETS_MAX) * PACKET_BYTES;
const SEAM_BYTES_MAX = 64 * PACKET_BYTES;
const SECOND = Buffer.from(openTestStream({ content: "d".repeat(40) }).read(60_000, 60_400));
const sound: fc.Arbitrary<Uint8Array> = fc.constantFrom(
  SECOND,
  SECOND.subarray(0, 20 * PACKET_BYTES),
  mangleFor([{ kind: "audio_only" }])(SECOND),
  mangleFor([{ kind: "scrambled" }])(SECOND),
  tables(),
);

/** Sections that never end, and a PES packet that is as long as it likes. */
function tables(): Uint8Array {
  const packet = (head: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from(head), Buffer.alloc(188, 0xff)]).subarray(0, 188);
  const pat = packet([0x47, 0x40, 0x00, 0x10, 0x00, 0x00, 0xbf, 0xff, 0x00, 0x01, 0xc1, 0x00, 0xff]);
  const pmt = packet([0x47, 0x41, 0x00, 0x11, 0xff, 0x02, 0xbf, 0xff, 0x00, 0x01, 0xc1, 0x00, 0xff]);
  const pes = packet([0x47, 0x41, 0x01, 0x12, 0x00, 0x00, 0x01, 0xe0, 0x00, 0x00, 0x80, 0xc0, 0xff]);
  return Buffer.concat([
    pat,
    pmt,
    pes,
    ...Array.from({ length: 60 }, () => packet([0x47, 0x01, 0x01, 0x13])),
  ]);
}

function mustBePackets({ bytes, marks }: Piece): void {
  must(bytes.length % PACKET_BYTES === 0, `a piece is whole packets, not ${bytes.length} bytes`);
  for (let at = 0; at < bytes.length; at += PACKET_BYTES)
    must(bytes[at] === 0x47, `a packet begins at ${at}`);
  for (const { offset } of marks)
    must(
      offset >= 0 && offset < bytes.length && offset % PACKET_BYTES === 0,
      `a mark at ${offset} is at a packet`,
    );
}

interface Case {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly cuts: readonly number[];
}

function holds({ before, after, cuts }: Case): void {
  const former = new Former(before.subarray(0, before.length - (before.length % PACKET_BYTES)), true);
  const seams = [null, new Seam(former, SEAM_BYTES_MAX)];
  for (const seam of seams) {
    const intake = new Intake({ pieceBytesMax: PIECE_BYTES, seam });
    const segments = new Segments(1_000 * PACKET_BYTES);
    let [at, passed, turn] = [0, 0, 0];
    while (at < after.length) {
      const chunk = after.subarray(at, at + (cuts[turn % cuts.length] ?? 1));
      at += chunk.length;
      for (const piece of intake.push(chunk, turn++ * (SEAM_MS_MAX / 50))) {
        mustBePackets(piece);
        if (piece.bytes.length > 0) segments.append(piece, passed, 0);
        passed += piece.bytes.length;
      }
      if (seam === null)
        must(at - passed - intake.damage.discardedBytes <= KEPT_BYTES_MAX, "an intake keeps little back");
    }
    let last = Number.NEGATIVE_INFINITY;
    for (const { from, to, durationMs } of segments.whole) {
      must(
        from >= last && to > from && to <= passed,
        `segments follow each other: ${from}-${to} of ${passed}`,
      );
      must(durationMs > 0 && durationMs < 60_000, `a segment has a length: ${durationMs}`);
      last = to;
    }
  }
}

export const tsBytes: Target = {
  name: "ts",
  short: 60,
  run: (plan) =>
    each(
      plan,
      fc.record({
        before: damaged(sound),
        after: fc.oneof(
          damaged(sound),
          fc.uint8Array({ maxLength: 4_000 }).map((bytes) => Buffer.from(bytes)),
        ),
        cuts: fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 8 }),
      }),
      holds,
    ),
};

/** Whatever bytes come, however they are cut: the same packets and marks, nothing without sync, little kept back. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { PlaybackFault } from "../../src/sim/index.ts";
import { mangleFor } from "../../src/sim/mangle.ts";
import { openTestStream } from "../../src/sim/media/index.ts";
import { LOOK_PACKETS_MAX } from "../../src/stream/limits.ts";
import type { Mark } from "../../src/stream/mpegts/scanner.ts";
import { Intake } from "../../src/stream/source/intake.ts";
import { PACKET } from "./stream-media.ts";

const SECOND = openTestStream({ content: "d".repeat(40) }).read(60_000, 61_000);
/** Longer than a packet's beat is looked for, and the packets of a picture that cannot be told yet. */
const KEPT_BYTES_MAX = (5 + LOOK_PACKETS_MAX) * PACKET;
const FAULTS: readonly PlaybackFault[] = [
  { kind: "lost_sync", everyPackets: 60, packets: 7 },
  { kind: "short_packet", everyPackets: 30 },
  { kind: "garbage", everyPackets: 40 },
  { kind: "continuity", everyPackets: 20 },
  { kind: "duplicates", everyPackets: 3 },
  { kind: "transport_error", everyPackets: 20 },
  { kind: "adaptation", everyPackets: 20 },
  { kind: "scrambled" },
  { kind: "no_random_access" },
  { kind: "audio_only" },
  { kind: "packet_size", bytes: 192 },
];

/** Used again for every chunk, as a socket's buffer may be. */
const received = Buffer.alloc(SECOND.length * 2);

/** All that an intake makes of chunks; marks lie at places in the whole. */
function taken(chunks: readonly Uint8Array[]): { intake: Intake; bytes: Buffer; marks: Mark[] } {
  const intake = new Intake({ pieceBytesMax: 40 * PACKET });
  const parts: Uint8Array[] = [];
  const marks: Mark[] = [];
  let [passed, came] = [0, 0];
  for (const sent of chunks) {
    const chunk = received.subarray(0, sent.length);
    chunk.set(sent);
    came += chunk.length;
    for (const piece of intake.push(chunk, 0)) {
      expect(piece.bytes.length).toBeLessThanOrEqual(40 * PACKET);
      expect(piece.bytes.length % PACKET).toBe(0);
      for (let at = 0; at < piece.bytes.length; at += PACKET) expect(piece.bytes[at]).toBe(0x47);
      parts.push(Uint8Array.from(piece.bytes));
      for (const mark of piece.marks) {
        expect(mark.offset).toBeWithin(0, piece.bytes.length);
        marks.push({ ...mark, offset: passed + mark.offset });
      }
      passed += piece.bytes.length;
    }
    expect(came - passed - intake.damage.discardedBytes).toBeWithin(0, KEPT_BYTES_MAX + 1);
  }
  return { intake, bytes: Buffer.concat(parts), marks };
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const sizes = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 20 });
const counted = ({ damage }: Intake) => damage;

function expectTheSame(bytes: Uint8Array, cuts: readonly number[]): void {
  const whole = taken([bytes]);
  const pieces = taken(cut(bytes, cuts));
  expect(pieces.bytes.equals(whole.bytes)).toBe(true);
  expect(pieces.marks).toEqual(whole.marks);
  expect(counted(pieces.intake)).toEqual(counted(whole.intake));
}

test("broken streams give the same packets, marks and counts however they are cut", () => {
  const broken = fc.uniqueArray(fc.constantFrom(...FAULTS), { maxLength: 3, selector: ({ kind }) => kind });
  fc.assert(
    fc.property(broken, sizes, (faults, cuts) => expectTheSame(mangleFor(faults)(SECOND), cuts)),
    { numRuns: 60, seed: 20251012 },
  );
});

test("packets of any content give the same however they are cut, and never throw", () => {
  // Headers that mean something, and the rest by chance.
  const header = fc.tuple(
    fc.constantFrom(0x00, 0x40, 0x41, 0x01, 0x1f, 0xc1),
    fc.constantFrom(0x00, 0x01, 0xff),
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0, 1, 7, 183, 184, 255),
    fc.constantFrom(0x10, 0x40, 0x80, 0xd0, 0xff),
  );
  const payload = fc.constantFrom(
    [0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0, 0, 0, 1, 6, 0xff, 0xff],
    [0, 2, 0xb0, 13],
    [],
  );
  const packets = fc.array(
    fc.tuple(header, payload, fc.uint8Array({ maxLength: 40 })).map(([head, body, noise]) => {
      const bytes = new Uint8Array(PACKET).fill(0xff);
      bytes.set([0x47, ...head, ...body, ...noise]);
      return bytes;
    }),
    { maxLength: 100 },
  );
  const tables = SECOND.subarray(0, 3 * PACKET);
  fc.assert(
    fc.property(packets, sizes, (parts, cuts) => expectTheSame(Buffer.concat([tables, ...parts]), cuts)),
    { numRuns: 200, seed: 20251012 },
  );
});

test("any bytes give whole packets or none, and little is kept of them", () => {
  const noise = fc.uint8Array({ minLength: 1, maxLength: 3_000 });
  const syncs = fc.integer({ min: 1, max: 4_000 }).map((length) => new Uint8Array(length).fill(0x47));
  const media = fc.integer({ min: 0, max: 400 }).map((at) => SECOND.subarray(at * 97, at * 97 + 5_000));
  fc.assert(
    fc.property(fc.array(fc.oneof(noise, syncs, media), { maxLength: 12 }), sizes, (parts, cuts) =>
      expectTheSame(Buffer.concat(parts), cuts),
    ),
    { numRuns: 200, seed: 20251012 },
  );
});

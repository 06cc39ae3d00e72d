/** Packets out of bytes: the sync, its loss, and how it is found again. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { openTestStream } from "../../src/sim/media/index.ts";
import { Framer } from "../../src/stream/mpegts/framing.ts";
import { joined, PACKET, packet } from "./stream-media.ts";

const MEDIA = openTestStream({ content: "a".repeat(40) }).read(60_000, 61_000);

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  chunks.push(bytes.subarray(at));
  return chunks;
}

function framed(chunks: readonly Uint8Array[]): { framer: Framer; bytes: Buffer } {
  const framer = new Framer();
  const runs = chunks.flatMap((chunk) => framer.push(chunk));
  for (const run of runs) {
    expect(run.length % PACKET).toBe(0);
    for (let at = 0; at < run.length; at += PACKET) expect(run[at]).toBe(0x47);
  }
  return { framer, bytes: Buffer.concat(runs) };
}

const numbered = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, i) =>
    packet({ pid: 0x101, counter: from + i, payload: [from + i, 0, 1, 2] }),
  );

describe("the framer", () => {
  test("passes whole packets on untouched", () => {
    const { framer, bytes } = framed([MEDIA]);
    expect(bytes.equals(MEDIA)).toBe(true);
    expect(framer).toMatchObject({ resyncs: 0, discardedBytes: 0, unsyncedBytes: 0, everSynced: true });
  });

  test("gives the same packets however the bytes are cut", () => {
    const garbage = fc.uint8Array({ maxLength: 700 });
    const part = fc.oneof(
      fc.record({ packets: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ garbage }),
      fc.record({ short: fc.integer({ min: 1, max: 187 }) }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 40 }),
        (parts, sizes) => {
          const bytes = joined(
            parts.flatMap((one, index) =>
              "packets" in one
                ? numbered(index * 16, index * 16 + one.packets)
                : "garbage" in one
                  ? [one.garbage]
                  : numbered(index, index + 1).map((whole) => whole.subarray(0, one.short)),
            ),
          );
          const whole = framed([bytes]);
          const pieces = framed(cut(bytes, sizes));
          expect(pieces.bytes.equals(whole.bytes)).toBe(true);
          expect(pieces.framer.resyncs).toBe(whole.framer.resyncs);
          expect(pieces.framer.discardedBytes).toBe(whole.framer.discardedBytes);
        },
      ),
      { numRuns: 300, seed: 20251012 },
    );
  });

  test("takes single bytes", () => {
    const bytes = MEDIA.subarray(0, 20 * PACKET);
    expect(framed(Array.from(bytes, (byte) => Uint8Array.of(byte))).bytes.equals(bytes)).toBe(true);
  });

  test("begins at the first packet of a source that begins in the middle of one", () => {
    const { framer, bytes } = framed([MEDIA.subarray(100)]);
    expect(bytes.equals(MEDIA.subarray(PACKET))).toBe(true);
    expect(framer).toMatchObject({ resyncs: 0, discardedBytes: 88 });
  });

  test("finds the sync again after garbage, and counts", () => {
    const good = numbered(0, 10);
    const more = numbered(10, 20);
    const { framer, bytes } = framed([joined([...good, new Uint8Array(500).fill(7), ...more])]);
    expect(bytes.equals(joined([...good, ...more]))).toBe(true);
    expect(framer).toMatchObject({ resyncs: 1, discardedBytes: 500, unsyncedBytes: 0 });
  });

  test("loses two packets at most to one of 187 bytes", () => {
    const packets = numbered(0, 20);
    const short = packets.map((one, index) => (index === 5 ? one.subarray(0, 187) : one));
    const { framer, bytes } = framed([joined(short)]);
    expect(framer.resyncs).toBe(1);
    const expected = [...packets.slice(0, 5), ...packets.slice(7)];
    expect(bytes.subarray(0, 5 * PACKET).equals(joined(expected.slice(0, 5)))).toBe(true);
    expect(bytes.subarray(-13 * PACKET).equals(joined(expected.slice(5)))).toBe(true);
  });

  test("never finds a sync in a web page, and counts its bytes", () => {
    const html = new TextEncoder().encode(
      `<!DOCTYPE html><html><head><title>Gateway</title></head>${"<p>Gone: GGGG</p>\n".repeat(4000)}</html>`,
    );
    const { framer, bytes } = framed(cut(html, [1, 10, 100, 1000, 10_000]));
    expect(bytes.length).toBe(0);
    expect(framer).toMatchObject({ everSynced: false, unsyncedBytes: html.length });
  });

  test("keeps no more than four packets while it searches", () => {
    const framer = new Framer();
    for (let i = 0; i < 100; i++) expect(framer.push(new Uint8Array(10_000).fill(0x46))).toEqual([]);
    expect(framer.discardedBytes).toBe(1_000_000 - 4 * PACKET);
    expect(framer.unsyncedBytes).toBe(1_000_000);
  });
});

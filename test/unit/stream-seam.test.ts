/** Where a stream goes on when another engine takes over, and what decoders are told of it. */
import { describe, expect, test } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { openTestStream } from "../../src/sim/media/index.ts";
import { SEAM_MS_MAX } from "../../src/stream/limits.ts";
import { aheadMs, decodeTicks, nullPackets } from "../../src/stream/mpegts/packets.ts";
import type { Piece } from "../../src/stream/mpegts/scanner.ts";
import { Ring } from "../../src/stream/ring.ts";
import { Intake } from "../../src/stream/source/intake.ts";
import { Opening } from "../../src/stream/source/opening.ts";
import { Former, Seam } from "../../src/stream/source/seam.ts";
import { joined, PACKET, PIDS, packet, pidAt, withoutFiller } from "./stream-media.ts";

const VIDEO = 0x100;
const HOUR_MS = 3_600_000;
const CONTENT = contentId(7);
/** Media time at which everything here begins. */
const START_MS = HOUR_MS;
/** 20 s of a broadcast, with keyframes at whole seconds. */
const BROADCAST = Buffer.from(openTestStream({ content: CONTENT }).read(START_MS, START_MS + 20_000));

/** Other bytes at the same times; from another moment on, its counters begin elsewhere, too. */
const another = (fromMs: number, toMs: number, caption = "another"): Buffer =>
  Buffer.from(openTestStream({ content: CONTENT, caption }).read(START_MS + fromMs, START_MS + toMs));

const packets = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: bytes.length / PACKET }, (_, index) =>
    bytes.subarray(index * PACKET, (index + 1) * PACKET),
  );
const bytesOf = (pieces: readonly Piece[]): Buffer => joined(pieces.map(({ bytes }) => bytes));
const cutsIn = (pieces: readonly Piece[]): number =>
  pieces.flatMap(({ marks }) => marks.filter(({ kind }) => kind === "cut")).length;

interface SeamOptions {
  readonly keptBytesMax?: number;
  readonly hasKeyframes?: boolean;
}

/** An intake that goes on behind `delivered`. */
function after(
  delivered: Uint8Array,
  { keptBytesMax = 2 ** 20, hasKeyframes = true }: SeamOptions = {},
): Intake {
  const seam = new Seam(new Former(delivered, hasKeyframes), keptBytesMax);
  return new Intake({ pieceBytesMax: 65_424, seam });
}

/** Where a frame begins: its picture's first packet. */
function frameAt(bytes: Buffer, ms: number): number {
  for (let at = 0; at < bytes.length; at += PACKET) {
    const ticks = pidAt(bytes, at) === VIDEO ? decodeTicks(bytes, at) : null;
    if (ticks !== null && Math.abs(aheadMs(ticks, 90 * (START_MS + ms))) < 1) return at;
  }
  throw new Error(`no picture begins at ${ms} ms`);
}

/** Continuity as ffmpeg checks it: counts breaks that were not announced. */
function unannounced(bytes: Uint8Array): number {
  const counters = new Map<number, number>();
  let breaks = 0;
  for (const one of packets(bytes)) {
    const pid = pidAt(one, 0);
    const control = one[3] ?? 0;
    const flags = (control & 0x20) !== 0 && (one[4] ?? 0) > 0 ? (one[5] ?? 0) : 0;
    const last = counters.get(pid);
    const expected = last === undefined ? undefined : (last + ((control & 0x10) === 0 ? 0 : 1)) & 15;
    if (pid !== PIDS.none && expected !== undefined && (flags & 0x80) === 0 && (control & 15) !== expected)
      breaks++;
    counters.set(pid, control & 15);
  }
  return breaks;
}

describe("a source with the same packets", () => {
  // The former one ends in the middle of a picture; the new one begins anywhere before that.
  const endAt = frameAt(BROADCAST, 12_360) + 7 * PACKET;
  const delivered = BROADCAST.subarray(0, endAt);
  for (const [what, fromMs, off] of [
    ["some seconds earlier", 9_000, 0],
    ["in the middle of a picture", 10_200, 5 * PACKET],
    ["in the middle of a packet", 11_080, 3 * PACKET + 77],
    ["a moment before", 12_080, 0],
  ] as const) {
    test(`that begins ${what} goes on exactly behind the last packet, and nobody is told`, () => {
      const intake = after(delivered);
      const source = BROADCAST.subarray(frameAt(BROADCAST, fromMs) + off);
      const pieces: Piece[] = [];
      for (let at = 0; at < source.length; at += 1_000)
        pieces.push(...intake.push(source.subarray(at, at + 1_000), 0));
      expect(bytesOf(pieces).equals(BROADCAST.subarray(endAt))).toBe(true);
      expect(cutsIn(pieces)).toBe(0);
      expect(unannounced(joined([delivered, bytesOf(pieces)]))).toBe(0);
    });
  }

  test("goes on exactly, whatever null packets lie between them on either side", () => {
    const stuffed = (bytes: Buffer, every: number): Buffer =>
      joined(packets(bytes).flatMap((one, n) => (n % every === 0 ? [one, nullPackets(2)] : [one])));
    const intake = after(joined([stuffed(delivered, 3), nullPackets(30)]));
    const pieces = intake.push(stuffed(BROADCAST.subarray(frameAt(BROADCAST, 11_000)), 5), 0);
    expect(withoutFiller(bytesOf(pieces)).equals(BROADCAST.subarray(endAt))).toBe(true);
  });

  test("is told apart from one that only begins with the same packets", () => {
    const source = Buffer.from(BROADCAST.subarray(frameAt(BROADCAST, 9_000)));
    const last = endAt - frameAt(BROADCAST, 9_000) - 20;
    source[last] = (source[last] ?? 0) ^ 1;
    const pieces = after(delivered).push(source, 0);
    expect(cutsIn(pieces)).toBe(1);
    expect(decodeTicks(bytesOf(pieces), 5 * PACKET)).toBe(90 * (START_MS + 13_000));
  });

  test("plays, as far as the engine is concerned, while it repeats what was delivered", () => {
    const intake = after(delivered);
    const from = frameAt(BROADCAST, 11_000);
    expect(intake.push(BROADCAST.subarray(from, from + 200 * PACKET), 0)).toEqual([]);
    expect(intake.keepsMedia).toBe(true);
    expect(intake.push(nullPackets(5), 0)).toEqual([]);
    expect(intake.keepsMedia).toBe(false);
  });

  test("holds nothing back for what was delivered, however much that is", () => {
    const intake = after(delivered, { keptBytesMax: 100_000 });
    const pieces: Piece[] = [];
    for (let at = 0; at < BROADCAST.length; at += 20_000)
      pieces.push(...intake.push(BROADCAST.subarray(at, at + 20_000), 0));
    expect(bytesOf(pieces).equals(BROADCAST.subarray(endAt))).toBe(true);
  });
});

describe("a source with other packets", () => {
  const endAt = frameAt(BROADCAST, 12_360) + 7 * PACKET;
  const delivered = BROADCAST.subarray(0, endAt);

  test("and the same times goes on at the first keyframe that was not delivered", () => {
    const source = another(9_000, 16_000);
    const pieces = after(delivered).push(source, 0);
    const bytes = bytesOf(pieces);
    expect(cutsIn(pieces)).toBe(1);
    // PAT, PMT and the keyframe, each behind what tells that its PID was interrupted.
    expect([0, 1, 2, 3, 4, 5].map((n) => pidAt(bytes, n * PACKET))).toEqual([
      0,
      0,
      0x1000,
      0x1000,
      VIDEO,
      VIDEO,
    ]);
    expect(decodeTicks(bytes, 5 * PACKET)).toBe(90 * (START_MS + 13_000));
    expect(unannounced(joined([delivered, bytes]))).toBe(0);
    // The picture is the source's own from there on, but for the flag in the keyframe's clock reference.
    const picture = (all: Buffer) => packets(all).filter((one) => pidAt(one, 0) === VIDEO);
    const [kept, sent] = [picture(bytes).slice(1), picture(source.subarray(frameAt(source, 13_000)))];
    expect((kept[0]?.[5] ?? 0) & ~(sent[0]?.[5] ?? 0)).toBe(0x80);
    expect(joined(kept.slice(1)).equals(joined(sent.slice(1)))).toBe(true);
    expect(pieces.flatMap(({ marks }) => marks).find(({ kind }) => kind === "keyframe")?.offset).toBe(PACKET);
  });

  test("and another clock goes on at its first keyframe, and the clock's jump is told", () => {
    for (const fromMs of [-2 * HOUR_MS + 120, 2 * HOUR_MS + 120]) {
      const source = another(fromMs, fromMs + 3_000).subarray(30 * PACKET);
      const bytes = bytesOf(after(delivered).push(source, 0));
      expect(decodeTicks(bytes, 5 * PACKET)).toBe(
        (((90 * (START_MS + fromMs - 120 + 1_000)) % 2 ** 33) + 2 ** 33) % 2 ** 33,
      );
      // Discontinuity, random access and a clock reference in one packet.
      expect((bytes[5 * PACKET + 5] ?? 0) & 0xd0).toBe(0xd0);
      expect(unannounced(joined([delivered, bytes]))).toBe(0);
    }
  });

  test("passes nothing of units whose beginnings came before", () => {
    const sent = packets(another(9_000, 16_000));
    const keyframe = frameAt(another(9_000, 16_000), 13_000) / PACKET;
    // The rest of a sound that began before the keyframe comes behind it.
    const rest = sent.findLastIndex(
      (one, n) => n < keyframe && pidAt(one, 0) === 0x101 && ((one[1] ?? 0) & 0x40) === 0,
    );
    sent.splice(keyframe, 0, ...sent.splice(rest, 1));
    const source = joined(sent);
    const bytes = bytesOf(after(delivered).push(source, 0));
    const begun = new Set<number>();
    for (const one of packets(bytes)) {
      const pid = pidAt(one, 0);
      if (((one[3] ?? 0) & 0x10) === 0 || begun.has(pid)) continue;
      expect([pid, (one[1] ?? 0) & 0x40]).toEqual([pid, 0x40]);
      begun.add(pid);
    }
    expect([...begun].toSorted((a, b) => a - b)).toEqual([0, 0x11, VIDEO, 0x101, 0x1000]);
  });

  test("tells each PID's break once, and passes everything else untouched", () => {
    const source = another(13_000, 16_000);
    const intake = after(delivered);
    const bytes: Uint8Array[] = [];
    for (let at = 0; at < source.length; at += 5_000)
      bytes.push(bytesOf(intake.push(source.subarray(at, at + 5_000), 0)));
    const told = packets(joined(bytes)).filter((one) => ((one[3] ?? 0) & 0x30) === 0x20);
    expect(told.map((one) => pidAt(one, 0)).toSorted((a, b) => a - b)).toEqual([
      0,
      0x11,
      VIDEO,
      0x101,
      0x1000,
    ]);
    const tail = joined(bytes).subarray(-1_000 * PACKET);
    expect(tail.equals(source.subarray(-1_000 * PACKET))).toBe(true);
  });

  test("tells the clock's break once where a PID of its own carries nothing else, and copies nothing after it", () => {
    const CLOCK = 0x1ff;
    const clock = (n: number): Uint8Array => packet({ pid: CLOCK, clock: 90_000 + n * 3_600 });
    const picture = (n: number): Uint8Array =>
      packet({ pid: VIDEO, counter: n, begins: true, payload: [0, 0, 1, 0xe0] });
    const opening = new Opening(false);
    // Too short for a clock, whatever its flags say.
    const short = packet({ pid: 0x1fe, payload: new Array(PACKET - 6).fill(1) });
    short[5] = 0x10;
    opening.pass({ bytes: short, marks: [], hasMedia: true });
    let announced = 0;
    for (let n = 0; n < 50; n++) {
      const piece = { bytes: joined([clock(n), picture(n)]), marks: [], hasMedia: true };
      const passed = opening.pass(piece);
      for (const one of packets(passed.bytes))
        if (pidAt(one, 0) === CLOCK && ((one[5] ?? 0) & 0x80) !== 0) announced += 1;
      if (n > 0) expect(passed).toBe(piece);
    }
    expect(announced).toBe(1);
  });

  test("that comes slowly is waited for no longer than the limit, then goes on at its newest keyframe", () => {
    const source = another(9_000, 12_000);
    const intake = after(delivered);
    expect(intake.push(source, 5_000)).toEqual([]);
    expect(intake.push(another(12_000, 12_080).subarray(0, 20 * PACKET), 5_000 + SEAM_MS_MAX - 1)).toEqual(
      [],
    );
    const pieces = intake.push(nullPackets(1), 5_000 + SEAM_MS_MAX);
    expect(decodeTicks(bytesOf(pieces), 5 * PACKET)).toBe(90 * (START_MS + 12_000));
    expect(cutsIn(pieces)).toBe(1);
  });

  test("and no keyframe goes on where its time has come, once too much is held", () => {
    const plain = packets(another(9_000, 16_000)).map((one) => {
      const copy = Uint8Array.from(one);
      // Without the flag, and without any start of a unit by which a keyframe could be told.
      if (((copy[3] ?? 0) & 0x20) !== 0 && (copy[4] ?? 0) > 0) copy[5] = (copy[5] ?? 0) & ~0x40;
      return copy;
    });
    const source = joined(plain.filter((one) => pidAt(one, 0) !== 0x1000 && pidAt(one, 0) !== 0));
    const intake = after(delivered, { keptBytesMax: 100_000 });
    const pieces: Piece[] = [];
    let heldBytes = 0;
    for (let at = 0; at < source.length && pieces.length === 0; at += 5_000) {
      heldBytes = at - frameAt(source, 12_360);
      pieces.push(...intake.push(source.subarray(at, at + 5_000), 0));
    }
    expect(heldBytes).toBeLessThan(120_000);
    expect(cutsIn(pieces)).toBe(1);
    const first = packets(bytesOf(pieces)).find((one) => decodeTicks(one, 0) !== null);
    expect(
      aheadMs(decodeTicks(first ?? new Uint8Array(0), 0) ?? 0, 90 * (START_MS + 12_360)),
    ).toBeGreaterThan(0);
  });
});

describe("a source whose times and keyframes cannot be told", () => {
  const opaque = (mark: number) =>
    joined(Array.from({ length: 50 }, (_, n) => packet({ pid: VIDEO, counter: n, payload: [mark, n] })));

  test("goes on at once behind one that was no better, and its break is told", () => {
    const bytes = bytesOf(after(opaque(1), { hasKeyframes: false }).push(opaque(2), 0));
    expect(bytes.length).toBe(51 * PACKET);
    expect(bytes.subarray(PACKET).equals(opaque(2))).toBe(true);
  });

  test("is held no longer than the limits behind one that was better", () => {
    const slow = after(BROADCAST);
    expect(slow.push(opaque(2), 0)).toEqual([]);
    expect(bytesOf(slow.push(opaque(3), SEAM_MS_MAX)).length).toBe(101 * PACKET);
    const fast = after(BROADCAST, { keptBytesMax: 60 * PACKET });
    expect(fast.push(opaque(2), 0)).toEqual([]);
    expect(bytesOf(fast.push(opaque(3), 0)).length).toBe(101 * PACKET);
  });
});

describe("times", () => {
  test("are those of decoding, and are compared the shorter way round", () => {
    const [, first] = packets(BROADCAST).flatMap((one) => decodeTicks(one, 0) ?? []);
    expect(aheadMs(first ?? 0, 90 * START_MS)).toBeLessThan(100);
    const both = [0, 0, 1, 0xe0, 0, 0, 0x80, 0xc0, 10, 0x31, 0, 1, 0, 0x91, 0x11, 0, 1, 0, 0x2d];
    expect(decodeTicks(packet({ pid: 9, begins: true, payload: both }), 0)).toBe(22);
    expect(decodeTicks(packet({ pid: 9, payload: both }), 0)).toBeNull();
    const damaged = packet({ pid: 9, begins: true, payload: both });
    damaged[1] = (damaged[1] ?? 0) | 0x80;
    expect(decodeTicks(damaged, 0)).toBeNull();
    expect(aheadMs(90, 2 ** 33 - 90)).toBe(2);
    expect(aheadMs(2 ** 33 - 90, 90)).toBe(-2);
  });

  test("are remembered from the ring's last bytes, whatever segments they lie in", () => {
    const ring = new Ring(2 ** 20);
    ring.append({ bytes: BROADCAST.subarray(0, 700_000 - (700_000 % PACKET)), marks: [], hasMedia: true });
    const last = ring.last(300 * PACKET);
    expect(last.length).toBe(300 * PACKET);
    expect(BROADCAST.subarray(700_000 - (700_000 % PACKET) - last.length).indexOf(last)).toBe(0);
    expect(ring.last(2 ** 22).length).toBe(ring.heldBytes);
  });
});

/** Where a stream is cut for HLS, and what is promised of the pieces. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type MediaSegment, Segments } from "../../src/stream/hls/segments.ts";
import { type Mark, Scanner } from "../../src/stream/mpegts/scanner.ts";
import { Ring } from "../../src/stream/ring.ts";
import { PACKET, Program } from "./stream-media.ts";

const TABLES = new Uint8Array(2 * PACKET);
const FAR = 2 ** 40;
const STEP_MS = 40;

/** A stream that is fed with marks alone: each tick takes one packet and a clock reference. */
function marked(options: { readonly bytesMax?: number; readonly stepMs?: number } = {}) {
  const segments = new Segments(options.bytesMax ?? FAR);
  const stepMs = options.stepMs ?? STEP_MS;
  let position = 0;
  let clockMs = 1_000;
  const tick = (...kinds: readonly Mark["kind"][]): void => {
    clockMs += stepMs;
    const marks = kinds.map((kind): Mark => {
      if (kind === "keyframe") return { kind, offset: 0, tables: TABLES };
      if (kind === "clock") return { kind, offset: 0, ticks: clockMs * 90 };
      return { kind, offset: 0 };
    });
    segments.append({ bytes: new Uint8Array(PACKET), marks, hasMedia: true }, position, 0);
    position += PACKET;
  };
  return {
    segments,
    tick,
    get position() {
      return position;
    },
    /** Time goes by without keyframes. */
    pass(ms: number) {
      for (let passed = 0; passed < ms; passed += stepMs) tick("clock");
    },
    /** A keyframe, and time until the next one. */
    gop(ms: number) {
      tick("keyframe", "clock");
      for (let passed = stepMs; passed < ms; passed += stepMs) tick("clock");
    },
    jump(ms: number) {
      clockMs += ms;
    },
  };
}
const lengths = ({ whole }: Segments): number[] => whole.map(({ durationMs }) => durationMs);

describe("segments", () => {
  test("begin at keyframes, as soon as there are two seconds, and leave out what no decoder can use", () => {
    const stream = marked();
    stream.pass(400);
    const from = stream.position;
    for (let i = 0; i < 7; i++) stream.gop(1_000);
    expect(lengths(stream.segments)).toEqual([2_000, 2_000, 2_000]);
    const [first, second, third] = stream.segments.whole;
    expect(first).toMatchObject({ sequence: 0, from, tables: TABLES, isAfterBreak: false });
    expect([second?.from, third?.from]).toEqual([first?.to, second?.to]);
    expect(stream.segments.openFrom).toBe(third?.to ?? -1);
  });

  test("are one group of pictures where that is longer, and the promise fits it", () => {
    const stream = marked();
    for (let i = 0; i < 3; i++) stream.gop(4_800);
    expect(lengths(stream.segments)).toEqual([4_800, 4_800]);
    expect(stream.segments.promiseTargetMs()).toBe(5_000);
  });

  test("are the ranges of real packets, from keyframe to keyframe", () => {
    const ring = new Ring(2 ** 22);
    const scanner = new Scanner();
    const program = new Program(1_000_000);
    const segments = new Segments(FAR);
    for (let frame = 0; frame < 25 * 7; frame++) {
      const base = ring.end;
      const piece = scanner.scan(program.frames(1));
      ring.append(piece);
      segments.append(piece, base, ring.start);
    }
    expect(lengths(segments)).toEqual([2_000, 2_000, 2_000]);
    for (const { from, to } of segments.whole) {
      expect([from % program.frameBytes, to % program.frameBytes]).toEqual([2 * PACKET, 2 * PACKET]);
    }
  });

  test("of a source without a picture are cut by time", () => {
    const stream = marked();
    // Each packet of sound counts as a place to begin at.
    for (let i = 0; i < 250; i++) stream.tick("clock", "keyframe");
    for (const ms of lengths(stream.segments)) expect(Math.abs(ms - 1_800)).toBeLessThanOrEqual(STEP_MS);
    expect(stream.segments.whole.length).toBe(5);
  });

  test("of a source whose keyframes nobody can tell begin at its tables, by time", () => {
    const stream = marked();
    for (let i = 0; i < 500; i++) stream.tick("clock", ...(i % 5 === 0 ? (["pat"] as const) : []));
    const { whole } = stream.segments;
    expect(whole.length).toBeGreaterThan(5);
    for (const { tables, durationMs } of whole) {
      expect(tables).toBe(null);
      expect(durationMs).toBeGreaterThan(1_700);
      expect(durationMs).toBeLessThan(2_500);
    }
    for (const { from } of whole) expect((from / PACKET) % 5).toBe(0);
  });

  test("begin at keyframes still when the first ones were shorter, up to four seconds", () => {
    const stream = marked();
    stream.gop(2_000);
    stream.gop(400);
    expect(stream.segments.promiseTargetMs()).toBe(4_000);
    for (let i = 0; i < 5; i++) stream.gop(4_000);
    expect(lengths(stream.segments)).toEqual([2_000, 4_400, 4_000, 4_000, 4_000]);
  });

  test("end before a step of the clock that would make them too long; it counts for the next", () => {
    for (const tables of [true, false]) {
      const stream = marked();
      if (tables) stream.tick("keyframe", "clock");
      else for (let i = 0; i < 130; i++) stream.tick("pat", "clock");
      expect(stream.segments.promiseTargetMs()).toBe(4_000);
      stream.pass(tables ? 4_300 : 1_600);
      for (let i = 0; i < 8; i++) {
        stream.jump(860);
        stream.tick("clock");
      }
      const { whole } = stream.segments;
      expect(whole.length).toBeGreaterThan(1);
      for (const { durationMs } of whole) expect(Math.round(durationMs / 1000)).toBeLessThanOrEqual(4);
      expect(whole.map(({ breaks }) => breaks)).toEqual(whole.map(() => 0));
      // Nothing is lost between them.
      for (const [index, one] of whole.slice(1).entries()) expect(one.from).toBe(whole[index]?.to ?? -1);
    }
  });

  test("that had to end where a keyframe stands begin with it, and are not empty", () => {
    const stream = marked();
    stream.tick("keyframe", "clock");
    stream.segments.promiseTargetMs();
    stream.pass(4_300);
    stream.jump(860);
    stream.tick("clock", "keyframe");
    stream.pass(1_200);
    stream.tick("keyframe", "clock");
    const [first, second] = stream.segments.whole;
    expect(first?.durationMs).toBeLessThan(4_499);
    expect(second?.durationMs).toBeGreaterThan(1_800);
    for (const { from, to } of stream.segments.whole) expect(to).toBeGreaterThan(from);
  });

  test("never exceed what was promised, however keyframes and clock references come, and join without a gap", () => {
    const gops = fc.array(fc.array(fc.integer({ min: 20, max: 1_000 }), { minLength: 1, maxLength: 60 }), {
      minLength: 3,
      maxLength: 20,
    });
    fc.assert(
      fc.property(gops, fc.nat(10), fc.boolean(), (steps, promisedAt, hasKeyframes) => {
        const stream = marked({ stepMs: 0 });
        const { segments } = stream;
        let targetMs = Number.POSITIVE_INFINITY;
        for (const [index, group] of steps.entries()) {
          if (index === promisedAt) targetMs = segments.promiseTargetMs();
          stream.tick(hasKeyframes ? "keyframe" : "pat");
          for (const stepMs of group) {
            stream.jump(stepMs);
            stream.tick("clock");
          }
        }
        for (const { durationMs } of segments.whole) {
          expect(Math.round(durationMs / 1000)).toBeLessThanOrEqual(targetMs / 1000);
        }
        expect(segments.promiseTargetMs()).toBe(Number.isFinite(targetMs) ? targetMs : segments.targetMs);
        segments.whole.reduce((before: MediaSegment | null, one) => {
          if (before !== null) expect([one.sequence, one.from]).toEqual([before.sequence + 1, before.to]);
          return one;
        }, null);
      }),
      { numRuns: 200, seed: 20251012 },
    );
  });

  test("that had to end early come back to keyframes at the next one", () => {
    const stream = marked();
    stream.gop(2_000);
    stream.gop(2_000);
    expect(stream.segments.promiseTargetMs()).toBe(4_000);
    stream.gop(6_000);
    stream.gop(2_000);
    stream.gop(2_000);
    const [, , , stray, back] = stream.segments.whole;
    expect(lengths(stream.segments).reduce((sum, ms) => sum + ms)).toBe(12_000);
    expect((stray?.durationMs ?? 9_999) < 1_800).toBe(true);
    expect(back).toMatchObject({ durationMs: 2_000 });
  });

  test("take no more of the ring than allowed", () => {
    const stream = marked({ bytesMax: 25 * PACKET });
    for (let i = 0; i < 4; i++) stream.gop(4_000);
    for (const { from, to } of stream.segments.whole) expect(to - from).toBeLessThanOrEqual(25 * PACKET);
  });

  test("end where the clock jumps, in either direction, and the time line breaks there", () => {
    for (const jumpMs of [5_000, -5_000]) {
      const stream = marked();
      stream.gop(2_000);
      stream.gop(800);
      stream.jump(jumpMs);
      stream.pass(400);
      stream.gop(2_000);
      stream.gop(2_000);
      stream.tick("keyframe", "clock");
      const { whole } = stream.segments;
      expect(whole.map(({ isAfterBreak, breaks }) => [isAfterBreak, breaks])).toEqual([
        [false, 0],
        [false, 0],
        [true, 1],
        [false, 1],
      ]);
      expect(lengths(stream.segments)).toEqual([2_000, 760, 2_000, 2_000]);
      // What no decoder can use lies between.
      expect((whole[2]?.from ?? 0) - (whole[1]?.to ?? 0)).toBe(10 * PACKET);
    }
  });

  test("end where another source begins", () => {
    const stream = marked();
    stream.gop(2_000);
    stream.gop(1_000);
    stream.tick("cut", "pat");
    stream.jump(700);
    stream.gop(2_000);
    stream.gop(2_000);
    expect(stream.segments.whole.map(({ breaks }) => breaks)).toEqual([0, 0, 1]);
  });

  test("go on where the clock wraps", () => {
    const segments = new Segments(FAR);
    for (let i = 0; i < 200; i++) {
      const ticks = (2 ** 33 + 90 * (i * STEP_MS - 3_000)) % 2 ** 33;
      const marks: Mark[] = [{ kind: "clock", offset: 0, ticks }];
      if (i % 25 === 0) marks.unshift({ kind: "keyframe", offset: 0, tables: TABLES });
      segments.append({ bytes: new Uint8Array(PACKET), marks, hasMedia: true }, i * PACKET, 0);
    }
    expect(lengths(segments)).toEqual([2_000, 2_000, 2_000]);
    expect(segments.whole.some(({ isAfterBreak }) => isAfterBreak)).toBe(false);
  });

  test("too short to be seen are none, and the break before them is not lost", () => {
    const stream = marked();
    stream.gop(2_000);
    stream.tick("cut");
    stream.gop(STEP_MS);
    stream.tick("cut");
    stream.gop(2_000);
    stream.tick("keyframe", "clock");
    expect(stream.segments.whole.map(({ breaks, sequence }) => [sequence, breaks])).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test("go with the ring's bytes; the last one is whole when nothing more comes", () => {
    const stream = marked();
    for (let i = 0; i < 6; i++) stream.gop(2_000);
    const { segments } = stream;
    const [, second] = segments.whole;
    segments.append(
      { bytes: new Uint8Array(0), marks: [], hasMedia: false },
      stream.position,
      (second?.from ?? 0) - 1,
    );
    expect(segments.whole[0]?.sequence).toBe(1);
    segments.append(
      { bytes: new Uint8Array(0), marks: [], hasMedia: false },
      stream.position,
      (second?.from ?? 0) + 1,
    );
    expect(segments.whole[0]?.sequence).toBe(2);
    expect(segments.whole.at(-1)?.sequence).toBe(4);
    segments.finish(stream.position);
    expect(segments.whole.at(-1)).toMatchObject({ sequence: 5, to: stream.position, durationMs: 1_960 });
  });
});

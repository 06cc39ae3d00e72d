/** The ring, the pace of a client, and when the one waits for the other. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Fanout, type Reading } from "../../src/stream/fanout.ts";
import { BEGINNING_MS, BURST_GRACE_MS, JOIN_WINDOW_MS } from "../../src/stream/limits.ts";
import { type Mark, type Piece, Scanner } from "../../src/stream/mpegts/scanner.ts";
import { Pace } from "../../src/stream/pace.ts";
import { Ring } from "../../src/stream/ring.ts";
import { handClock } from "./odd-server.ts";
import { PACKET, Program } from "./stream-media.ts";

const TABLES = new Uint8Array(2 * PACKET);
const piece = (bytes: Uint8Array, marks: readonly Mark[] = []): Piece => ({ bytes, marks, hasMedia: true });
const filled = (packets: number, value: number) => new Uint8Array(packets * PACKET).fill(value);

/** All that lies in the ring from a position on. */
function readAll(ring: Ring, from: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = from; ; ) {
    const part = ring.read(at);
    if (part.length === 0) return Buffer.concat(parts);
    parts.push(part);
    at += part.length;
  }
}

describe("a ring", () => {
  test("holds the end of what was written, never more than its capacity, and says before what it will forget", () => {
    const writes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 2 * PACKET, max: 60 * PACKET }), writes, (capacity, sizes) => {
        const ring = new Ring(capacity);
        let written = new Uint8Array(0);
        for (const [index, size] of sizes.entries()) {
          const bytes = filled(Math.min(size, ring.pieceBytesMax / PACKET), index);
          const start = ring.startAfter(bytes.length);
          ring.append(piece(bytes));
          written = Buffer.concat([written, bytes]);
          expect(ring.start).toBe(start);
          expect(ring.end).toBe(written.length);
          expect(ring.heldBytes).toBeLessThanOrEqual(capacity);
          expect(Buffer.compare(readAll(ring, ring.start), written.subarray(ring.start))).toBe(0);
        }
        const middle = Math.floor((ring.start + ring.end) / 2);
        expect(Buffer.compare(readAll(ring, middle), written.subarray(middle))).toBe(0);
      }),
      { numRuns: 200, seed: 20251012 },
    );
  });

  test("uses most of its capacity", () => {
    const ring = new Ring(8 * 2 ** 20);
    for (let i = 0; i < 200; i++) ring.append(piece(new Uint8Array(ring.pieceBytesMax)));
    expect(ring.heldBytes).toBeGreaterThan(7.9 * 2 ** 20);
  });

  test("never changes what it handed out", () => {
    const ring = new Ring(32 * PACKET);
    ring.append(piece(filled(3, 1)));
    const handed = ring.read(0);
    const copy = handed.slice();
    for (let i = 2; i < 100; i++) ring.append(piece(filled(1, i)));
    expect(ring.start).toBeGreaterThan(handed.length);
    expect(Buffer.compare(handed, copy)).toBe(0);
  });

  test("writes again where only brief views were handed out, and takes no new memory for it", () => {
    const ring = new Ring(32 * PACKET);
    const memories = new Set<ArrayBufferLike>();
    for (let i = 0; i < 400; i++) {
      ring.append(piece(filled(1, i)));
      memories.add(ring.read(ring.end - PACKET, PACKET, true).buffer);
    }
    expect(memories.size).toBe(32);
    const lent = ring.read(ring.end - PACKET);
    const copy = lent.slice();
    for (let i = 0; i < 400; i++) {
      ring.append(piece(filled(1, i + 7)));
      ring.read(ring.end - PACKET, PACKET, true);
    }
    expect(Buffer.compare(lent, copy)).toBe(0);
  });

  test("is entered at the newest keyframe, with its tables", () => {
    const ring = new Ring(64 * PACKET);
    const at = (packets: number): Mark => ({ kind: "keyframe", offset: packets * PACKET, tables: TABLES });
    ring.append(piece(filled(4, 1), [at(1), at(3)]));
    ring.append(piece(filled(4, 2)));
    expect(ring.entry()).toEqual({ position: 3 * PACKET, tables: TABLES });
    for (let i = 0; i < 100; i++) ring.append(piece(filled(1, 3)));
    expect(ring.entry()).toEqual({ position: ring.end, tables: null });
    expect([ring.hasHadKeyframes, new Ring(64 * PACKET).hasHadKeyframes]).toEqual([true, false]);
  });

  test("without a keyframe is entered at a PAT half-way: not at once forgotten, and with something behind it", () => {
    const ring = new Ring(64 * PACKET);
    ring.append(piece(filled(4, 1), [{ kind: "pat", offset: 2 * PACKET }]));
    expect(ring.entry()).toEqual({ position: 2 * PACKET, tables: null });
    for (let i = 0; i < 140; i++) ring.append(piece(filled(1, 3), [{ kind: "pat", offset: 0 }]));
    const middle = (ring.start + ring.end) / 2;
    expect(Math.abs(ring.entry().position - middle)).toBeLessThanOrEqual(2 * ring.pieceBytesMax);
  });

  test("knows media time at its positions, and forgets with the bytes", () => {
    const ring = new Ring(512 * 1024);
    const program = new Program(1_000_000);
    const scanner = new Scanner();
    expect(ring.mediaMsAt(0)).toBe(null);
    expect(ring.bitrate).toBe(null);
    for (let frame = 0; frame < 200; frame++) ring.append(scanner.scan(program.frames(1)));
    const heldMs = program.mediaMs(ring.heldBytes);
    const knownMs = (ring.mediaMsAt(ring.end) ?? 0) - (ring.mediaMsAt(ring.start) ?? 0);
    expect(Math.abs(knownMs - heldMs)).toBeLessThan(300);
    expect(Math.abs((ring.bitrate ?? 0) - 1_000_000)).toBeLessThan(50_000);
    const faster = new Program(3_000_000);
    const second = new Scanner();
    ring.append({ bytes: new Uint8Array(0), marks: [{ kind: "cut", offset: 0 }], hasMedia: false });
    for (let frame = 0; frame < 50; frame++) ring.append(second.scan(faster.frames(1)));
    expect(Math.abs((ring.bitrate ?? 0) - 3_000_000)).toBeLessThan(150_000);
  });

  test("adds no time at a cut between sources", () => {
    const ring = new Ring(2 ** 20);
    ring.append(new Scanner().scan(new Program(1_000_000).seconds(1)));
    const beforeMs = ring.mediaMsAt(ring.end);
    ring.append({ bytes: new Uint8Array(0), marks: [{ kind: "cut", offset: 0 }], hasMedia: false });
    const other = new Program(1_000_000);
    other.seconds(5);
    ring.append(new Scanner().scan(other.seconds(1)));
    expect((ring.mediaMsAt(ring.end) ?? 0) - (beforeMs ?? 0)).toBeLessThan(1_001);
  });
});

describe("the pace of a client", () => {
  test("is late when it has taken less than time has passed, with a grace", () => {
    const pace = new Pace(0);
    expect(pace.lateAtMs(0)).toBe(BURST_GRACE_MS);
    pace.took(1_000, 5_000);
    expect(pace.lateAtMs(1_000)).toBe(5_000 + BURST_GRACE_MS);
    expect(pace.lateAtMs(9_000)).toBe(7_000);
    pace.took(9_000, 1_000);
    expect(pace.lateAtMs(9_000)).toBe(8_000);
  });

  test("is not made late by waiting for the source, which still uses up its lead", () => {
    const pace = new Pace(0);
    pace.took(0, 5_000);
    pace.waits(0, true);
    expect(pace.lateAtMs(4_000)).toBe(4_000 + 1_000 + BURST_GRACE_MS);
    expect(pace.lateAtMs(60_000)).toBe(60_000 + BURST_GRACE_MS);
    pace.waits(60_000, false);
    expect(pace.lateAtMs(61_000)).toBe(60_000 + BURST_GRACE_MS);
  });

  test("has caught up once it has taken all there is", () => {
    const pace = new Pace(0);
    expect(pace.lateAtMs(10_000)).toBe(BURST_GRACE_MS);
    pace.waits(10_000, true);
    expect(pace.lateAtMs(10_001)).toBe(10_001 + BURST_GRACE_MS);
  });
});

describe("room for more", () => {
  const clientOf = (nowMs: number): Reading & { position: number; delivered: number } => ({
    position: 0,
    pace: new Pace(nowMs),
    delivered: 0,
    rewind() {
      this.position = 0;
    },
    enter() {},
    deliver() {
      this.delivered += 1;
    },
  });
  /** A full ring whose beginning is long ago, its clock, and whether a writer waits. */
  function full() {
    const clock = handClock();
    const fanout = new Fanout(64 * PACKET, clock);
    while (fanout.ring.startAfter(PACKET) === 0) fanout.write(piece(filled(1, 1)));
    clock.pass(BEGINNING_MS + 1);
    return { clock, fanout, stop: new AbortController() };
  }
  const settled = async (wait: Promise<void> | null): Promise<boolean> => {
    const other = {};
    for (let i = 0; i < 10; i++) await Promise.resolve();
    return (await Promise.race([wait, Promise.resolve(other)])) !== other;
  };

  test("is there at once when nobody would lose anything", () => {
    const { fanout, stop } = full();
    expect(fanout.room(PACKET, stop.signal)).toBe(null);
    const client = clientOf(0);
    fanout.adopt(client);
    client.position = fanout.ring.startAfter(PACKET);
    expect(fanout.room(PACKET, stop.signal)).toBe(null);
  });

  test("is waited for while a client keeps up, until it is late", async () => {
    const { clock, fanout, stop } = full();
    const client = clientOf(clock.monotonicMs());
    fanout.adopt(client);
    const wait = fanout.room(PACKET, stop.signal);
    expect(client.delivered).toBe(1);
    clock.pass(BURST_GRACE_MS - 1);
    expect(await settled(wait)).toBe(false);
    clock.pass(1);
    expect(await settled(wait)).toBe(true);
    expect(fanout.room(PACKET, stop.signal)).toBe(null);
    expect(clock.nextMs()).toBe(null);
  });

  test("comes when the client has taken what it would lose, and when it leaves", async () => {
    const { clock, fanout, stop } = full();
    const client = clientOf(clock.monotonicMs());
    fanout.adopt(client);
    const first = fanout.room(PACKET, stop.signal);
    client.position = PACKET;
    fanout.took(PACKET, 0, PACKET);
    expect(await settled(first)).toBe(false);
    client.position = 8 * PACKET;
    fanout.took(7 * PACKET, PACKET, 8 * PACKET);
    expect(await settled(first)).toBe(true);
    client.position = 0;
    const second = fanout.room(PACKET, stop.signal);
    fanout.leave(client);
    expect(await settled(second)).toBe(true);
    expect(clock.nextMs()).toBe(null);
    expect(fanout.holds).toBe(2);
  });

  test("is not waited for by a source that is read no more, and no timer or listener is left", async () => {
    const { clock, fanout, stop } = full();
    const client = clientOf(clock.monotonicMs());
    fanout.adopt(client);
    let listeners = 0;
    const { signal } = stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const wait = fanout.room(PACKET, signal);
    for (let i = 0; i < 20; i++) {
      fanout.skipped();
      expect(await settled(wait)).toBe(false);
      expect(listeners).toBe(1);
    }
    stop.abort();
    expect(await settled(wait)).toBe(true);
    expect(listeners).toBe(0);
    expect(clock.nextMs()).toBe(null);
  });

  test("is waited for at the beginning: for a first client, and a moment for others", async () => {
    const begin = () => {
      const clock = handClock();
      const fanout = new Fanout(64 * PACKET, clock);
      while (fanout.ring.startAfter(PACKET) === 0) fanout.write(piece(filled(1, 1)));
      return { clock, fanout, wait: fanout.room(PACKET, new AbortController().signal) };
    };
    const alone = begin();
    alone.clock.pass(BEGINNING_MS - 1);
    expect(await settled(alone.wait)).toBe(false);
    alone.clock.pass(1);
    expect(await settled(alone.wait)).toBe(true);

    const visited = begin();
    visited.clock.pass(50);
    const client = clientOf(visited.clock.monotonicMs());
    client.position = -1;
    visited.fanout.join(client);
    expect(client.position).toBe(0);
    client.position = visited.fanout.ring.end;
    visited.clock.pass(JOIN_WINDOW_MS - 51);
    expect(await settled(visited.wait)).toBe(false);
    visited.clock.pass(1);
    expect(await settled(visited.wait)).toBe(true);
  });
});

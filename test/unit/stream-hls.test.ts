/** A client that watches by HLS: what it is shown over time, what it gets, and when the source waits for it. */
import { describe, expect, test } from "bun:test";
import { Fanout } from "../../src/stream/fanout.ts";
import { HlsClient } from "../../src/stream/hls/client.ts";
import { HLS_DOWNLOADS_MAX, HLS_FIRST_SEGMENT_MS, JOIN_WINDOW_MS } from "../../src/stream/limits.ts";
import { type Piece, Scanner } from "../../src/stream/mpegts/scanner.ts";
import { PlaylistWatch } from "../support/playlists.ts";
import { handClock } from "./odd-server.ts";
import { FRAME_MS, lookAt, PACKET, PIDS, Program, pidAt } from "./stream-media.ts";

const MIB = 2 ** 20;
const CUT: Piece = { bytes: new Uint8Array(0), marks: [{ kind: "cut", offset: 0 }], hasMedia: false };

/** A stream, and one who watches it. */
function world(options: { readonly bufferBytes?: number; readonly bitsPerSecond?: number } = {}) {
  const clock = handClock();
  const fanout = new Fanout(options.bufferBytes ?? 8 * MIB, clock, 0);
  const bitsPerSecond = options.bitsPerSecond ?? 2_000_000;
  const gone: string[] = [];
  let source = { program: new Program(bitsPerSecond), scanner: new Scanner() };
  const one = {
    clock,
    fanout,
    gone,
    get program() {
      return source.program;
    },
    join: (id = 1) =>
      new HlsClient(
        id,
        fanout,
        clock,
        () => 30_000,
        (reason) => gone.push(reason),
      ),
    /** Media at the pace of the clock. */
    live(ms: number, each: () => void = () => {}) {
      for (let passed = 0; passed < ms; passed += FRAME_MS) {
        one.burst(FRAME_MS);
        clock.pass(FRAME_MS);
        each();
      }
    },
    /** Media in no time. */
    burst(ms: number) {
      for (let passed = 0; passed < ms; passed += FRAME_MS) {
        fanout.write(source.scanner.scan(source.program.frames(1)));
      }
      fanout.deliver();
    },
    /** Another engine goes on with the stream. */
    cut() {
      fanout.write(CUT);
      source = { program: new Program(bitsPerSecond, 1), scanner: new Scanner() };
    },
  };
  return one;
}

const bytesOf = (body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> => {
  if (body === null) throw new Error("the segment is not there");
  return new Response(body).bytes();
};

/** A player that asks once a target duration and takes all that is new from the newest three on. */
function player(client: HlsClient) {
  const watch = new PlaylistWatch();
  let next: number | null = null;
  return {
    watch,
    /** Segments that it asked for and did not get. */
    missed: 0,
    async poll() {
      const listed = watch.read(client.playlist(""));
      next ??= listed.at(-3)?.sequence ?? listed[0]?.sequence ?? 0;
      for (const { sequence } of listed) {
        if (sequence < next) continue;
        this.missed += sequence - next;
        await bytesOf(client.segment(sequence));
        next = sequence + 1;
      }
    },
  };
}

describe("a playlist", () => {
  for (const [mbps, mib] of [
    [0.5, 2],
    [2, 2],
    [2, 16],
    // Too small for three segments.
    [4, 2],
  ] as const) {
    test(`keeps the rules over time: ${mbps} Mbit/s, a buffer of ${mib} MiB, two changes of the source`, async () => {
      const { live, cut, join, fanout } = world({ bufferBytes: mib * MIB, bitsPerSecond: mbps * 1_000_000 });
      live(9_000);
      const ringSeconds = (mib * MIB * 8) / (mbps * 1_000_000);
      const client = join();
      const one = player(client);
      for (let round = 0; round < 40; round++) {
        await one.poll();
        if (round === 12 || round === 25) cut();
        // Not at one place of each segment, but at all of them.
        live(1_720 + (round % 5) * 120);
        // What it showed is still there a target duration later, as far as the buffer can hold it so long.
        const { listed } = one.watch;
        const kept = ringSeconds > 16 ? listed : ringSeconds > 8 ? listed.slice(1) : [];
        for (const { sequence } of kept) expect(client.segment(sequence)).not.toBe(null);
        client.sink.break("enough");
      }
      expect(one.missed).toBe(0);
      expect(one.watch.targetSeconds).toBe(4);
      expect(one.watch.seen.size).toBeGreaterThan(36);
      expect(one.watch.listed.at(-1)?.breaks).toBe(2);
      expect(fanout.skips).toBe(0);
      const seconds = one.watch.listed.reduce((sum, { duration }) => sum + duration, 0);
      expect(seconds).toBeGreaterThanOrEqual(Math.min(6, ringSeconds - 5));
      // The older half is for those who come late.
      if (ringSeconds > 16) {
        expect(seconds).toBeLessThanOrEqual(ringSeconds / 2);
        expect(seconds).toBeGreaterThan(ringSeconds / 2 - 4);
      }
    });
  }

  test("lists a first segment as soon as there is one, and the end when the content is over", async () => {
    const { live, join, fanout, clock } = world();
    const client = join();
    const signal = new AbortController().signal;
    const ready = client.ready(signal);
    live(2_100);
    expect(await ready).toBe("ready");
    expect(clock.nextMs()).toBe(null);
    const watch = new PlaylistWatch();
    expect(watch.read(client.playlist("")).map(({ uri, duration }) => [uri, duration])).toEqual([
      ["0.ts", 2],
    ]);
    live(900);
    client.finish();
    expect(watch.read(client.playlist("")).map(({ duration }) => duration)).toEqual([2, 1]);
    expect(watch.isOver).toBe(true);
    expect((await bytesOf(client.segment(1))).length).toBeGreaterThan(PACKET);
    expect(fanout.segments.whole.at(-1)?.to).toBe(fanout.ring.end);
  });

  test("is waited for a while, and no longer", async () => {
    const { clock, join } = world();
    const signal = new AbortController().signal;
    const late = join(1).ready(signal);
    clock.pass(HLS_FIRST_SEGMENT_MS);
    expect(await late).toBe("late");

    const ended = join(2);
    const over = ended.ready(signal);
    ended.finish();
    expect(await over).toBe("over");

    const leaving = new AbortController();
    const left = join(3).ready(leaving.signal);
    leaving.abort();
    expect(await left).toBe("over");

    const dropped = join(4);
    const broken = dropped.ready(signal);
    dropped.sink.break("the stream failed");
    expect(await broken).toBe("over");
    expect(clock.nextMs()).toBe(null);
  });

  test("goes on with its numbers in another stream, after a break", async () => {
    const first = world();
    const other = world();
    first.live(11_000);
    other.live(7_000);
    other.cut();
    other.live(19_000);
    const client = first.join();
    const one = player(client);
    await one.poll();
    const last = one.watch.listed.at(-1);
    client.moveTo(other.fanout);
    expect(first.fanout.clients.size).toBe(0);
    other.live(2_000);
    await one.poll();
    expect(client.playlist("")).toMatch(/DISCONTINUITY-SEQUENCE:\d+\n#EXT-X-DISCONTINUITY\n/);
    const [next] = one.watch.listed;
    expect(next?.sequence).toBe((last?.sequence ?? 0) + 1);
    // One break, though the other stream had one of its own before.
    expect(next?.breaks).toBe((last?.breaks ?? 0) + 1);
    expect(client.segment(last?.sequence ?? 0)).toBe(null);
    other.live(9_000);
    await one.poll();
    expect(one.missed).toBe(0);
  });

  test("of a stream that has no segment yet counts on", () => {
    const first = world();
    first.live(5_000);
    const client = first.join();
    const watch = new PlaylistWatch();
    watch.read(client.playlist(""));
    client.moveTo(world().fanout);
    const text = client.playlist("");
    expect(text).toContain("#EXT-X-MEDIA-SEQUENCE:2\n");
    expect(text).not.toContain("EXTINF");
  });
});

describe("a segment", () => {
  test("begins with the tables and a keyframe, and follows the one before packet by packet", async () => {
    const { live, join, fanout, program } = world();
    live(7_000);
    const client = join();
    client.playlist("");
    const parts: Uint8Array[] = [];
    for (const sequence of [0, 1, 2]) {
      const bytes = await bytesOf(client.segment(sequence));
      expect([0, 1, 2].map((packet) => pidAt(bytes, packet * PACKET))).toEqual([
        PIDS.pat,
        PIDS.pmt,
        PIDS.video,
      ]);
      expect(lookAt(bytes).unaligned).toBe(0);
      parts.push(bytes.subarray(2 * PACKET));
    }
    const from = fanout.segments.whole[0]?.from ?? 0;
    const wanted = new Program(2_000_000).seconds(7).subarray(from);
    const joined = Buffer.concat(parts);
    expect(joined.equals(wanted.subarray(0, joined.length))).toBe(true);
    expect(program.mediaMs(joined.length)).toBe(6_000);
    expect(fanout.bytesOut).toBe(joined.length + 3 * 2 * PACKET);
    expect(client.position).toBe(fanout.segments.whole[2]?.to ?? -1);
  });

  test("that has left the ring, or was never there, is none", () => {
    const { live, join } = world({ bufferBytes: 2 * MIB });
    live(3_000);
    const client = join();
    expect(client.segment(0)).not.toBe(null);
    for (const sequence of [1, 2, -1, Number.NaN, 2 ** 53]) expect(client.segment(sequence)).toBe(null);
    live(20_000);
    expect(client.segment(0)).toBe(null);
  });

  test("that is under way stays whole though the ring forgets it", async () => {
    const { live, join } = world({ bufferBytes: 2 * MIB });
    live(3_000);
    const client = join();
    const body = client.segment(0);
    live(20_000);
    expect(client.segment(0)).toBe(null);
    const bytes = await bytesOf(body);
    const look = lookAt(bytes);
    expect({ breaks: look.breaks, unaligned: look.unaligned }).toEqual({ breaks: 0, unaligned: 0 });
  });

  test("is broken off when the client is, and when it asks for too many at once", async () => {
    const { live, join } = world();
    live(9_000);
    const client = join();
    const bodies = Array.from({ length: HLS_DOWNLOADS_MAX + 1 }, (_, n) => client.segment(n % 3));
    expect(bytesOf(bodies[0] ?? null)).rejects.toThrow("too many segments at once");
    await bytesOf(bodies[1] ?? null);
    client.sink.break("the stream failed");
    expect(bytesOf(bodies[2] ?? null)).rejects.toThrow("the stream failed");
  });
});

describe("the source", () => {
  /** Writes so much media as fast as it may. */
  function pour({ fanout, program }: ReturnType<typeof world>, frames: number, hasClock = true) {
    const scanner = new Scanner();
    const stop = new AbortController();
    let written = 0;
    const poured = (async () => {
      for (; written < frames; written++) {
        const scanned = scanner.scan(program.frames(1));
        const marks = scanned.marks.filter(({ kind }) => hasClock || kind !== "clock");
        const piece = { ...scanned, marks };
        const wait = fanout.room(piece.bytes.length, stop.signal);
        if (wait !== null) await wait;
        if (stop.signal.aborted) return;
        fanout.write(piece);
        fanout.deliver();
      }
    })();
    return {
      poured,
      stop,
      get seconds() {
        return (written * FRAME_MS) / 1000;
      },
    };
  }
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5_000; i++) await Promise.resolve();
  };

  test("waits in a burst for one that keeps up with the clock: it misses nothing", async () => {
    const stage = world({ bufferBytes: 2 * MIB });
    const client = stage.join();
    const pouring = pour(stage, 1_000);
    await settle();
    const watch = new PlaylistWatch();
    const parts: Uint8Array[] = [];
    for (let sequence = 0; sequence < 19; sequence++) {
      const listed = watch.read(client.playlist(""));
      expect(listed.map((one) => one.sequence)).toContain(sequence);
      // Never much more than the ring ahead of it.
      expect(pouring.seconds).toBeLessThan(sequence * 2 + 10);
      parts.push((await bytesOf(client.segment(sequence))).subarray(2 * PACKET));
      stage.clock.pass(2_000);
      await settle();
    }
    expect(stage.fanout.skips).toBe(0);
    expect(stage.fanout.holds).toBeGreaterThan(0);
    const joined = Buffer.concat(parts);
    const wanted = new Program(2_000_000).seconds(40).subarray(2 * PACKET);
    expect(joined.equals(wanted.subarray(0, joined.length))).toBe(true);
    pouring.stop.abort();
    await pouring.poured;
  });

  test("waits no longer for one that asks for nothing, though it had taken all that it was shown", async () => {
    const stage = world({ bufferBytes: 2 * MIB });
    stage.live(6_500);
    const client = stage.join();
    await player(client).poll();
    const pouring = pour(stage, 2_000);
    await settle();
    const heldAt = pouring.seconds;
    expect(heldAt).toBeLessThan(10);
    // It is ahead by what it took, has a while to ask again, and then it is late.
    for (let ms = 0; ms < 14_000; ms += 500) {
      stage.clock.pass(500);
      await settle();
    }
    expect(pouring.seconds).toBe(80);
    // It is let in again where players begin.
    const listed = new PlaylistWatch().read(client.playlist(""));
    expect(stage.fanout.skips).toBe(1);
    expect(client.position).toBe(stage.fanout.segments.whole.at(-3)?.from ?? -1);
    expect(listed.length).toBeGreaterThanOrEqual(3);
  });

  test("waits for none that has nothing to take, since the stream has no clock any more", async () => {
    const stage = world({ bufferBytes: 2 * MIB });
    stage.live(6_500);
    const client = stage.join();
    const one = player(client);
    await one.poll();
    const pouring = pour(stage, 2_000, false);
    for (let ms = 0; ms < 20_000; ms += 1_000) {
      await settle();
      await one.poll();
      stage.clock.pass(1_000);
    }
    await settle();
    expect(pouring.seconds).toBe(80);
  });

  test("goes on as soon as a segment has been taken", async () => {
    const stage = world({ bufferBytes: 2 * MIB });
    const client = stage.join();
    const pouring = pour(stage, 1_000);
    await settle();
    stage.clock.pass(JOIN_WINDOW_MS);
    await settle();
    const heldAt = pouring.seconds;
    client.playlist("");
    await bytesOf(client.segment(0));
    await settle();
    expect(pouring.seconds).toBeGreaterThanOrEqual(heldAt + 1.5);
    pouring.stop.abort();
    await pouring.poured;
  });

  test("waits for none that asks and takes nothing, though it took all before", async () => {
    const stage = world({ bufferBytes: 2 * MIB });
    stage.live(6_500);
    const client = stage.join();
    await player(client).poll();
    const pouring = pour(stage, 2_000);
    for (let ms = 0; ms < 20_000; ms += 1_000) {
      await settle();
      client.playlist("");
      stage.clock.pass(1_000);
    }
    await settle();
    expect(pouring.seconds).toBe(80);
  });
});

describe("two players that look alike", () => {
  test("share a session: each gets what it asks for, and neither makes the other late", async () => {
    const { live, join, fanout } = world();
    live(9_000);
    const client = join();
    const one = player(client);
    const other = player(client);
    for (let round = 0; round < 20; round++) {
      await one.poll();
      live(1_300);
      if (round > 4) await other.poll();
      live(700);
    }
    expect([one.missed, other.missed, fanout.skips]).toEqual([0, 0, 0]);
    expect([one.watch.seen.size > 18, other.watch.seen.size > 14]).toEqual([true, true]);
  });

  test("are waited for in a burst as one: what one has taken the source waits for no more", async () => {
    const { burst, clock, join, fanout } = world({ bufferBytes: 2 * MIB });
    burst(4_200);
    const client = join();
    const one = player(client);
    const other = player(client);
    await one.poll();
    await other.poll();
    const { position } = client;
    expect(position).toBe(fanout.segments.whole.at(-1)?.to ?? -1);
    // The second one takes an older segment again: the place that they share does not go back.
    await bytesOf(client.segment(0));
    expect(client.position).toBe(position);
    const nowMs = clock.monotonicMs();
    expect(client.lateAtMs(nowMs)).toBeGreaterThan(nowMs);
  });
});

describe("the client", () => {
  test("makes progress by asking, and may have gone when it does not ask for one and a half target durations", () => {
    const { live, clock, join } = world();
    live(5_000);
    const client = join();
    const before = client.bytesTaken;
    client.playlist("");
    expect(client.bytesTaken).toBeGreaterThan(before);
    clock.pass(6_000);
    expect(client.hasMore).toBe(false);
    clock.pass(1);
    expect(client.hasMore).toBe(true);
    client.playlist("");
    expect([client.hasMore, client.idleMs(clock.monotonicMs())]).toEqual([false, 0]);
  });

  test("is not silent while its first question is not answered", async () => {
    const { live, clock, join } = world();
    const client = join();
    const ready = client.ready(new AbortController().signal);
    clock.pass(15_000);
    expect([client.hasMore, client.idleMs(clock.monotonicMs())]).toEqual([false, 0]);
    live(2_100);
    expect(await ready).toBe("ready");
    clock.pass(1_000);
    expect(client.idleMs(clock.monotonicMs())).toBe(1_000);
  });

  test("is heard of while it takes bytes", async () => {
    const { live, clock, join } = world();
    live(5_000);
    const client = join();
    const { position } = client;
    const body = client.segment(0)?.getReader();
    clock.pass(5_000);
    await body?.read();
    expect(client.idleMs(clock.monotonicMs())).toBe(0);
    await body?.cancel();
    expect(client.position).toBe(position);
  });

  test("is never taken for gone between two of a patient player's questions", () => {
    const { live, fanout, clock } = world();
    const client = new HlsClient(
      1,
      fanout,
      clock,
      () => 1_000,
      () => {},
    );
    expect(client.patienceMs).toBe(12_000);
    live(100);
    const patient = new HlsClient(
      2,
      fanout,
      clock,
      () => 60_000,
      () => {},
    );
    // Until it is known to play.
    expect(patient.patienceMs).toBe(12_000);
    patient.playlist("");
    expect(patient.patienceMs).toBe(12_000);
    patient.playlist("");
    expect(patient.patienceMs).toBe(60_000);
  });

  test("begins where players begin", () => {
    const { live, join, fanout } = world();
    live(21_000);
    // Three target durations of four seconds.
    expect(join().position).toBe(fanout.segments.whole.at(-6)?.from ?? -1);
  });
});

/** The picture in place of an error: sound as a transport stream, in real time, and never ended cleanly. */
import { describe, expect, test } from "bun:test";
import { roomLog } from "../../src/cli/room-log.ts";
import { serveBun } from "../../src/http/serve-bun.ts";
import type { ClientSink, ClientSource } from "../../src/stream/sinks/sink.ts";
import { webSink } from "../../src/stream/sinks/sink-web.ts";
import { encodeSlate } from "../../src/stream/slate/card.ts";
import { createSlates, type Refused, type Slates } from "../../src/stream/slate/index.ts";
import {
  SLATE_CLIENTS_MAX,
  SLATE_GOP_FRAMES,
  SLATE_LEAD_MS,
  SLATE_LINE_LETTERS_MAX,
  SLATE_MS,
  SLATE_PICTURES_MAX,
} from "../../src/stream/slate/limits.ts";
import { Pictures } from "../../src/stream/slate/pictures.ts";
import { FRAME_TICKS, Reel, STEP_MS } from "../../src/stream/slate/reel.ts";
import { type ShownCode, wordsOf } from "../../src/stream/slate/words.ts";
import { play } from "../support/player.ts";
import { slatePlanes } from "../support/slate.ts";
import { until } from "../support/until.ts";
import { handClock } from "./odd-server.ts";

const PACKET = 188;
const HASH = "0123456789abcdef0123456789abcdef01234567";
const FULL: Refused = {
  code: "no_capacity",
  message: "all engines are full",
  retryAfterSeconds: null,
  hash: HASH,
};
/** As many letters as there can be, of those with the most ink. */
const DENSE: Refused = { ...FULL, message: "B8 ".repeat(400), retryAfterSeconds: 1_000 };
const CODES: readonly ShownCode[] = [
  "no_capacity",
  "provisioning_blocked",
  "draining",
  "engine_error",
  "engine_timeout",
];
const log = roomLog("slate");

const reelOf = (refused: Refused): Reel => new Reel(encodeSlate(wordsOf(refused)));
const run = (reel: Reel, ms: number): Buffer =>
  Buffer.concat(Array.from({ length: ms / STEP_MS }, () => reel.step()));

interface Packet {
  readonly pid: number;
  readonly counter: number;
  readonly pcr: number | null;
  readonly pts: number | null;
  readonly isKey: boolean;
}

function packetsOf(bytes: Buffer): Packet[] {
  expect(bytes.length % PACKET).toBe(0);
  return Array.from({ length: bytes.length / PACKET }, (_, index) => {
    const packet = bytes.subarray(index * PACKET, (index + 1) * PACKET);
    expect(packet[0]).toBe(0x47);
    const adapted = (packet.readUInt8(3) & 0x20) !== 0;
    const fieldBytes = adapted ? packet.readUInt8(4) : 0;
    const flags = fieldBytes > 0 ? packet.readUInt8(5) : 0;
    const payload = packet.subarray(adapted ? 5 + fieldBytes : 4);
    const beginsPes = (packet.readUInt8(1) & 0x40) !== 0 && payload.readUIntBE(0, 3) === 1;
    return {
      pid: packet.readUInt16BE(1) & 0x1fff,
      counter: packet.readUInt8(3) & 15,
      pcr: flags & 0x10 ? packet.readUInt32BE(6) * 2 + (packet.readUInt8(10) >> 7) : null,
      pts: beginsPes
        ? ((payload.readUInt8(9) >> 1) & 7) * 2 ** 30 +
          (payload.readUInt16BE(10) >> 1) * 2 ** 15 +
          (payload.readUInt16BE(12) >> 1)
        : null,
      isKey: (flags & 0x40) !== 0,
    };
  });
}

const VIDEO = 0x100;
const AUDIO = 0x101;
const clocksOf = (bytes: Buffer): number[] => packetsOf(bytes).flatMap(({ pcr }) => pcr ?? []);
const stepsOf = (times: readonly number[]): Set<number> =>
  new Set(times.slice(1).map((time, index) => time - (times[index] ?? 0)));

describe("a slate as packets", () => {
  const bytes = run(reelOf(FULL), 20_000);
  const packets = packetsOf(bytes);

  test("every packet is the next one of its PID", () => {
    const last = new Map<number, number>();
    for (const { pid, counter } of packets) {
      const before = last.get(pid);
      if (before !== undefined) expect(counter).toBe((before + 1) % 16);
      last.set(pid, counter);
    }
    expect([...last.keys()].sort((a, b) => a - b)).toEqual([0, 0x11, VIDEO, AUDIO, 0x1000]);
  });

  test("it begins with the tables and a key picture, and has both again and again", () => {
    const [sdt, pat, pmt, picture] = packets;
    expect([sdt?.pid, pat?.pid, pmt?.pid, picture?.pid]).toEqual([0x11, 0, 0x1000, VIDEO]);
    expect(picture?.isKey).toBe(true);
    const keys = packets.filter(({ isKey }) => isKey).map(({ pts }) => pts ?? 0);
    expect(stepsOf(keys)).toEqual(new Set([SLATE_GOP_FRAMES * FRAME_TICKS]));
    expect(packets.filter(({ pid }) => pid === 0).length).toBe(20_000 / STEP_MS);
  });

  test("clock, pictures and sound go on evenly, over every seam of the loop", () => {
    expect(stepsOf(clocksOf(bytes))).toEqual(new Set([FRAME_TICKS]));
    const timesOf = (pid: number) =>
      packets.flatMap((packet) => (packet.pid === pid ? (packet.pts ?? []) : []));
    expect(stepsOf(timesOf(VIDEO))).toEqual(new Set([FRAME_TICKS]));
    // Whole frames of 1024 samples, as many as fit into a step.
    expect([...stepsOf(timesOf(AUDIO))].every((step) => step % 1920 === 0)).toBe(true);
    const [firstPicture = 0] = timesOf(VIDEO);
    expect(firstPicture - (clocksOf(bytes)[0] ?? 0)).toBe(300 * 90);
  });

  test("even the densest one has no more than 300 kbit/s", () => {
    const words = wordsOf(DENSE);
    for (const line of words.lines) expect(line.length).toBeLessThanOrEqual(SLATE_LINE_LETTERS_MAX);
    expect(words.lines).toHaveLength(3);
    expect((run(reelOf(DENSE), 20_000).length * 8) / 20).toBeLessThan(300_000);
  });

  test("its words say what is the matter, why, and for whom", () => {
    expect(wordsOf({ ...FULL, retryAfterSeconds: 120 })).toEqual({
      title: "NO PLACE IS FREE",
      lines: ["all engines are full", "channel 01234567  -  try again in 120 s"],
    });
    expect(wordsOf({ ...FULL, code: "engine_timeout", message: "no peer" }).title).toBe("CHANNEL IS OFFLINE");
    const blocked = wordsOf({
      ...FULL,
      code: "provisioning_blocked",
      message: `VPN is down ${"x".repeat(99)}`,
    });
    expect(blocked.title).toBe("ALL PLACES ARE TAKEN");
    expect(blocked.lines[0]).toBe("VPN is down");
    expect(blocked.lines[1]).toEndWith("..");
    // All of it is seen: other words are another picture.
    const pictures = CODES.map((code) => slatePlanes({ ...FULL, code }).toString("base64"));
    expect(new Set(pictures).size).toBe(CODES.length - 1);
    expect(slatePlanes({ ...FULL, hash: `1${HASH.slice(1)}` }).equals(slatePlanes(FULL))).toBe(false);
  });
});

test("of the pictures so many are kept, and the one that was not wanted for the longest time goes first", () => {
  const pictures = new Pictures();
  const of = (n: number): Uint8Array => pictures.of({ title: "T", lines: [String(n)] });
  const first = of(0);
  const second = of(1);
  for (let n = 2; n < SLATE_PICTURES_MAX; n++) of(n);
  expect([pictures.size, of(0) === first]).toEqual([SLATE_PICTURES_MAX, true]);
  of(SLATE_PICTURES_MAX);
  expect([pictures.size, of(0) === first]).toEqual([SLATE_PICTURES_MAX, true]);
  expect([of(1) === second, of(1)]).toEqual([false, second]);
  for (let n = 100; n < 100 + 2 * SLATE_PICTURES_MAX; n++) of(n);
  expect(pictures.size).toBe(SLATE_PICTURES_MAX);
});

describe("a slate in time", () => {
  /** What a client that takes all it can has got. */
  function watch(slates: Slates, refused = FULL) {
    const body = slates.show(refused);
    if (body === null) throw new Error("it is not shown");
    const reader = body.getReader();
    const parts: Uint8Array[] = [];
    const seen = {
      over: null as string | null,
      bytes: () => Buffer.concat(parts),
      leave: () => reader.cancel(),
    };
    void (async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        parts.push(value);
      }
      seen.over = "clean";
    })().catch(() => {
      seen.over = "broken";
    });
    return seen;
  }
  /** Those whose reader has not yet taken all that there is. */
  const busy = new Set<ClientSource>();
  const settled = async (): Promise<void> => {
    while (busy.size > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  /** A sink comes to wait for more only when its reader has kept what came before. */
  const sink: ClientSink = (source) => {
    busy.add(source);
    const open = webSink({
      get hasMore() {
        return source.hasMore ?? true;
      },
      take: (bytesMax) => source.take(bytesMax),
      whenReady(wake) {
        busy.delete(source);
        source.whenReady(() => {
          busy.add(source);
          wake();
        });
      },
      gone(reason) {
        busy.delete(source);
        source.gone(reason);
      },
    });
    return {
      body: open.body,
      break(reason) {
        busy.delete(source);
        open.break(reason);
      },
    };
  };

  test("no more than its lead is ahead of the clock, and it never falls behind", async () => {
    const clock = handClock();
    const slates = createSlates({ clock, log, sink });
    const seen = watch(slates);
    await settled();
    const mediaMs = () => {
      const clocks = clocksOf(seen.bytes());
      return ((clocks.at(-1) ?? 0) - (clocks[0] ?? 0)) / 90;
    };
    expect(mediaMs()).toBeGreaterThan(SLATE_LEAD_MS - 2 * STEP_MS);
    for (let atMs = 0; atMs < 12_000; atMs += STEP_MS) {
      clock.pass(STEP_MS);
      await settled();
      const aheadMs = mediaMs() - (atMs + STEP_MS);
      expect(aheadMs).toBeLessThanOrEqual(SLATE_LEAD_MS + STEP_MS);
      expect(aheadMs).toBeGreaterThanOrEqual(SLATE_LEAD_MS - 2 * STEP_MS);
    }
    slates.shutDown();
    await until("it is broken off", () => seen.over === "broken");
  });

  test("it is broken off in the end, and the clock rests when nobody looks", async () => {
    const clock = handClock();
    const slates = createSlates({ clock, log, sink });
    const [seen, left] = [watch(slates), watch(slates)];
    await settled();
    expect(slates.figures).toEqual({ viewers: 2, shown: 2 });
    await left.leave();
    expect(slates.figures.viewers).toBe(1);
    clock.pass(SLATE_MS - STEP_MS);
    await settled();
    expect(seen.over).toBeNull();
    clock.pass(STEP_MS);
    await until("it is broken off", () => seen.over !== null);
    expect(seen.over).toBe("broken");
    clock.pass(STEP_MS);
    expect([slates.figures.viewers, clock.nextMs()]).toEqual([0, null]);
  });

  test("only so many look at slates at once", () => {
    const slates = createSlates({ clock: handClock(), log });
    for (let n = 0; n < SLATE_CLIENTS_MAX; n++) expect(slates.show(FULL)).not.toBeNull();
    expect(slates.show(FULL)).toBeNull();
    slates.shutDown();
    expect(slates.show(FULL)).not.toBeNull();
    slates.shutDown();
  });

  test("on Bun's own server it comes at once, and its end is no clean one", async () => {
    const { systemClock } = await import("../../src/broker/index.ts");
    const slates = createSlates({ clock: systemClock, log, shownMs: 600 });
    const server = serveBun({ host: "127.0.0.1", port: 0 }, async () => new Response(slates.show(FULL)));
    try {
      const player = play(`http://127.0.0.1:${server.port}/`, { keepBytes: 1 << 20 });
      await until("it is over", () => player.over !== null);
      expect(player.over).toBe("broken");
      expect(packetsOf(player.kept).some(({ isKey }) => isKey)).toBe(true);
      expect(slates.figures).toEqual({ viewers: 0, shown: 1 });
    } finally {
      slates.shutDown();
      await server.stop();
    }
  });
});

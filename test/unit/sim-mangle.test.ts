/** The ways in which simulated engines break MPEG-TS: each does what it says, and nothing else. */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { contentId, type PlaybackFault } from "../../src/sim/index.ts";
import { mangleFor } from "../../src/sim/mangle.ts";
import { openTestStream } from "../../src/sim/media/index.ts";
import { lookAt, PACKET, pidAt } from "./stream-media.ts";

const NOON_MS = 1_700_049_600_000;
const STEP_MS = 97;
const VIDEO = 0x100;
const AUDIO = 0x101;
const PMT = 0x1000;

const media = (forMs: number): Uint8Array[] => {
  const stream = openTestStream({ content: contentId(1) });
  return Array.from({ length: Math.ceil(forMs / STEP_MS) }, (_, n) =>
    stream.read(NOON_MS + n * STEP_MS, NOON_MS + (n + 1) * STEP_MS),
  );
};

function mangled(forMs: number, ...faults: PlaybackFault[]): Buffer {
  const mangle = mangleFor(faults);
  return Buffer.concat(media(forMs).map((part) => mangle(part)));
}

/** Times of the picture's packets in ticks, and those at which ffprobe says one can begin. */
function probed(bytes: Uint8Array): { times: number[]; keyframes: number; codecs: string[] } {
  const entries = ["-show_entries", "stream=codec_name:packet=codec_type,pts,flags", "-of", "json"];
  const { stdout } = spawnSync("ffprobe", ["-v", "error", ...entries, "-i", "pipe:0"], {
    input: bytes,
    maxBuffer: 1 << 28,
  });
  const said: {
    packets: { codec_type: string; pts: number; flags: string }[];
    streams: { codec_name: string }[];
  } = JSON.parse(stdout.toString());
  const pictures = said.packets.filter(({ codec_type }) => codec_type === "video");
  return {
    times: pictures.map(({ pts }) => pts),
    keyframes: pictures.filter(({ flags }) => flags.includes("K")).length,
    codecs: said.streams.map(({ codec_name }) => codec_name).toSorted(),
  };
}

const countOf = (bytes: Uint8Array, is: (at: number) => boolean): number => {
  let count = 0;
  for (let at = 0; at + PACKET <= bytes.length; at += PACKET) if (is(at)) count += 1;
  return count;
};
const flagged = (bytes: Uint8Array): number =>
  countOf(
    bytes,
    (at) =>
      ((bytes[at + 3] ?? 0) & 0x20) !== 0 && (bytes[at + 4] ?? 0) > 0 && ((bytes[at + 5] ?? 0) & 0x40) !== 0,
  );

describe("one packet in so many", () => {
  const whole = mangled(3000);

  test("comes twice", () => {
    const bytes = mangled(3000, { kind: "duplicates", everyPackets: 10 });
    expect(bytes.length).toBe(whole.length + Math.floor(whole.length / PACKET / 10) * PACKET);
    expect(bytes.subarray(9 * PACKET, 10 * PACKET).equals(bytes.subarray(10 * PACKET, 11 * PACKET))).toBe(
      true,
    );
  });

  test("is damaged and says so", () => {
    const bytes = mangled(3000, { kind: "transport_error", everyPackets: 10 });
    expect(countOf(bytes, (at) => ((bytes[at + 1] ?? 0) & 0x80) !== 0)).toBe(
      Math.floor(whole.length / PACKET / 10),
    );
    expect(bytes.subarray(0, 9 * PACKET).equals(whole.subarray(0, 9 * PACKET))).toBe(true);
  });

  test("has an adaptation field that is longer than itself", () => {
    const bytes = mangled(3000, { kind: "adaptation", everyPackets: 10 });
    const illegal = (at: number) => ((bytes[at + 3] ?? 0) & 0x20) !== 0 && (bytes[at + 4] ?? 0) > 183;
    expect(countOf(bytes, illegal)).toBe(Math.floor(whole.length / PACKET / 10));
  });

  test("loses its sync byte, with those behind it", () => {
    const bytes = mangled(3000, { kind: "lost_sync", everyPackets: 50, packets: 3 });
    const lost = Math.floor(whole.length / PACKET / 50) * 3;
    expect(lookAt(bytes).unaligned - lost).toBeWithin(0, 3);
    expect([46, 47, 49, 50].map((n) => bytes[n * PACKET])).toEqual([0x47, 0, 0, 0x47]);
  });
});

test("packets of 192 and 204 bytes hold the same packets", () => {
  const whole = mangled(1000);
  for (const [bytes, before] of [
    [192, 4],
    [204, 0],
  ] as const) {
    const longer = mangled(1000, { kind: "packet_size", bytes });
    expect(longer.length / bytes).toBe(whole.length / PACKET);
    expect(
      longer
        .subarray(7 * bytes + before, 7 * bytes + before + PACKET)
        .equals(whole.subarray(7 * PACKET, 8 * PACKET)),
    ).toBe(true);
  }
});

test("what reads packets meets whole ones, whatever the order", () => {
  const reads: PlaybackFault = { kind: "audio_only" };
  for (const kind of ["short_packet", "adaptation", "transport_error"] as const) {
    const spoils: PlaybackFault = { kind, everyPackets: 3 };
    expect(mangled(2000, spoils, reads).equals(mangled(2000, reads, spoils))).toBe(true);
  }
});

test("scrambled packets cannot be read; the tables can", () => {
  const bytes = mangled(2000, { kind: "scrambled" });
  expect(probed(bytes).keyframes).toBe(0);
  expect(new Set(lookAt(bytes).pids)).toEqual(new Set([0, 0x11, PMT, VIDEO, AUDIO]));
  const isClear = (at: number) => ((bytes[at + 3] ?? 0) & 0xc0) === 0;
  expect(countOf(bytes, (at) => isClear(at) === [VIDEO, AUDIO].includes(pidAt(bytes, at)))).toBe(0);
});

test("tables are missing for a while, or altogether", () => {
  const tables = (bytes: Uint8Array) => countOf(bytes, (at) => [0, 0x11, PMT].includes(pidAt(bytes, at)));
  expect(tables(mangled(2000, { kind: "no_tables" }))).toBe(0);
  const bytes = mangled(3000, { kind: "no_tables", packets: 1000 });
  expect(tables(bytes.subarray(0, 990 * PACKET))).toBe(0);
  expect(tables(bytes)).toBeGreaterThan(0);
});

test("a new PMT gives picture and sound new PIDs at a keyframe, and players follow", () => {
  const bytes = mangled(5000, { kind: "new_pids", everyPackets: 1000 });
  const pids = new Set(lookAt(bytes).pids);
  for (const pid of [VIDEO, AUDIO, VIDEO + 0x10, AUDIO + 0x10]) expect(pids).toContain(pid);
  expect(lookAt(bytes).breaks).toBe(0);
  expect(probed(bytes).times.length).toBeGreaterThan(100);
});

test("sound alone is sound with a clock", () => {
  const bytes = mangled(3000, { kind: "audio_only" });
  expect(probed(bytes)).toMatchObject({ times: [], codecs: ["aac"] });
  expect(lookAt(bytes).breaks).toBe(0);
  expect(countOf(bytes, (at) => pidAt(bytes, at) === VIDEO)).toBe(Math.ceil(3000 / 40) + 1);
});

test("keyframes lose their flags, and stay", () => {
  const bytes = mangled(5000, { kind: "no_random_access" });
  expect(flagged(bytes)).toBe(0);
  expect(probed(bytes).keyframes).toBe(probed(mangled(5000)).keyframes);
});

test("keyframes are missing, and the counters hide it", () => {
  const bytes = mangled(5000, { kind: "no_keyframes", afterPackets: 1000 });
  expect(flagged(bytes)).toBeWithin(1, 3);
  expect(lookAt(bytes).breaks).toBe(0);
});

test("the clock wraps, with all times", () => {
  const { times } = probed(mangled(5000, { kind: "clock_wrap", afterMs: 2000 }));
  // ffprobe undoes the wrap: were there none, it would not count below zero or beyond 33 bits.
  expect(times.length).toBeGreaterThan(100);
  for (const [index, time] of times.entries())
    if (index > 0) expect(time - (times[index - 1] ?? 0)).toBe(3600);
  const raw = clocksOf(mangled(5000, { kind: "clock_wrap", afterMs: 2000 }));
  expect(Math.max(...raw)).toBeGreaterThan(2 ** 33 - 3601);
  expect(Math.min(...raw)).toBeLessThan(3600);
});

test("the clock is missing, and nothing else", () => {
  const bytes = mangled(3000, { kind: "no_clock" });
  expect(clocksOf(bytes)).toEqual([]);
  expect(probed(bytes)).toEqual(probed(mangled(3000)));
});

test("the clock jumps, with all times", () => {
  const clocks = clocksOf(mangled(7000, { kind: "clock_jump", everyMs: 2000, ms: 5000 }));
  const steps = clocks.slice(1).map((clock, n) => (clock - (clocks[n] ?? 0) + 2 ** 33) % 2 ** 33);
  expect(steps.filter((step) => step !== 3600)).toEqual([453_600, 453_600, 453_600]);
});

function clocksOf(bytes: Buffer): number[] {
  const clocks: number[] = [];
  for (let at = 0; at < bytes.length; at += PACKET)
    if (
      ((bytes[at + 3] ?? 0) & 0x20) !== 0 &&
      (bytes[at + 4] ?? 0) > 0 &&
      ((bytes[at + 5] ?? 0) & 0x10) !== 0
    )
      clocks.push(bytes.readUInt32BE(at + 6) * 2 + (bytes.readUInt8(at + 10) >> 7));
  return clocks;
}

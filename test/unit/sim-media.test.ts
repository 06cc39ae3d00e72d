import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  type Change,
  type KeyMacroblock,
  type PictureSize,
  type Side,
  writeChangedPicture,
  writeDelimiter,
  writeKeyPicture,
  writeParameterSets,
} from "../../src/media/h264.ts";
import { NalWriter } from "../../src/media/nal.ts";
import { CARD_SIZE, Card } from "../../src/sim/media/card.ts";
import { clockText } from "../../src/sim/media/clock.ts";
import { openTestStream, READ_MS_MAX, TEST_STREAM } from "../../src/sim/media/index.ts";

const CONTENT = "00112233445566778899aabbccddeeff00112233";
const OTHER = "ffffffffffffffffffffffffffffffffffffffff";
const NOON_MS = 1_700_049_600_000;
const FRAME_MS = 1000 / TEST_STREAM.fps;
const FRAME_TICKS = FRAME_MS * 90;
const WRAP = 2 ** 33;
const PAT = 0;
const SDT = 0x11;
const VIDEO = 0x100;
const AUDIO = 0x101;
const PMT = 0x1000;

interface Packet {
  readonly pid: number;
  readonly unitStart: boolean;
  readonly counter: number;
  readonly pcr: number | undefined;
  readonly randomAccess: boolean;
  readonly discontinuity: boolean;
  readonly payload: Uint8Array;
}

function packetsOf(bytes: Uint8Array): Packet[] {
  expect(bytes.length % 188).toBe(0);
  return Array.from({ length: bytes.length / 188 }, (_, index) => {
    const packet = Buffer.from(bytes.subarray(index * 188, index * 188 + 188));
    expect(packet.readUInt8(0)).toBe(0x47);
    const adapted = (packet.readUInt8(3) & 0x20) !== 0;
    const adaptationBytes = adapted ? 1 + packet.readUInt8(4) : 0;
    const flags = adaptationBytes > 1 ? packet.readUInt8(5) : 0;
    return {
      pid: packet.readUInt16BE(1) & 0x1fff,
      unitStart: (packet.readUInt8(1) & 0x40) !== 0,
      counter: packet.readUInt8(3) & 15,
      pcr: flags & 0x10 ? packet.readUInt32BE(6) * 2 + (packet.readUInt8(10) >> 7) : undefined,
      randomAccess: (flags & 0x40) !== 0,
      discontinuity: (flags & 0x80) !== 0,
      payload: packet.subarray(4 + adaptationBytes),
    };
  });
}

interface Unit {
  readonly pts: number;
  readonly payload: Buffer;
}

function unitsOf(bytes: Uint8Array, pid: number): Unit[] {
  const parts: Uint8Array[][] = [];
  for (const packet of packetsOf(bytes).filter((packet) => packet.pid === pid)) {
    if (packet.unitStart) parts.push([]);
    parts.at(-1)?.push(packet.payload);
  }
  return parts.map((unit) => {
    const pes = Buffer.concat(unit);
    expect(pes.readUInt8(9) & 0xf1).toBe(0x21);
    const pts =
      ((pes.readUInt8(9) >> 1) & 7) * 2 ** 30 +
      (pes.readUInt16BE(10) >> 1) * 2 ** 15 +
      (pes.readUInt16BE(12) >> 1);
    return { pts, payload: pes.subarray(9 + pes.readUInt8(8)) };
  });
}

/** What a tool prints; fails when it is not installed, and when it has anything to complain about. */
function run(tool: "ffmpeg" | "ffprobe", args: string[], input: Uint8Array): Buffer {
  const done = spawnSync(tool, ["-v", "warning", ...args], { input, maxBuffer: 1 << 28 });
  if (done.error) throw new Error(`these tests need ${tool} on the PATH: ${done.error.message}`);
  expect(done.stderr.toString()).toBe("");
  expect(done.status).toBe(0);
  return done.stdout;
}

function readInSteps(fromMs: number, toMs: number, stepMs: number): Buffer {
  const stream = openTestStream({ content: CONTENT });
  const parts: Uint8Array[] = [];
  for (let ms = fromMs; ms < toMs; ms += stepMs) parts.push(stream.read(ms, Math.min(toMs, ms + stepMs)));
  return Buffer.concat(parts);
}

function timeAfterTime(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => (time - (times[index] ?? 0) + WRAP) % WRAP);
}

describe("the test stream as packets", () => {
  test("reads of any size join to the very bytes of one large read", () => {
    const whole = readInSteps(NOON_MS, NOON_MS + 3000, 3000);
    for (const stepMs of [1.5, 37, 40, 999]) {
      expect(readInSteps(NOON_MS, NOON_MS + 3000, stepMs).equals(whole)).toBe(true);
    }
  });

  test("every lane counts its packets without a gap", () => {
    const counters = new Map<number, number>();
    for (const { pid, counter } of packetsOf(readInSteps(NOON_MS, NOON_MS + 3000, 37))) {
      const before = counters.get(pid);
      if (before !== undefined) expect(counter).toBe((before + 1) % 16);
      counters.set(pid, counter);
    }
    expect([...counters.keys()].sort((a, b) => a - b)).toEqual([PAT, SDT, VIDEO, AUDIO, PMT]);
  });

  test("PAT and PMT come before each key frame and at least each 500 ms", () => {
    const packets = packetsOf(readInSteps(NOON_MS, NOON_MS + 5000, 5000));
    expect(packets.slice(0, 4).map((packet) => packet.pid)).toEqual([SDT, PAT, PMT, VIDEO]);
    expect(packets[3]?.randomAccess).toBe(true);
    let framesSinceTables = 0;
    for (const [index, packet] of packets.entries()) {
      if (packet.pid === PMT) framesSinceTables = 0;
      if (packet.pid === VIDEO && packet.unitStart) framesSinceTables++;
      expect(framesSinceTables * FRAME_MS).toBeLessThanOrEqual(500);
      if (packet.randomAccess) expect(packets[index - 1]?.pid).toBe(PMT);
    }
    expect(packets.filter((packet) => packet.randomAccess).length).toBe(5000 / TEST_STREAM.gopMs);
  });

  test("the program clock comes each 40 ms, ahead of what it times", () => {
    const bytes = readInSteps(NOON_MS, NOON_MS + 2000, 2000);
    const clocks = packetsOf(bytes).flatMap((packet) => packet.pcr ?? []);
    expect(new Set(timeAfterTime(clocks))).toEqual(new Set([FRAME_TICKS]));
    const pictures = unitsOf(bytes, VIDEO);
    expect(clocks.length).toBe(pictures.length);
    for (const [index, { pts }] of pictures.entries()) expect(pts - (clocks[index] ?? 0)).toBe(300 * 90);
  });

  test("PTS is media time, and goes on at zero after 33 bits", () => {
    const wrapMs = Math.floor((18_000 * WRAP) / 90);
    const bytes = readInSteps(wrapMs - 2000, wrapMs + 2000, 101);
    const pictures = unitsOf(bytes, VIDEO).map((unit) => unit.pts);
    expect(new Set(timeAfterTime(pictures))).toEqual(new Set([FRAME_TICKS]));
    expect(Math.max(...pictures)).toBeGreaterThan(WRAP - FRAME_TICKS - 1);
    expect(Math.min(...pictures)).toBeLessThan(FRAME_TICKS);
    const clocks = packetsOf(bytes).flatMap((packet) => packet.pcr ?? []);
    expect(new Set(timeAfterTime(clocks))).toEqual(new Set([FRAME_TICKS]));
    expect(unitsOf(readInSteps(NOON_MS, NOON_MS + 1000, 1000), VIDEO)[0]?.pts).toBe((NOON_MS * 90) % WRAP);
  });

  test("a stream begins with the key frame at or before what was asked", () => {
    const bytes = openTestStream({ content: CONTENT }).read(NOON_MS + 990, NOON_MS + 1000);
    expect(unitsOf(bytes, VIDEO)[0]?.pts).toBe((NOON_MS * 90) % WRAP);
    expect(unitsOf(bytes, VIDEO).length).toBe(TEST_STREAM.fps);
  });

  test("a read that does not join begins with a key frame and says that time jumped", () => {
    const stream = openTestStream({ content: CONTENT });
    const joined = packetsOf(stream.read(NOON_MS, NOON_MS + 500)).at(-1);
    const jumped = packetsOf(stream.read(NOON_MS + 60_300, NOON_MS + 60_800));
    const first = jumped.find((packet) => packet.pid === VIDEO);
    expect(first).toMatchObject({ randomAccess: true, discontinuity: true });
    expect(jumped.filter((packet) => packet.discontinuity).length).toBe(1);
    const firstAudio = jumped.find((packet) => packet.pid === joined?.pid);
    expect(firstAudio?.counter).toBe(((joined?.counter ?? 0) + 1) % 16);
  });

  test("two engines that play one content send the same pictures, sound and times", () => {
    const one = openTestStream({ content: CONTENT, caption: "engine 1" });
    const other = openTestStream({ content: CONTENT.toUpperCase(), caption: "a much longer name" });
    one.read(NOON_MS - 5000, NOON_MS);
    const ofOne = one.read(NOON_MS, NOON_MS + 2000);
    const ofOther = other.read(NOON_MS, NOON_MS + 2000);
    expect(unitsOf(ofOther, AUDIO)).toEqual(unitsOf(ofOne, AUDIO));
    const pictures = unitsOf(ofOne, VIDEO);
    let captioned = 0;
    for (const [index, { pts, payload }] of unitsOf(ofOther, VIDEO).entries()) {
      expect(pts).toBe(pictures[index]?.pts ?? Number.NaN);
      expect(payload.length).toBe(pictures[index]?.payload.length ?? Number.NaN);
      if (!payload.equals(pictures[index]?.payload ?? Buffer.alloc(0))) captioned++;
    }
    // Only key frames bring the caption.
    expect(captioned).toBe(2);
  });

  test("the case of an id makes no difference", () => {
    const lower = openTestStream({ content: CONTENT }).read(NOON_MS, NOON_MS + 40);
    expect(openTestStream({ content: CONTENT.toUpperCase() }).read(NOON_MS, NOON_MS + 40)).toEqual(lower);
  });

  test("tables carry the checksum that receivers compare", () => {
    const pat = packetsOf(readInSteps(NOON_MS, NOON_MS + 40, 40)).find((packet) => packet.pid === PAT);
    // Transport stream 1, program 1 with its map at 0x1000: the most common PAT there is.
    const known = "0000b00d0001c100000001f0002ab104b2";
    expect(Buffer.from(pat?.payload.subarray(0, known.length / 2) ?? []).toString("hex")).toBe(known);
  });

  test("pictures are numbered from their key frame, and neighbouring key frames apart", () => {
    const keyIds: number[] = [];
    for (const [index, { payload }] of unitsOf(readInSteps(NOON_MS, NOON_MS + 3000, 3000), VIDEO).entries()) {
      const key = index % TEST_STREAM.fps === 0;
      const slice = payload.subarray(payload.indexOf(Buffer.of(0, 0, 0, 1, key ? 0x65 : 0x41)) + 5);
      // I: 1 0001000 1 nnnnnnnn then 1 or 010. P: 1 00110 1 nnnnnnnn.
      if (key) keyIds.push((slice.readUInt8(2) & 0x40) === 0 ? 1 : 0);
      else expect((slice.readUInt16BE(0) >> 1) & 0xff).toBe(index % TEST_STREAM.fps);
    }
    expect(keyIds).toEqual([0, 1, 0]);
  });

  test("another content gives another picture", () => {
    const one = openTestStream({ content: CONTENT }).read(NOON_MS, NOON_MS + 40);
    const other = openTestStream({ content: OTHER }).read(NOON_MS, NOON_MS + 40);
    expect(unitsOf(other, VIDEO)[0]?.payload).not.toEqual(unitsOf(one, VIDEO)[0]?.payload);
  });

  test("the bit rate stays below 1.5 Mbit/s", () => {
    for (const content of [CONTENT, OTHER, "8".repeat(40)]) {
      const bytes = openTestStream({ content }).read(NOON_MS, NOON_MS + 4000).length;
      expect((bytes * 8) / 4).toBeLessThan(1_500_000);
    }
  });

  test("bad ids and intervals are refused by name", () => {
    expect(() => openTestStream({ content: "abc" })).toThrow('40 hex digits, not "abc"');
    const stream = openTestStream({ content: CONTENT });
    expect(() => stream.read(2000, 1000)).toThrow(RangeError);
    expect(() => stream.read(Number.NaN, 1000)).toThrow(RangeError);
    expect(() => stream.read(0, READ_MS_MAX + 1)).toThrow(RangeError);
    expect(stream.read(NOON_MS, NOON_MS).length).toBe(0);
  });
});

describe("the test stream in a player", () => {
  const bytes = readInSteps(NOON_MS + 2000, NOON_MS + 12_000, 37);

  test("ffprobe finds H.264 Constrained Baseline and AAC-LC, named after the content", () => {
    const entries =
      "stream=codec_name,profile,width,height,r_frame_rate,color_space,sample_rate:program_tags=service_name";
    const shown = run("ffprobe", ["-show_entries", entries, "-of", "json", "-i", "pipe:0"], bytes).toString();
    const { programs, streams } = JSON.parse(shown);
    expect(streams).toMatchObject([
      {
        codec_name: "h264",
        profile: "Constrained Baseline",
        width: TEST_STREAM.width,
        height: TEST_STREAM.height,
        r_frame_rate: `${TEST_STREAM.fps}/1`,
        color_space: "bt709",
      },
      { codec_name: "aac", profile: "LC", sample_rate: "48000" },
    ]);
    expect(programs[0].tags.service_name).toBe(CONTENT);
  });

  test("every packet follows the one before without a gap", () => {
    const entries = ["-show_entries", "packet=stream_index,pts,dts", "-of", "json"];
    const shown = run("ffprobe", [...entries, "-i", "pipe:0"], bytes).toString();
    const packets: { stream_index: number; pts: number; dts: number }[] = JSON.parse(shown).packets;
    for (const packet of packets) expect(packet.dts).toBe(packet.pts);
    const steps = (stream: number) =>
      new Set(
        timeAfterTime(packets.filter((packet) => packet.stream_index === stream).map(({ pts }) => pts)),
      );
    expect(packets.length).toBeGreaterThan(700);
    expect(steps(0)).toEqual(new Set([FRAME_TICKS]));
    expect(steps(1)).toEqual(new Set([1920]));
  });

  test("ffmpeg decodes picture and sound without a word, and the sound is soft but there", () => {
    const strict = ["-xerror", "-err_detect", "explode"];
    const sound = run(
      "ffmpeg",
      [...strict, "-i", "pipe:0", "-map", "0:v", "-f", "null", "-", "-map", "0:a", "-f", "s16le", "pipe:1"],
      bytes,
    );
    let peak = 0;
    for (let at = 0; at + 1 < sound.length; at += 2) peak = Math.max(peak, Math.abs(sound.readInt16LE(at)));
    expect(peak).toBeGreaterThan(2000);
    expect(peak).toBeLessThan(12_000);
  });

  test("what is shown is what was drawn, exactly, also at the end of a chain of changes", () => {
    const { width, height } = TEST_STREAM;
    const frameBytes = (width * height * 3) / 2;
    const shown = run("ffmpeg", ["-i", "pipe:0", "-an", "-f", "rawvideo", "pipe:1"], bytes);
    expect(shown.length).toBe(frameBytes * 250);
    const card = new Card(CONTENT, "aceslot");
    const firstFrame = (NOON_MS + 2000) / FRAME_MS;
    // Key frames, the last changes before the next ones, and both turns of the ball.
    for (const index of [0, 1, 24, 25, 49, 51, 149, 151, 200, 249]) {
      const frame = shown.subarray(index * frameBytes, (index + 1) * frameBytes);
      expect(frame.equals(drawn(card.keyPicture(firstFrame + index)))).toBe(true);
    }
  });
});

test("any mixture of drawn, moved and untouched macroblocks decodes to what was meant", () => {
  const size = { width: 96, height: 80, columns: 6, rows: 5, framesPerSecond: 25 };
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  const noise = () => Uint8Array.from({ length: 384 }, () => 16 + random(220));
  const out = new NalWriter(1 << 20);
  const key = Array.from({ length: 30 }, () => ({ kind: "samples", samples: noise() }) as const);
  writeDelimiter(out, true);
  writeParameterSets(out, size);
  writeKeyPicture(out, 0, size.columns, key);
  let picture: Uint8Array[] = key.map(({ samples }) => samples);
  const meant = [planesOf(picture, size)];
  for (let frame = 1; frame < 60; frame++) {
    const changes: Change[] = [];
    const after = [...picture];
    for (let at = 0; at < picture.length; at++) {
      const choice = random(8);
      if (choice === 0) {
        const samples = noise();
        changes.push({ kind: "samples", at, samples });
        after[at] = samples;
      } else if (choice < 5) {
        // Few different motions, so that neighbours often agree.
        const rightPixels = [6, -6, 6, 40][choice - 1] ?? 0;
        changes.push({ kind: "shifted", at, rightPixels });
        after[at] = shifted(picture, size.columns, at, rightPixels);
      }
    }
    writeDelimiter(out, false);
    writeChangedPicture(out, frame, size.columns, size.rows, changes);
    picture = after;
    meant.push(planesOf(picture, size));
  }
  const shown = run("ffmpeg", ["-f", "h264", "-i", "pipe:0", "-f", "rawvideo", "pipe:1"], out.view());
  expect(shown.equals(Buffer.concat(meant))).toBe(true);
});

/** A macroblock taken from further left in its row; beyond the edge the edge goes on. */
function shifted(
  picture: readonly Uint8Array[],
  columns: number,
  at: number,
  rightPixels: number,
): Uint8Array {
  const samples = new Uint8Array(384);
  const first = at - (at % columns);
  for (const [start, side] of [
    [0, 16],
    [256, 8],
    [320, 8],
  ] as const) {
    for (let index = 0; index < side * side; index++) {
      const x = (at % columns) * side + (index % side) - (rightPixels * side) / 16;
      const from = Math.max(0, Math.min(columns * side - 1, x));
      const row = Math.floor(index / side);
      const source = picture[first + Math.floor(from / side)] ?? samples;
      samples[start + index] = source[start + row * side + (from % side)] ?? 0;
    }
  }
  return samples;
}

/** The visible picture in planes, put together from macroblocks. */
function drawn(macroblocks: readonly KeyMacroblock[]): Buffer {
  const { columns } = CARD_SIZE;
  const blocks: Uint8Array[] = [];
  for (const [at, macroblock] of macroblocks.entries()) {
    if (macroblock.kind === "samples") {
      blocks.push(macroblock.samples);
      continue;
    }
    const neighbour = (side: Side) => blocks[side === "left" ? at - 1 : at - columns] ?? new Uint8Array(384);
    const block = new Uint8Array(384);
    for (const [start, side, from] of [
      [0, 16, macroblock.luma],
      [256, 8, macroblock.chroma],
      [320, 8, macroblock.chroma],
    ] as const) {
      for (let row = 0; row < side; row++) {
        for (let column = 0; column < side; column++) {
          const edge = from === "left" ? row * side + side - 1 : (side - 1) * side + column;
          block[start + row * side + column] = neighbour(from)[start + edge] ?? 0;
        }
      }
    }
    blocks.push(block);
  }
  return planesOf(blocks, CARD_SIZE);
}

function planesOf(blocks: readonly Uint8Array[], { width, height, columns }: PictureSize): Buffer {
  const plane = (start: number, side: number) => {
    const rows: Uint8Array[] = [];
    for (let y = 0; y < (height * side) / 16; y++) {
      for (let column = 0; column < columns; column++) {
        const from = start + (y % side) * side;
        rows.push(
          (blocks[Math.floor(y / side) * columns + column] ?? new Uint8Array(384)).subarray(
            from,
            from + side,
          ),
        );
      }
    }
    return Buffer.concat(rows);
  };
  const picture = Buffer.concat([plane(0, 16), plane(256, 8), plane(320, 8)]);
  expect(picture.length).toBe((width * height * 3) / 2);
  return picture;
}

test("the clock in the picture is the time of day, with the frame's number", () => {
  expect(clockText(NOON_MS / FRAME_MS)).toBe("12:00:00:00");
  expect(clockText(NOON_MS / FRAME_MS - 1)).toBe("11:59:59:24");
  expect(clockText(0)).toBe("00:00:00:00");
});

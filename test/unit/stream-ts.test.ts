/** What is read from packets: tables, clocks, keyframes, continuity; and a source made fit for a ring. */
import { describe, expect, test } from "bun:test";
import { openTestStream } from "../../src/sim/media/index.ts";
import { Intake } from "../../src/stream/intake.ts";
import { beginsKeyframe } from "../../src/stream/keyframes.ts";
import { RESYNC_BYTES_MAX, SPLICE_BYTES_MAX, SYNC_SEARCH_BYTES_MAX } from "../../src/stream/limits.ts";
import { MediaClock } from "../../src/stream/media-clock.ts";
import { type Mark, Scanner } from "../../src/stream/ts.ts";
import {
  joined,
  PACKET,
  type PacketParts,
  PIDS,
  Program,
  packet,
  pat,
  pidAt,
  pmt,
  section,
  sectionPackets,
} from "./stream-media.ts";

const marksOf = (packets: readonly Uint8Array[]): readonly Mark[] =>
  new Scanner().scan(joined(packets)).marks;
const keyframesOf = (marks: readonly Mark[]) => marks.filter((mark) => mark.kind === "keyframe");
const VIDEO_START = [0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0];
const IDR = [...VIDEO_START, 0, 0, 0, 1, 0x65, 0x88];
const OTHER = [...VIDEO_START, 0, 0, 0, 1, 0x41, 0x88];

/** PAT and PMT, then packets of the picture. */
const playing = (type: number, ...parts: Partial<PacketParts>[]): Uint8Array[] => [
  ...sectionPackets(PIDS.pat, pat(PIDS.pmt)),
  ...sectionPackets(PIDS.pmt, pmt(PIDS.video, [[type, PIDS.video]])),
  ...parts.map((part, counter) =>
    packet({ pid: PIDS.video, counter, begins: true, payload: OTHER, ...part }),
  ),
];

describe("tables", () => {
  test("of one packet each come before every keyframe of the test picture", () => {
    const media = openTestStream({ content: "b".repeat(40) }).read(60_000, 65_000);
    const scanner = new Scanner();
    const { marks } = scanner.scan(media);
    const keyframes = keyframesOf(marks);
    expect(keyframes).toHaveLength(5);
    for (const { tables, offset } of keyframes) {
      expect(tables.length).toBe(2 * PACKET);
      expect([pidAt(tables, 0), pidAt(tables, PACKET)]).toEqual([0, 0x1000]);
      expect(pidAt(media, offset)).toBe(0x100);
    }
    expect(scanner.continuityErrors).toBe(0);
    const clocks = marks.filter((mark) => mark.kind === "clock");
    const [first, last] = [clocks[0], clocks.at(-1)];
    if (first?.kind !== "clock" || last?.kind !== "clock") throw new Error("no clock");
    expect((last.ticks - first.ticks) / 90).toBeGreaterThan(4_800);
    expect((last.ticks - first.ticks) / 90).toBeLessThan(5_000);
  });

  test("of several packets are whole before they count", () => {
    const pmtPackets = sectionPackets(PIDS.pmt, pmt(PIDS.video, [[0x1b, PIDS.video]], 500));
    expect(pmtPackets.length).toBe(3);
    const patPackets = sectionPackets(PIDS.pat, pat(PIDS.pmt));
    const key = packet({ pid: PIDS.video, begins: true, flags: 0x40, payload: OTHER });
    expect(keyframesOf(marksOf([...patPackets, ...pmtPackets.slice(0, 2), key]))).toEqual([]);
    const between = packet({ pid: PIDS.audio, payload: [1] });
    const [first, ...rest] = pmtPackets;
    const [keyframe] = keyframesOf(marksOf([...patPackets, first ?? key, between, ...rest, key]));
    expect(Buffer.from(keyframe?.tables ?? []).equals(joined([...patPackets, ...pmtPackets]))).toBe(true);
  });

  test("that are only announced are not used", () => {
    const announced = section(2, [0xe1, 2, 0xf0, 0, 0x1b, 0xe1, 2, 0xf0, 0], false);
    const marks = marksOf([
      ...playing(0x1b),
      ...sectionPackets(PIDS.pmt, announced, 1),
      packet({ pid: PIDS.video, begins: true, flags: 0x40, payload: OTHER }),
    ]);
    expect(keyframesOf(marks)).toHaveLength(1);
  });

  test("that change are used from then on", () => {
    const marks = marksOf([
      ...playing(0x1b, { flags: 0x40 }),
      ...sectionPackets(PIDS.pat, pat(0x200), 1),
      packet({ pid: PIDS.video, begins: true, flags: 0x40, payload: OTHER }),
      ...sectionPackets(0x200, pmt(0x300, [[0x24, 0x300]])),
      packet({ pid: PIDS.video, begins: true, flags: 0x40, payload: OTHER }),
      packet({ pid: 0x300, begins: true, flags: 0x40, payload: OTHER }),
    ]);
    expect(keyframesOf(marks).map(({ offset }) => offset / PACKET)).toEqual([2, 7]);
    expect(pidAt(keyframesOf(marks)[1]?.tables ?? new Uint8Array(0), PACKET)).toBe(0x200);
  });

  test("that lie about their length break nothing", () => {
    const lying = [2, 0xbf, 0xff, 0, 1, 0xc1, 0, 0, 0xe1, 1, 0xff, 0xff, 0x1b];
    const packets = [...sectionPackets(PIDS.pat, pat(PIDS.pmt)), ...sectionPackets(PIDS.pmt, lying)];
    for (let i = 0; i < 40; i++) packets.push(packet({ pid: PIDS.pmt, payload: new Array(184).fill(0xff) }));
    expect(keyframesOf(marksOf([...packets, ...playing(0x1b, { flags: 0x40 })]))).toHaveLength(1);
  });
});

test("a table that claims to be longer than any is none", () => {
  const lying = [2, 0xbf, 0xff, 0, 1, 0xc1, 0, 0, 0xe1, 1, 0xf0, 0, 0x1b, 0xe1, 1, 0xf0, 0];
  const packets = [...sectionPackets(PIDS.pat, pat(PIDS.pmt)), ...sectionPackets(PIDS.pmt, lying)];
  for (let i = 0; i < 40; i++) packets.push(packet({ pid: PIDS.pmt, payload: new Array(184).fill(0xff) }));
  packets.push(packet({ pid: PIDS.video, begins: true, flags: 0x40, payload: OTHER }));
  expect(keyframesOf(marksOf(packets))).toEqual([]);
});

describe("keyframes", () => {
  test("are told by the random access flag", () => {
    const marks = marksOf(playing(0x1b, {}, { flags: 0x40 }, {}));
    expect(keyframesOf(marks).map(({ offset }) => offset / PACKET)).toEqual([3]);
  });

  test("are told by the picture where nothing is flagged", () => {
    const marks = marksOf(playing(0x1b, {}, { payload: IDR }, {}, { begins: false, payload: IDR }));
    expect(keyframesOf(marks).map(({ offset }) => offset / PACKET)).toEqual([3]);
  });

  test("are told by the flag alone once there was one", () => {
    const marks = marksOf(playing(0x1b, { payload: IDR }, { flags: 0x40 }, { payload: IDR }));
    expect(keyframesOf(marks).map(({ offset }) => offset / PACKET)).toEqual([2, 3]);
  });

  test("are every start of a packet where there is only sound", () => {
    const marks = marksOf(playing(0x0f, {}, { begins: false }, {}));
    expect(keyframesOf(marks).map(({ offset }) => offset / PACKET)).toEqual([2, 4]);
  });

  test("are never found in scrambled pictures", () => {
    const scrambled = Array.from({ length: 176 }, (_, i) => (i * 91 + 7) & 0xff);
    expect(keyframesOf(marksOf(playing(0x1b, { payload: scrambled }, { payload: scrambled })))).toEqual([]);
  });

  test("look different in each coding", () => {
    const starting = (...bytes: number[]) => Uint8Array.of(...VIDEO_START, 0, 0, 1, ...bytes);
    expect(beginsKeyframe(starting(0xb3, 1), "mpeg2")).toBe(true);
    expect(beginsKeyframe(starting(0x00, 1), "mpeg2")).toBe(false);
    expect(beginsKeyframe(starting(0x67, 1), "h264")).toBe(true);
    expect(beginsKeyframe(starting(0x09, 1), "h264")).toBe(false);
    expect(beginsKeyframe(starting(0x26, 1), "hevc")).toBe(true);
    expect(beginsKeyframe(starting(0x46, 1), "hevc")).toBe(false);
    expect(beginsKeyframe(starting(0x40, 1), "hevc")).toBe(true);
    expect(beginsKeyframe(starting(0x42, 1), "hevc")).toBe(true);
    expect(beginsKeyframe(starting(0x65, 1), "other")).toBe(false);
    expect(beginsKeyframe(Uint8Array.of(0, 0, 1), "h264")).toBe(false);
  });
});

describe("continuity", () => {
  const errorsOf = (...parts: Partial<PacketParts>[]): number => {
    const scanner = new Scanner();
    scanner.scan(joined(parts.map((part) => packet({ pid: PIDS.video, payload: [1], ...part }))));
    return scanner.continuityErrors;
  };

  test("errors are counted", () => {
    expect(errorsOf({ counter: 14 }, { counter: 15 }, { counter: 0 }, { counter: 2 }, { counter: 9 })).toBe(
      2,
    );
  });

  test("is kept by repetitions, announced breaks, packets without payload and null packets", () => {
    expect(errorsOf({ counter: 3 }, { counter: 3 }, { counter: 4 })).toBe(0);
    expect(errorsOf({ counter: 3 }, { counter: 9, flags: 0x80 }, { counter: 10 })).toBe(0);
    const empty = packet({ pid: PIDS.video, counter: 0 });
    const scanner = new Scanner();
    const full = (counter: number) => packet({ pid: PIDS.video, counter, payload: [1] });
    const nothing = packet({ pid: PIDS.none, counter: 7, payload: [1] });
    scanner.scan(joined([full(3), empty, nothing, full(4)]));
    expect(scanner.continuityErrors).toBe(0);
  });

  test("null packets are no media", () => {
    const nothing = packet({ pid: PIDS.none, payload: [1] });
    expect(new Scanner().scan(joined([nothing, nothing])).hasMedia).toBe(false);
    expect(new Scanner().scan(joined([nothing, ...playing(0x1b)])).hasMedia).toBe(true);
  });
});

describe("the media clock", () => {
  test("adds up what passes", () => {
    const clock = new MediaClock();
    expect([90_000, 93_600, 97_200].map((ticks) => clock.advance(ticks))).toEqual([0, 40, 80]);
  });

  test("goes on over the wrap of 33 bits", () => {
    const clock = new MediaClock();
    clock.advance(2 ** 33 - 900);
    expect(clock.advance(900)).toBe(20);
  });

  test("takes jumps, either way, and cuts for no time at all", () => {
    const clock = new MediaClock();
    clock.advance(90_000_000);
    expect(clock.advance(90_000_000 + 90 * 11_000)).toBe(0);
    expect(clock.advance(0)).toBe(0);
    expect(clock.advance(3600)).toBe(40);
    clock.cut();
    expect(clock.advance(7200)).toBe(40);
    expect(clock.advance(10_800)).toBe(80);
  });

  test("reads all bits of a reference", () => {
    const ticks = 2 ** 33 - 3;
    const marks = marksOf(playing(0x1b, { clock: ticks }, { clock: 1 }));
    expect(marks.flatMap((mark) => (mark.kind === "clock" ? [mark.ticks] : []))).toEqual([ticks, 1]);
  });
});

describe("an intake", () => {
  const bytesOf = (pieces: readonly { readonly bytes: Uint8Array }[]) =>
    joined(pieces.map(({ bytes }) => bytes));

  test("passes a first source on from its first packet, in pieces no longer than allowed", () => {
    const media = new Program(2_000_000).seconds(2);
    const intake = new Intake({ pieceBytesMax: 5000, splicing: false });
    const pieces = intake.push(media);
    expect(bytesOf(pieces).equals(media)).toBe(true);
    expect(Math.max(...pieces.map(({ bytes }) => bytes.length))).toBe(26 * PACKET);
    for (const { bytes, marks } of pieces)
      for (const mark of marks) expect(mark.offset).toBeLessThan(bytes.length);
  });

  test("goes on in a ring with tables and a keyframe", () => {
    const program = new Program(2_000_000);
    program.frames(10);
    const before = program.frames(15);
    const after = program.frames(25);
    const intake = new Intake({ pieceBytesMax: 65_424, splicing: true });
    expect(intake.push(before)).toEqual([]);
    const pieces = intake.push(after);
    expect(bytesOf(pieces).equals(after)).toBe(true);
    expect(pieces[1]?.marks.find(({ kind }) => kind === "keyframe")?.offset).toBe(0);
    expect(bytesOf(intake.push(program.frames(1))).length).toBe(program.frameBytes);
  });

  test("leaves out nothing for want of a keyframe after 256 KiB", () => {
    const filler = Array.from({ length: SPLICE_BYTES_MAX / PACKET + 1 }, (_, counter) =>
      packet({ pid: PIDS.video, counter, payload: [counter & 255] }),
    );
    const media = joined(filler);
    const intake = new Intake({ pieceBytesMax: 65_424, splicing: true });
    expect(intake.push(media.subarray(0, 200_000))).toEqual([]);
    const rest = bytesOf(intake.push(media.subarray(200_000)));
    expect(rest.equals(media)).toBe(true);
  });

  test("tells what is no stream: sooner for one that never was any", () => {
    const page = new Uint8Array(SYNC_SEARCH_BYTES_MAX - 1).fill(0x20);
    const never = new Intake({ pieceBytesMax: 65_424, splicing: false });
    expect([never.push(page), never.isForeign]).toEqual([[], false]);
    expect([never.push(page.subarray(0, 1)), never.isForeign]).toEqual([[], true]);

    const once = new Intake({ pieceBytesMax: 65_424, splicing: false });
    once.push(new Program(1_000_000).seconds(1));
    for (let bytes = 0; bytes < RESYNC_BYTES_MAX - page.length; bytes += page.length) once.push(page);
    expect(once.isForeign).toBe(false);
    once.push(page);
    once.push(page);
    expect(once.isForeign).toBe(true);
  });
});

/** What is read from packets: tables, clocks, keyframes, continuity; and a source made fit for a ring. */
import { describe, expect, test } from "bun:test";
import { openTestStream } from "../../src/sim/media/index.ts";
import { FLAGGED_PICTURES, RESYNC_BYTES_MAX, SYNC_SEARCH_BYTES_MAX } from "../../src/stream/limits.ts";
import { beginsKeyframe } from "../../src/stream/mpegts/keyframes.ts";
import { MediaClock } from "../../src/stream/mpegts/media-clock.ts";
import { type Mark, Scanner } from "../../src/stream/mpegts/scanner.ts";
import type { Coding } from "../../src/stream/mpegts/tables.ts";
import { Intake } from "../../src/stream/source/intake.ts";
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
const IDR = [...VIDEO_START, 0, 0, 0, 1, 0x65, 0x88, 0x84];
const OTHER = [...VIDEO_START, 0, 0, 0, 1, 0x41, 0x9a, 0x84];

/** The packet with bits set in one of its bytes. */
const withBits = (one: Uint8Array, at: number, bits: number): Uint8Array =>
  Uint8Array.from(one, (byte, index) => (index === at ? byte | bits : byte));

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
    const scanner = new Scanner();
    const marks = [...patPackets, ...pmtPackets, key].flatMap((one) => {
      const chunk = joined([one]);
      const piece = scanner.scan(chunk);
      chunk.fill(0);
      return piece.marks;
    });
    expect(keyframesOf(marks)).toMatchObject([{ tables: keyframe?.tables }]);
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

describe("of tables", () => {
  const key = packet({ pid: PIDS.video, begins: true, flags: 0x40, payload: OTHER });
  const other = packet({ pid: 0x300, begins: true, flags: 0x40, payload: OTHER });
  const offsets = (...packets: Uint8Array[]) =>
    keyframesOf(marksOf([...playing(0x1b), ...packets])).map(({ offset }) => offset / PACKET);
  const moved = pmt(0x300, [[0x1b, 0x300]]);

  test("one whose checksum is wrong is none", () => {
    const wrong = moved.with(-1, (moved.at(-1) ?? 0) ^ 1);
    expect(offsets(...sectionPackets(PIDS.pmt, wrong, 1), key, other)).toEqual([3]);
    expect(offsets(...sectionPackets(PIDS.pmt, moved, 1), key, other)).toEqual([4]);
  });

  test("one in a damaged packet is none", () => {
    const [whole = key] = sectionPackets(PIDS.pmt, moved, 1);
    expect(offsets(withBits(whole, 1, 0x80), key, other)).toEqual([3]);
  });

  test("one of another program on the same PID is left alone", () => {
    const theirs = section(2, [0xe3, 0, 0xf0, 0, 0x1b, 0xe3, 0, 0xf0, 0], true, 2);
    expect(offsets(...sectionPackets(PIDS.pmt, theirs, 1), key, other)).toEqual([3]);
    // Both in one packet, whichever comes first.
    expect(offsets(...sectionPackets(PIDS.pmt, [...theirs, ...moved], 1), key, other)).toEqual([4]);
    expect(offsets(...sectionPackets(PIDS.pmt, [...moved, ...theirs], 1), key, other)).toEqual([4]);
  });

  test("one may end where the next begins", () => {
    const long = pmt(0x300, [[0x1b, 0x300]], 250);
    const end = long.slice(183);
    const [first = key] = sectionPackets(PIDS.pmt, long, 1);
    const payload = [end.length, ...end, ...section(0x42, [1])];
    const second = packet({ pid: PIDS.pmt, counter: 2, begins: true, payload: [...payload, 0xff] });
    expect(offsets(first, second, key, other)).toEqual([5]);
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

  test("are looked for again when none was flagged for long", () => {
    const none = new Array<Partial<PacketParts>>(FLAGGED_PICTURES - 1).fill({});
    const marks = marksOf(
      playing(
        0x1b,
        { flags: 0x40 },
        { payload: IDR },
        ...none,
        { payload: IDR },
        { flags: 0x40 },
        {
          payload: IDR,
        },
      ),
    );
    const last = FLAGGED_PICTURES + 3;
    expect(keyframesOf(marks).map(({ offset }) => offset / PACKET)).toEqual([2, last, last + 1]);
  });

  test("are told as soon as the picture's packets are there, and their bytes come with them", () => {
    const scanner = new Scanner();
    const start = packet({ pid: PIDS.video, begins: true, payload: VIDEO_START });
    const rest = packet({ pid: PIDS.video, counter: 1, payload: [0, 0, 1, 0x65, 0x88, 1] });
    const chunk = joined([...playing(0x1b), start]);
    const first = scanner.scan(chunk);
    expect([first.bytes.length, keyframesOf(first.marks)]).toEqual([2 * PACKET, []]);
    // A socket's buffer may be used again.
    chunk.fill(0);
    const audio = packet({ pid: PIDS.audio, payload: [1] });
    expect(scanner.scan(audio)).toMatchObject({ bytes: new Uint8Array(0), hasMedia: false });
    const { bytes, marks } = scanner.scan(rest);
    expect(Buffer.from(bytes).equals(joined([start, audio, rest]))).toBe(true);
    expect(keyframesOf(marks)).toMatchObject([{ offset: 0 }]);
    expect(scanner.continuityErrors).toBe(0);
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
    const tell = (coding: Coding, ...units: number[][]) => {
      const payload = [...VIDEO_START, ...units.flatMap((unit) => [0, 0, 1, ...unit])];
      return beginsKeyframe(packet({ pid: PIDS.video, begins: true, payload }), 0, coding);
    };
    const sequence = [0xb3, 1, 1];
    expect(tell("mpeg2", sequence, [0x00, 0, 0x08])).toBe(true);
    expect(tell("mpeg2", sequence, [0x00, 0, 0x10])).toBe(false);
    expect(tell("mpeg2", [0x00, 0, 0x08])).toBe(false);
    // The end of the picture before comes first.
    expect(tell("mpeg2", [0x05, 9, 9], sequence, [0x00, 0, 0x08])).toBe(true);
    const parameters = [0x67, 1, 1];
    const intra = [0x61, 0x88, 1];
    expect(tell("h264", [0x65, 0x88, 1])).toBe(true);
    expect(tell("h264", [0x09, 0x10, 0], parameters, intra)).toBe(true);
    expect(tell("h264", parameters, [0x61, 0xb1, 1])).toBe(true);
    expect(tell("h264", parameters, [0x61, 0x9a, 1])).toBe(false);
    expect(tell("h264", intra)).toBe(false);
    expect(tell("h264", parameters)).toBeNull();
    // Recovery points, alone, behind another message, and behind one that holds a guarded zero.
    const other = [0x61, 0x9a, 1];
    expect(tell("h264", [0x06, 6, 1, 0xc4, 0x80], other)).toBe(true);
    expect(tell("h264", [0x06, 1, 2, 9, 9, 6, 1, 0xc4, 0x80], other)).toBe(true);
    expect(tell("h264", [0x06, 1, 4, 0, 0, 3, 1, 9, 6, 1, 0xc4, 0x80], other)).toBe(true);
    expect(tell("h264", [0x06, 1, 2, 6, 6, 0x80], other)).toBe(false);
    expect(tell("h264", [0x06, 5, 0xff, 0xff], [0x06, 6, 1], other)).toBe(true);
    expect(tell("h264", [0x06, 5, 0xff, 0xff], other)).toBe(false);
    expect(tell("h264", [0x06, 1, 5, 9], [0x68, 6, 1, 0x80], other)).toBe(false);
    expect(tell("hevc", [0x46, 1, 0x50], [0x26, 1, 1])).toBe(true);
    for (const unit of [16, 17, 18, 20, 21]) expect(tell("hevc", [unit << 1, 1, 1])).toBe(true);
    for (const unit of [0, 9, 15, 22]) expect(tell("hevc", [unit << 1, 1, 1])).toBe(false);
    expect(tell("hevc", [0x42, 1, 1], [0x02, 1, 1])).toBe(false);
    expect(tell("hevc", [0x42, 1, 1])).toBeNull();
    expect(tell("other", [0x65, 0x88, 1])).toBe(false);
  });

  test("are looked for no further than the picture's second start, or 64 packets", () => {
    const start = packet({ pid: PIDS.video, begins: true, payload: VIDEO_START });
    const next = packet({ pid: PIDS.video, begins: true, counter: 1, payload: IDR });
    const audio = packet({ pid: PIDS.audio, payload: [1] });
    const look = (...packets: Uint8Array[]) => beginsKeyframe(joined(packets), 0, "h264");
    expect(look(start, ...new Array<Uint8Array>(62).fill(audio))).toBeNull();
    expect(look(start, ...new Array<Uint8Array>(63).fill(audio))).toBe(false);
    expect(look(start, next)).toBe(false);
    const rest = packet({ pid: PIDS.video, counter: 1, payload: [0, 0, 1, 0x65, 0x88, 1] });
    const broken = withBits(rest, 1, 0x80);
    expect(look(withBits(next, 3, 0xc0))).toBe(false);
    expect(look(withBits(next, 3, 0))).toBe(true);
    // What stands in the header is no picture.
    const header = [0, 0, 1, 0xe0, 0, 0, 0x80, 1, 6, 0, 0, 1, 0x65, 0x88, 1];
    const late = packet({ pid: PIDS.video, begins: true, payload: [...header, 0, 0, 1, 0x41, 0x9a, 1] });
    expect(look(late)).toBe(false);
    expect([look(start, audio, rest), look(start, start, rest), look(start, broken)]).toEqual([
      true,
      true,
      null,
    ]);
  });
});

describe("continuity", () => {
  const errorsOf = (...parts: (Partial<PacketParts> | Uint8Array)[]): number => {
    const scanner = new Scanner();
    const whole = parts.map((part) =>
      part instanceof Uint8Array ? part : packet({ pid: PIDS.video, payload: [1], ...part }),
    );
    scanner.scan(joined(whole));
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
    const announced = packet({ pid: PIDS.video, counter: 8, flags: 0x80 });
    expect(errorsOf({ counter: 3 }, announced, { counter: 9 }, { counter: 10 })).toBe(0);
    const empty = packet({ pid: PIDS.video, counter: 0 });
    const scanner = new Scanner();
    const full = (counter: number) => packet({ pid: PIDS.video, counter, payload: [1] });
    const nothing = packet({ pid: PIDS.none, counter: 7, payload: [1] });
    scanner.scan(joined([full(3), empty, nothing, full(4)]));
    expect(scanner.continuityErrors).toBe(0);
  });

  test("packets that say that they are damaged are counted, and nothing in them is read", () => {
    const scanner = new Scanner();
    const full = (counter: number) => packet({ pid: PIDS.video, counter, payload: [1] });
    scanner.scan(joined([full(3), withBits(full(9), 1, 0x80), full(5), full(6)]));
    expect(scanner).toMatchObject({ transportErrors: 1, continuityErrors: 0 });
    const marks = marksOf(playing(0x1b).concat(withBits(packet({ pid: PIDS.video, clock: 9 }), 1, 0x80)));
    expect(marks.map(({ kind }) => kind)).toEqual(["pat"]);
  });

  test("scrambled packets are counted, and count on", () => {
    const scanner = new Scanner();
    const full = (counter: number) => packet({ pid: PIDS.video, counter, payload: [1] });
    scanner.scan(joined([full(3), withBits(full(4), 3, 0xc0), withBits(full(6), 3, 0x80)]));
    expect(scanner).toMatchObject({ scrambledPackets: 2, continuityErrors: 1 });
  });

  test("adaptation fields of illegal length say nothing", () => {
    const clock = packet({ pid: PIDS.video, clock: 90 });
    const kinds = (one: Uint8Array) => marksOf([...playing(0x1b), one]).map(({ kind }) => kind);
    expect(kinds(clock)).toEqual(["pat", "clock"]);
    expect(kinds(clock.with(4, 184))).toEqual(["pat"]);
    expect(kinds(clock.with(4, 6))).toEqual(["pat"]);
    expect(kinds(clock.with(4, 0))).toEqual(["pat"]);
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
    expect(clock.advance(90_000_000 + 90 * 2_001)).toBe(0);
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
    const intake = new Intake({ pieceBytesMax: 5000 });
    const pieces = intake.push(media, 0);
    expect(bytesOf(pieces).equals(media)).toBe(true);
    expect(Math.max(...pieces.map(({ bytes }) => bytes.length))).toBe(26 * PACKET);
    for (const { bytes, marks } of pieces)
      for (const mark of marks) expect(mark.offset).toBeLessThan(bytes.length);
  });

  test("tells what is no stream: sooner for one that never was any", () => {
    const page = new Uint8Array(SYNC_SEARCH_BYTES_MAX - 1).fill(0x20);
    const never = new Intake({ pieceBytesMax: 65_424 });
    expect([never.push(page, 0), never.isForeign]).toEqual([[], false]);
    expect([never.push(page.subarray(0, 1), 0), never.isForeign]).toEqual([[], true]);

    const once = new Intake({ pieceBytesMax: 65_424 });
    once.push(new Program(1_000_000).seconds(1), 0);
    for (let bytes = 0; bytes < RESYNC_BYTES_MAX - page.length; bytes += page.length) once.push(page, 0);
    expect(once.isForeign).toBe(false);
    once.push(page, 0);
    once.push(page, 0);
    expect(once.isForeign).toBe(true);
  });
});

/** The soak's own arithmetic, and that it goes red: for what is held, left open, grown, and lost. */
import { describe, expect, test } from "bun:test";
import {
  grownIn,
  heldFor,
  type Inside,
  leakedObjects,
  leakedOutside,
  OBJECTS_MORE_MAX,
} from "../soak/inside.ts";
import { Answer, Numbers } from "../soak/numbers.ts";
import { readSoakOptions } from "../soak/options.ts";
import { kindOf, lookAt, type Outside } from "../soak/outside.ts";
import { wrongs } from "../soak/report.ts";
import { quantile, slopeOf } from "../soak/slope.ts";
import { numberedMedia } from "../support/numbered.ts";
import { until } from "../support/until.ts";

const NOBODY: Inside = {
  slots: { engines: 2, sessions: 0, free: 8, pending: 0, active: 0, released: 0 },
  streams: { waiting: 0, starting: 0, playing: 0 },
  clients: { known: 0, unanswered: 0, queued: 0, httpRequests: 1, eventListeners: 0 },
  timers: { byKind: {}, doubts: 0, watched: 0, probed: 0 },
  work: { mailbox: 0, sessions: 0, moments: 40 },
  data: { streams: 0, readers: 0, hlsDownloads: 0, droppedEarly: 3, ringBytes: 0 },
  connections: { exchanges: 0, playbacks: 0 },
  backlog: { reports: 0, journalLines: 0 },
  memory: { heapUsedBytes: 1, objects: 1_000, objectsByKind: { Function: 500, Promise: 3 } },
};

describe("what is held although nobody is there", () => {
  test("is nothing, memories that forget late aside", () => expect(heldFor(NOBODY)).toEqual([]));

  const held: readonly (readonly [what: string, inside: Partial<Inside>, told: string])[] = [
    ["a slot", { slots: { ...NOBODY.slots, sessions: 0, released: 1 } }, "slots: 1 released"],
    ["a session", { slots: { ...NOBODY.slots, sessions: 2 } }, "sessions: 2 held"],
    ["a stream", { streams: { waiting: 0, starting: 1 } }, "streams: 1 starting"],
    ["a request", { clients: { httpRequests: 3 } }, "clients: 2 httpRequests"],
    ["a listener", { clients: { httpRequests: 1, eventListeners: 1 } }, "clients: 1 eventListeners"],
    ["a timer", { timers: { ...NOBODY.timers, byKind: { linger: 1 } } }, "timers: 1 linger"],
    ["a probe", { timers: { ...NOBODY.timers, probed: 1 } }, "timers: 1 probed"],
    ["a download", { data: { ...NOBODY.data, hlsDownloads: 1 } }, "data: 1 hlsDownloads"],
    ["a ring", { data: { ...NOBODY.data, ringBytes: 188 } }, "data: 188 ringBytes"],
    ["a connection", { connections: { exchanges: 0, playbacks: 1 } }, "connections: 1 playbacks"],
    ["a report", { backlog: { reports: 4, journalLines: 0 } }, "backlog: 4 reports"],
  ];
  test.each(held)("%s is told", (_what, inside, told) =>
    expect(heldFor({ ...NOBODY, ...inside })).toEqual([told]),
  );
});

describe("what the system counts", () => {
  const before: Outside = {
    ...{ descriptors: { socket: 3, eventpoll: 1 }, connections: {} },
    ...{ threads: 6, residentBytes: 1, proportionalBytes: 1 },
  };

  test("a socket, a connection that nobody closes and many threads are told; fewer are no leak", () => {
    expect(leakedOutside(before, { ...before, descriptors: { socket: 1 }, threads: 4 })).toEqual([]);
    const after = {
      ...before,
      ...{ descriptors: { socket: 4, pipe: 1 }, connections: { "close-wait": 1 }, threads: 99 },
    };
    expect(leakedOutside(before, after)).toEqual([
      ...["descriptors: 4 socket, were 3", "descriptors: 1 pipe, were 0"],
      ...["connections: 1 close-wait, were 0", "threads: 99, were 6"],
    ]);
  });

  test("a connection that a process really holds is counted until it is closed", async () => {
    // In a process of its own: here other tests' connections come and go.
    const program = `
      const socket = { data() {} };
      const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
      let held;
      process.stdin.on("data", async () => {
        if (held) held.terminate();
        else held = await Bun.connect({ hostname: "127.0.0.1", port: server.port, socket });
      });
      console.log("listening");`;
    const child = Bun.spawn([process.execPath, "-e", program], { stdin: "pipe", stdout: "pipe" });
    const tell = (): void => {
      child.stdin.write("\n");
      child.stdin.flush();
    };
    try {
      await child.stdout.getReader().read();
      const was = lookAt(child.pid);
      tell();
      await until("both ends are seen", () => leakedOutside(was, lookAt(child.pid)).length === 2);
      tell();
      await until("both ends are gone", () => leakedOutside(was, lookAt(child.pid)).length === 0);
      expect(lookAt(child.pid).residentBytes).toBeGreaterThan(2 ** 20);
    } finally {
      child.kill();
      await child.exited;
    }
  });

  test("descriptors have kinds", () =>
    expect(
      ["socket:[4711]", "pipe:[1]", "anon_inode:[eventpoll]", "anon_inode:inotify", "/dev/null"].map(kindOf),
    ).toEqual(["socket", "pipe", "eventpoll", "inotify", "file"]));
});

test("objects that grow with the clients that came are told, and what is loaded once is not", () => {
  const grown = (objects: number): Inside => ({
    ...NOBODY,
    memory: { heapUsedBytes: 1, objects, objectsByKind: { Function: 600, Promise: 3 } },
  });
  expect(leakedObjects(NOBODY, grown(1_000 + OBJECTS_MORE_MAX), 0)).toEqual([]);
  expect(leakedObjects(NOBODY, grown(1_000 + OBJECTS_MORE_MAX + 30 * 7_000), 7_000)).toEqual([
    `objects: ${OBJECTS_MORE_MAX + 210_000} more after 7000 clients (objects: 600 Function, were 500)`,
  ]);
});

describe("a slope", () => {
  const line = (perHour: number, noise: (at: number) => number = () => 0) =>
    Array.from({ length: 200 }, (_, at) => ({
      hours: at / 100,
      value: 5 + (perHour * at) / 100 + noise(at),
    }));

  test("is found exactly where there is no noise, and has no error then", () => {
    const slope = slopeOf(line(12));
    expect(slope?.perHour).toBeCloseTo(12);
    expect(slope?.medianPerHour).toBeCloseTo(12);
    expect(slope?.error).toBeCloseTo(0);
  });

  test("its error is larger where one sample is like the next", () => {
    const quick = slopeOf(line(0, (at) => (at % 2 === 0 ? 1 : -1)));
    const slow = slopeOf(line(0, (at) => (at % 50 < 25 ? 1 : -1)));
    expect(slow?.error ?? 0).toBeGreaterThan(3 * (quick?.error ?? 0));
  });

  test("one jump moves the least squares, and hardly the median of the pairs", () => {
    const slope = slopeOf(line(0, (at) => (at >= 195 ? 1_000 : 0)));
    expect(slope?.perHour ?? 0).toBeGreaterThan(20);
    expect(slope?.medianPerHour).toBe(0);
  });

  test("is not told of two points, or of one moment", () => {
    expect(
      slopeOf([
        { hours: 0, value: 1 },
        { hours: 1, value: 2 },
      ]),
    ).toBeNull();
    expect(slopeOf([1, 2, 3].map((value) => ({ hours: 1, value })))).toBeNull();
  });

  test("quantiles are values that were seen", () => {
    expect([quantile([], 0.5), quantile([3, 1, 2], 0.5), quantile([3, 1, 2], 0.99)]).toEqual([null, 2, 3]);
  });
});

describe("memory that grows", () => {
  const told = (which: "resident" | "heap", mbPerHour: number, errorMb: number, minutes: number) => {
    const slope = { perHour: mbPerHour * 1e6, error: errorMb * 1e6, medianPerHour: mbPerHour * 1e6 };
    return wrongs({
      ...{ violations: [], illegal: [], leaks: [], failures: [], lostPackets: 0, minutes },
      ...{ resident: null, heap: null, [which]: slope },
    });
  };

  test("is told when it is surely more than 10 MB/h, with how sure", () => {
    expect(told("resident", 12, 3, 8)).toEqual(["resident memory grows: +12.0 ± 3.0 (+12.0) MB/h"]);
    expect(told("heap", 12, 3, 14)).toEqual(["heap memory grows: +12.0 ± 3.0 (+12.0) MB/h"]);
    expect([told("resident", 12, 5, 8), told("resident", 9, 0, 8), told("heap", -40, 1, 60)].flat()).toEqual(
      [],
    );
  });

  test("is not told of fewer than eight minutes, and of the heap's only once the histories are full", () => {
    expect([told("resident", 50, 1, 7.9), told("heap", 50, 1, 13.9)].flat()).toEqual([]);
  });

  test("is told by kind, of what there is more at the end, most first", () => {
    expect(
      grownIn([
        { string: 5, Map: 9 },
        { string: 50, Map: 0 },
        { string: 8, Map: 7, Set: 4 },
      ]),
    ).toEqual([
      ["Set", 4],
      ["string", 3],
    ]);
    expect(grownIn([])).toEqual([]);
  });
});

describe("a client of the soak", () => {
  const media = Buffer.from(numberedMedia(300_000)({ content: "", caption: "" }).read(0, 4_000));
  const chunked = (body: Buffer, size: number): Buffer => {
    const parts: Buffer[] = [Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")];
    for (let at = 0; at < body.length; at += size) {
      const part = body.subarray(at, at + size);
      parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
    }
    return Buffer.concat(parts);
  };
  const read = (wire: Buffer, step: number) => {
    const gaps: number[] = [];
    const numbers = new Numbers({ gap: (missing) => gaps.push(missing) });
    const answer = new Answer((bytes) => numbers.push(bytes));
    for (let at = 0; at < wire.length; at += step) answer.push(wire.subarray(at, at + step));
    return {
      gaps,
      packets: numbers.packets,
      broken: numbers.broken,
      status: answer.status,
      isOver: answer.isOver,
    };
  };
  const packets = media.length / 188;

  test.each([1, 3, 187, 188, 1_460, 1e6])("finds every packet, in pieces of %d bytes", (step) =>
    expect(read(chunked(media, 1_504), step)).toEqual({
      ...{ gaps: [], packets, broken: 0, status: 200, isOver: false },
    }),
  );

  test("tells what is missing, what comes twice, and what is no packet", () => {
    const without = Buffer.concat([media.subarray(0, 188 * 10), media.subarray(188 * 13)]);
    expect(read(chunked(without, 999), 500)).toMatchObject({ gaps: [3], packets: packets - 3 });
    const twice = Buffer.concat([media.subarray(0, 188 * 10), media.subarray(188 * 8)]);
    expect(read(chunked(twice, 999), 500)).toMatchObject({ gaps: [-2] });
    const torn = Buffer.from(media);
    torn[188 * 5] = 0;
    expect(read(chunked(torn, 999), 500)).toMatchObject({ broken: 1, gaps: [1] });
  });

  test("knows the seam that the proxy makes, and counts no number in its packet", () => {
    const seam = Buffer.alloc(188, 0xff);
    seam.set([0x47, 0x01, 0x01, 0x20, 183, 0x80]);
    const seams: boolean[] = [];
    const numbers = new Numbers({ gap: (_missing, isSeam) => seams.push(isSeam) });
    numbers.push(Buffer.concat([media.subarray(0, 188 * 10), seam, media.subarray(188 * 15, 188 * 20)]));
    numbers.push(media.subarray(188 * 30));
    expect(seams).toEqual([true, false]);
  });

  test("tells a clean end, and a refusal", () => {
    const wire = Buffer.concat([chunked(media, 1_504), Buffer.from("0\r\n\r\n")]);
    expect(read(wire, 700)).toMatchObject({ isOver: true, packets });
    const refusal = Buffer.from("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}");
    expect(read(refusal, 9)).toMatchObject({ status: 503 });
  });
});

describe("the settings of make soak", () => {
  test("are minutes unless hours are given", () => {
    expect(readSoakOptions({ SEED: "7" })).toEqual({ minutes: 10, seed: 7, clients: 1_000, streams: 50 });
    expect(readSoakOptions({ HOURS: "2", MINUTES: "1", SEED: "7", CLIENTS: "100", STREAMS: "10" })).toEqual({
      ...{ minutes: 120, seed: 7, clients: 100, streams: 10 },
    });
  });

  test.each([
    [{ MINUTES: "x" }, 'MINUTES: "x" is not a number from 0.1 up'],
    [{ CLIENTS: "1.5" }, 'CLIENTS: "1.5" is not a whole number from 10 up'],
    [{ HOURS: "-1" }, 'HOURS: "-1" is not a number from 0.01 up'],
    [{ STREAMS: "1" }, 'STREAMS: "1" is not a whole number from 2 up'],
  ])("%o is refused in words", (env, words) => expect(() => readSoakOptions(env)).toThrow(words));
});

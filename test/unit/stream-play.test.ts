/** Streams from a source's socket to clients' sockets. */
import { expect, test } from "bun:test";
import { until } from "../support/until.ts";
import { lookAt, PACKET, PIDS, Program, pidAt, withoutFiller } from "./stream-media.ts";
import { streamWorld } from "./stream-world.ts";

test("a later client begins at a keyframe, with the tables before it", async () => {
  await using world = await streamWorld();
  const program = new Program(4_000_000);
  const playback = await world.play(1, 1);
  const first = world.client(1, 1);
  await playback.send(program.frames(110));
  await first.take(110 * program.frameBytes);
  world.clock.pass(3_000);
  const later = world.client(2, 1);
  await until("the later client has begun", () => later.bytes > 0);
  await playback.send(program.frames(50));
  await first.take(160 * program.frameBytes);
  const end = withoutFiller(first.body);
  // The newest keyframe was the 100th frame.
  const expected = end.subarray(100 * program.frameBytes);
  later.thaw();
  await until("the later client has all", () => withoutFiller(later.body).length >= expected.length);
  expect([pidAt(later.body, 0), pidAt(later.body, PACKET), pidAt(later.body, 2 * PACKET)]).toEqual([
    PIDS.pat,
    PIDS.pmt,
    PIDS.video,
  ]);
  expect(later.body[2 * PACKET + 5]).toBe(0x50);
  expect(withoutFiller(later.body).equals(expected)).toBe(true);
  expect(lookAt(later.body)).toMatchObject({ breaks: 0, unaligned: 0 });
});

test("a client that stops reading stands still, keeps nobody waiting, is dropped in time and cut off", async () => {
  await using world = await streamWorld({ bufferBytes: 2 * 2 ** 20 });
  const program = new Program(4_000_000);
  const playback = await world.play(1, 1);
  const reads = world.client(1, 1);
  const frozen = world.client(2, 1);
  let sentBytes = 0;
  /** Half a second of the programme, in time with the clock. */
  const live = async (): Promise<void> => {
    for (let frames = 0; frames < 12.5; frames += 5) {
      const bytes = program.frames(5);
      sentBytes += bytes.length;
      await playback.send(bytes);
      await world.passMs(200);
      await reads.take(sentBytes);
    }
  };
  await live();
  await frozen.take(sentBytes);
  frozen.freeze();
  // Sockets hold some MB.
  await until("its socket is full", async () => {
    const before = world.streams.taken(2);
    await live();
    const after = world.streams.taken(2);
    return after?.moreWaiting === true && after.bytes === before?.bytes;
  });
  const still = world.streams.taken(2);
  const fullMs = world.clock.monotonicMs();
  while (!world.told.includes("left 2")) {
    expect(world.streams.taken(2)).toEqual({ bytes: still?.bytes ?? -1, moreWaiting: true });
    expect(world.streams.figures(1)?.bufferedBytes).toBeLessThanOrEqual(2 * 2 ** 20);
    expect(world.clock.monotonicMs() - fullMs).toBeLessThan(32_000);
    await live();
  }
  expect(world.clock.monotonicMs() - fullMs).toBeGreaterThan(28_000);
  expect(world.streams.figures(1)).toMatchObject({ holds: 0 });
  expect(lookAt(reads.body)).toMatchObject({ breaks: 0, unaligned: 0 });
  frozen.thaw();
  await until("the frozen client is cut off", () => frozen.over);
  expect(frozen.over).toBe("broken");
  expect(world.told).not.toContain("left 1");
});

test("the source's silence counts against no client", async () => {
  await using world = await streamWorld();
  const program = new Program(2_000_000);
  world.stat = () => ({
    kind: "stat",
    status: "dl",
    peers: 3,
    downloadedBytes: world.statCalls * 1000,
    speedDownKBps: 1,
    speedUpKBps: 0,
  });
  const playback = await world.play(1, 1);
  const client = world.client(1, 1);
  await playback.send(program.seconds(1));
  await client.take(25 * program.frameBytes);
  client.thaw();
  // Longer than any client may stop reading, shorter than any engine may be silent.
  await world.passMs(50_000, 1_000);
  expect(client.over).toBe(null);
  await playback.send(program.seconds(1));
  await client.take(50 * program.frameBytes);
  await world.passMs(1_000);
  expect(world.told).toEqual(["media 1", "steady 1"]);
});

test("a session that is replaced or closed tells nothing any more", async () => {
  await using world = await streamWorld();
  const program = new Program(2_000_000);
  const first = await world.play(1, 1);
  await first.send(program.seconds(1));
  await world.hasTold("media 1");
  const second = await world.play(1, 2);
  first.reset();
  await second.send(program.seconds(2));
  await world.hasTold("media 2");
  world.streams.close(1, "nobody is left");
  await until("the engine sees it", () => second.isOver);
  await world.passMs(60_000);
  expect(world.told).toEqual(["media 1", "media 2"]);
  expect(world.streams.figures(1)).toBe(null);
});

test("after the end nothing is left: no timer, no reader, no client", async () => {
  await using world = await streamWorld();
  const playback = await world.play(1, 1);
  const other = await world.play(2, 2);
  await playback.send(new Program(2_000_000).seconds(1));
  const client = world.client(1, 1);
  await client.take(1);
  world.streams.shutDown();
  client.thaw();
  await until("all is over", () => playback.isOver && other.isOver && client.over);
  expect(world.clock.nextMs()).toBe(null);
  expect(world.streams.taken(1)).toBe(null);
  expect(world.told).toEqual(["media 1"]);
});

test("a session that is waiting for room when another one follows writes nothing more", async () => {
  await using world = await streamWorld({ bufferBytes: 64 * 1024 });
  const program = new Program(2_000_000);
  const first = await world.play(1, 1);
  // Nobody has come yet, so that the beginning is kept.
  void first.send(program.seconds(4));
  await until("the source waits", () => (world.streams.figures(1)?.holds ?? 0) > 0);
  const bytesIn = world.streams.figures(1)?.bytesIn;
  const second = await world.play(1, 2);
  await until("the former session is read no more", () => first.isOver);
  expect(world.streams.figures(1)?.bytesIn).toBe(bytesIn);
  await second.send(program.frames(1));
  expect(world.told).toEqual(["media 1"]);
});

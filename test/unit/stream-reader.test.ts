/** Sources that fail, fall silent or are no streams at all. */
import { describe, expect, test } from "bun:test";
import type { StatOutcome } from "../../src/ports.ts";
import { until } from "../support/until.ts";
import { DEAD } from "./odd-server.ts";
import { PIDS, Program, packet } from "./stream-media.ts";
import { streamWorld, type World } from "./stream-world.ts";

const stat = (downloadedBytes: number, peers: number): StatOutcome => ({
  kind: "stat",
  status: "dl",
  peers,
  downloadedBytes,
  speedDownKBps: 0,
  speedUpKBps: 0,
});

const playAt = (world: World, url: string): void =>
  world.streams.play({
    stream: 1,
    session: 1,
    urls: { ...world.urls(), playback: url },
    isLive: true,
  });

describe("a playback", () => {
  for (const status of [403, 500, 204]) {
    test(`that answers ${status} ends the session`, async () => {
      await using world = await streamWorld();
      world.answers.set("/odd", (answer) => answer.writeHead(status).end());
      playAt(world, `${world.origin}/odd`);
      await world.hasTold("ended");
      expect(world.told).toEqual([`ended 1 engine: the playback answered ${status}`]);
    });
  }

  test("that cannot be reached ends the session", async () => {
    await using world = await streamWorld();
    playAt(world, `http://${DEAD.host}:${DEAD.port}/`);
    await world.hasTold("ended 1 engine");
  });

  test("that redirects to a file or to no address at all ends the session", async () => {
    await using world = await streamWorld();
    for (const location of ["file:///etc/hosts", "http://["]) {
      world.answers.set("/moved", (answer) => answer.writeHead(302, { Location: location }).end());
      const before = world.told.length;
      playAt(world, `${world.origin}/moved`);
      await until("it is over", () => world.told.length > before);
      expect(world.told.at(-1)).toStartWith("ended 1 engine: the playback redirects to");
    }
  });

  test("tells of its media at once, though the ring is full before its first chunk is in", async () => {
    await using world = await streamWorld({ bufferBytes: 64 * 1024 });
    const playback = await world.play(1, 1);
    const program = new Program(8_000_000);
    const sending = playback.send(program.seconds(1));
    await world.hasTold("media 1");
    const client = world.client(1, 1);
    await client.take(40_000);
    client.thaw();
    await world.passMs(1_000, 50);
    await sending;
    await client.take(25 * program.frameBytes);
  });
});

describe("a silent source", () => {
  async function silent(answer: () => StatOutcome): Promise<World> {
    const world = await streamWorld();
    world.stat = answer;
    const playback = await world.play(1, 1);
    await playback.send(new Program(1_000_000).seconds(1));
    await world.hasTold("media 1");
    return world;
  }

  test("that cannot be asked is over, too", async () => {
    await using world = await silent(() => ({ kind: "unavailable", message: "refused" }));
    await world.passMs(22_000);
    // It is at fault, so that nothing else is asked of it before it answers.
    expect(world.told[1]).toStartWith("ended 1 engine: the engine was silent for 20 s: refused");
  });

  test("that says for ever that it gets on is over after three stall time-outs, and no sooner", async () => {
    let calls = 0;
    await using world = await silent(() => stat(calls++ * 1000, 7));
    await world.passMs(59_000);
    expect(world.told).toEqual(["media 1"]);
    await world.passMs(3_000);
    expect(world.told[1]).toStartWith("ended 1 timeout: the engine was silent for 6");
  });

  test("whose peers only come and go is over", async () => {
    let calls = 0;
    await using world = await silent(() => stat(5000, 3 + (calls++ % 2)));
    await world.passMs(30_000);
    expect(world.told[1]).toStartWith("ended 1 timeout");
  });

  test("that sends nothing but null packets is silent", async () => {
    await using world = await silent(() => stat(5000, 7));
    const [playback] = world.playbacks;
    const nothing = Buffer.concat(Array.from({ length: 10 }, () => packet({ pid: PIDS.none, payload: [1] })));
    for (let i = 0; i < 22; i++) {
      const before = world.streams.figures(1)?.bytesIn ?? 0;
      await playback?.send(nothing);
      await until(
        "it is in",
        () => world.told.length > 1 || (world.streams.figures(1)?.bytesIn ?? 0) > before,
      );
      await world.passMs(1_000);
    }
    expect(world.told[1]).toStartWith("ended 1 timeout");
  });

  test("that has not begun tells of progress only, and its time-out is the broker's", async () => {
    await using world = await streamWorld();
    let calls = 0;
    world.stat = () => stat(0, [0, 0, 1, 1, 3, 3][calls++] ?? 3);
    await world.play(1, 1);
    await world.passMs(100_000);
    expect(world.told).toEqual(["progress 1", "progress 1"]);
  });

  test("that says for ever that it is about to begin is believed for five minutes", async () => {
    await using world = await streamWorld();
    let calls = 0;
    world.stat = () => stat(calls++ * 1000, 7);
    await world.play(1, 1);
    await world.passMs(299_000);
    const before = world.told.length;
    expect(before).toBeGreaterThan(200);
    await world.passMs(60_000);
    expect(world.told.length).toBeLessThanOrEqual(before + 1);
  });

  test("that was only kept waiting by a client is not blamed", async () => {
    await using world = await streamWorld({ bufferBytes: 2 ** 20, stallTimeoutMs: 1_000 });
    world.stat = () => stat(5000, 7);
    const program = new Program(4_000_000);
    const playback = await world.play(1, 1);
    const sending = playback.send(program.seconds(30));
    await world.hasTold("media 1");
    const client = world.client(1, 1, { frozen: true });
    await until("the client is there", () => world.streams.taken(1));
    await until("the source waits for the client", () => (world.streams.figures(1)?.holds ?? 0) > 0);
    const { statCalls } = world;
    await world.passMs(6_000, 100);
    expect(world.statCalls).toBeGreaterThan(statCalls);
    expect(world.told).toEqual(["media 1"]);
    client.leave();
    await sending;
    await world.hasTold("left 1");
  });
});

test("what an engine's statistics said last is known until the next one's say something", async () => {
  await using world = await streamWorld();
  world.stat = () => ({ ...stat(7000, 4), speedDownKBps: 12, speedUpKBps: 3 }) as StatOutcome;
  const playback = await world.play(1, 1);
  await playback.send(new Program(1_000_000).seconds(1));
  await world.hasTold("media 1");
  const said = { status: "dl", peers: 4, downloadedBytes: 7000, speedDownKBps: 12, speedUpKBps: 3 };
  await world.passMs(6_000);
  await until("it was asked", () => world.statCalls > 0);
  expect(world.streams.figures(1)).toMatchObject(said);
  world.stat = () => ({ kind: "unavailable", message: "refused" });
  await world.play(1, 2);
  await world.passMs(3_000);
  expect(world.streams.figures(1)).toMatchObject(said);
  world.stat = () => stat(1, 0);
  await world.passMs(2_000);
  expect(world.streams.figures(1)).toMatchObject({ peers: 0, downloadedBytes: 1 });
});

test("broken streams are counted and passed on, and can still be joined", async () => {
  await using world = await streamWorld();
  const program = new Program(2_000_000);
  const playback = await world.play(1, 1);
  const first = world.client(1, 1);
  await playback.send(program.seconds(1));
  await playback.send(new Uint8Array(1000).fill(1));
  program.frames(5);
  await playback.send(program.seconds(2));
  await first.take(75 * program.frameBytes);
  world.clock.pass(3_000);
  const later = world.client(2, 1);
  await later.take(5 * program.frameBytes);
  expect(later.body[0]).toBe(0x47);
  expect(world.streams.figures(1)).toMatchObject({ resyncs: 1 });
  expect(world.streams.figures(1)?.continuityErrors).toBeGreaterThan(0);
});

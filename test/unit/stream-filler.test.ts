/** Null packets while a stream that has begun is silent, and how long a stream must play to be steady. */
import { describe, expect, test } from "bun:test";
import type { StatOutcome } from "../../src/ports.ts";
import { FAILOVERS_MAX } from "../../src/slots/limits.ts";
import { Fanout } from "../../src/stream/fanout.ts";
import { FILLER_EXTRA_MS, FILLER_PACKETS, STEADY_MS, STEADY_MS_MAX } from "../../src/stream/limits.ts";
import { nullPackets } from "../../src/stream/mpegts/packets.ts";
import { Pace } from "../../src/stream/pace.ts";
import { Steadiness } from "../../src/stream/source/steadiness.ts";
import { until } from "../support/until.ts";
import { handClock } from "./odd-server.ts";
import { PACKET, PIDS, Program, pidAt, withoutFiller } from "./stream-media.ts";
import { streamWorld, type WireClient, type World } from "./stream-world.ts";

const STALL_MS = 20_000;
const fillerIn = (client: WireClient): number =>
  Array.from({ length: client.bytes / PACKET }, (_, n) => pidAt(client.body, n * PACKET)).filter(
    (pid) => pid === PIDS.none,
  ).length;

const growing = (world: World): StatOutcome => ({
  kind: "stat",
  status: "dl",
  peers: 3,
  downloadedBytes: world.statCalls * 1_000,
  speedDownKBps: 100,
  speedUpKBps: 1,
});

/** A client that has had a second of the stream, and waits for more. */
async function silentAfterASecond(world: World): Promise<WireClient> {
  const playback = await world.play(1, 1);
  const client = world.client(1, 1);
  const bytes = new Program(2_000_000).seconds(1);
  await playback.send(bytes);
  await client.take(bytes.length);
  client.thaw();
  return client;
}

describe("null packets", () => {
  test("come about once a second while the source is silent, and the stream goes on behind them unharmed", async () => {
    await using world = await streamWorld({ stallTimeoutMs: STALL_MS });
    world.stat = () => growing(world);
    const program = new Program(2_000_000);
    const playback = await world.play(1, 1);
    const client = world.client(1, 1);
    const [before, after] = [program.seconds(1), program.seconds(1)];
    await playback.send(before);
    await client.take(before.length);
    client.thaw();
    await world.passMs(1_000);
    expect(world.streams.figures(1)?.fillerPackets).toBe(0);
    await world.passMs(9_000);
    await until("they are here", () => fillerIn(client) === 9 * FILLER_PACKETS);
    const { bytesIn, fillerPackets } = world.streams.figures(1) ?? {};
    expect([bytesIn, fillerPackets]).toEqual([before.length, 9 * FILLER_PACKETS]);
    await playback.send(after);
    await until("the rest is here", () => withoutFiller(client.body).length === before.length + after.length);
    expect(withoutFiller(client.body).equals(Buffer.concat([before, after]))).toBe(true);
    expect(world.told).toEqual(["media 1"]);
  });

  test("never come before the first real byte", async () => {
    await using world = await streamWorld({ stallTimeoutMs: STALL_MS });
    world.stat = () => growing(world);
    await world.play(1, 1);
    const client = world.client(1, 1);
    await until("it waits", () => world.streams.taken(1));
    await world.passMs(60_000);
    expect([client.bytes, world.streams.figures(1)?.fillerPackets]).toEqual([0, 0]);
  });

  test("end when the time is over in which another engine must have taken over", async () => {
    await using world = await streamWorld({ stallTimeoutMs: STALL_MS });
    world.stat = () => growing(world);
    await silentAfterASecond(world);
    // Given up after three stall time-outs, whatever it says; the fourth is the next one's.
    const wholeMs = 4 * STALL_MS + FILLER_EXTRA_MS;
    await world.passMs(wholeMs + 60_000);
    expect(world.streams.figures(1)?.fillerPackets).toBe((wholeMs / 1_000 - 1) * FILLER_PACKETS);
  });

  test("keep no dead stream alive: silence without progress ends the session all the same", async () => {
    await using world = await streamWorld({ stallTimeoutMs: STALL_MS });
    world.stat = () => ({ ...growing(world), downloadedBytes: 5 }) as StatOutcome;
    const client = await silentAfterASecond(world);
    await world.passMs(STALL_MS + 3_000);
    expect(world.told.at(-1)).toStartWith("ended 1 timeout");
    // While another engine is looked for they go on.
    const before = world.streams.figures(1)?.fillerPackets ?? 0;
    await world.passMs(5_000);
    expect(world.streams.figures(1)?.fillerPackets).toBe(before + 5 * FILLER_PACKETS);
    await until("they reach the client", () => fillerIn(client) === before + 5 * FILLER_PACKETS);
    expect(client.over).toBeNull();
  });

  test("are written only for a client that has taken all there is, and never at the cost of one that has not", () => {
    const clock = handClock();
    const fanout = new Fanout(16 * 1024, clock);
    const reader = (position: number, isWaiting: boolean) => ({
      position,
      isWaiting,
      pace: new Pace(clock.monotonicMs()),
      rewind() {},
      enter() {},
      deliver() {},
    });
    const write = (): void => fanout.write({ bytes: nullPackets(1), marks: [], hasMedia: true });
    const filled = (): boolean => fanout.fill(nullPackets(1));
    write();
    expect([fanout.silentMs(clock.monotonicMs()), filled()]).toEqual([0, false]);
    fanout.join(reader(0, false));
    // It has taken all, and waits for its socket: what it is given would only make it late.
    fanout.join(reader(PACKET, false));
    expect(filled()).toBe(false);
    const waits = reader(PACKET, true);
    fanout.join(waits);
    expect(filled()).toBe(true);
    expect([fanout.bytesIn, fanout.ring.end]).toEqual([PACKET, 2 * PACKET]);
    // Once the ring would forget what the first one still has to take, there is nothing for the second one either.
    while (fanout.ring.start === 0) {
      waits.position = fanout.ring.end;
      if (!filled()) break;
    }
    expect(fanout.ring.start).toBe(0);
    expect(fanout.ring.end).toBeGreaterThan(8 * 1024);
  });
});

describe("a stream whose content somebody takes back every minute", () => {
  test("becomes steady less and less often, so that its fail-overs run out", async () => {
    await using world = await streamWorld();
    world.stat = () => growing(world);
    const program = new Program(200_000);
    let failovers = 0;
    let session = 0;
    // As the selector counts: `steady` gives all of them back.
    while (failovers <= FAILOVERS_MAX && session < 30) {
      session += 1;
      const playback = await world.play(1, session);
      const client = session === 1 ? world.client(1, 1) : null;
      client?.thaw();
      for (let seconds = 0; seconds < 60; seconds += 5) {
        const before = world.streams.figures(1)?.bytesIn ?? 0;
        await playback.send(program.seconds(1));
        await until("it is in", () => (world.streams.figures(1)?.bytesIn ?? 0) > before);
        await world.passMs(5_000, 5_000);
      }
      failovers = world.told.includes(`steady ${session}`) ? 0 : failovers;
      failovers += 1;
    }
    expect(world.told.filter((line) => line.startsWith("steady"))).toEqual(["steady 1"]);
    expect(session).toBe(4);
  }, 60_000);

  test("needs twice the time after each change, up to a limit, and begins anew once it has played that long", () => {
    const steadiness = new Steadiness();
    const needed: number[] = [];
    for (let changes = 0; changes < 6; changes++) {
      needed.push(steadiness.neededMs / STEADY_MS);
      steadiness.changed(60_000);
    }
    expect(needed).toEqual([1, 2, 4, 8, 16, 16]);
    steadiness.changed(STEADY_MS_MAX);
    expect(steadiness.neededMs).toBe(STEADY_MS);
  });
});

/** Engines' processes that are killed, stopped and started again, and wires to them that break in every way. */
import { describe, expect, test } from "bun:test";
import { enginesOf, expectPackets, journalOf, PLAYS_BYTES, slotsAt, streamsOf } from "../support/faults.ts";
import type { LinkFault } from "../support/link.ts";
import { until } from "../support/until.ts";
import { type WiredEngine, type WiredWorld, wiredWorld } from "../support/wired-engines.ts";

const LIMIT_MS = 90_000;
/** On machines that take seconds for a process to start, too. */
const PATIENT = ["--start-timeout", "25s", "--stall-timeout", "8s"];
/** A start takes longer than anybody's patience here: whoever is sent to an engine that does not answer does not play in time. */
const NEVER = ["--start-timeout", "80s", "--stall-timeout", "8s"];
const KEEP = { keepBytes: 8 * PLAYS_BYTES } as const;

type Ending = { readonly what: string; readonly do: (one: WiredEngine) => unknown };
/** Each has done what it was told, and what it told is known. */
const heardAll = async ({ wired }: WiredWorld): Promise<void> =>
  void (await Promise.all(wired.map(({ engine }) => engine.heard())));
const wire = (fault: LinkFault) => (one: WiredEngine) => one.link.set(fault);

const ENDINGS: readonly Ending[] = [
  { what: "its process is killed", do: ({ engine }) => engine.kill() },
  { what: "its process is killed and started again at once", do: ({ engine }) => engine.restart() },
  { what: "its process is stopped", do: ({ engine }) => engine.stop() },
  { what: "its connections are reset once", do: wire({ kind: "reset" }) },
  { what: "its connections are closed cleanly once", do: wire({ kind: "closed" }) },
  { what: "its wire is cut", do: wire({ kind: "cut" }) },
  { what: "its wire is half-open", do: wire({ kind: "half-open" }) },
  { what: "its wire is stalled", do: wire({ kind: "stalled" }) },
  { what: "it is not heard any more", do: wire({ kind: "deaf", to: "near" }) },
];

describe("E7 an engine in mid-play", () => {
  for (const ending of ENDINGS)
    test.concurrent(
      `${ending.what}: its client stays connected, and another engine takes over`,
      async () => {
        await using world = await wiredWorld(2, { args: PATIENT, engine: { media: "numbered" } });
        const player = await world.playing(0, KEEP);
        const { carrier, other } = await world.carrier();
        await ending.do(carrier);
        await world.carries(other);
        await world.playsOn(player);
        expectPackets(player.kept);
        const { streams, ended } = await streamsOf(world.proxy);
        expect(streams).toMatchObject([{ phase: "playing", clients: 1, failovers: 1 }]);
        expect(ended).toEqual([]);
        // What it may still carry is stopped as soon as it can be reached.
        carrier.engine.goOn();
        carrier.link.set(null);
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  for (const ending of ENDINGS.filter(({ what }) => /stopped|half-open/.test(what)))
    test.concurrent(
      `${ending.what}: it answers nothing, so nobody else waits for it, although it has a place that is free`,
      async () => {
        await using world = await wiredWorld(2, { cap: 2, args: NEVER });
        const player = await world.playing(0);
        const { carrier, other } = await world.carrier();
        await ending.do(carrier);
        await world.carries(other);
        await world.playsOn(player);
        // One place each is free; the other one was used last.
        await world.playing(1);
        await world.carries(other, 2);
        const views = await enginesOf(world.proxy);
        expect(views.filter(({ resting }) => resting).map(({ address }) => address)).toEqual([
          carrier.link.address,
        ]);
        carrier.engine.goOn();
        carrier.link.set(null);
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "two engines one after the other, the second while it takes over: the third one does",
    async () => {
      await using world = await wiredWorld(3, { args: ["--start-timeout", "25s", "--stall-timeout", "10s"] });
      const player = await world.playing(0, KEEP);
      const { carrier } = await world.carrier();
      const others = world.wired.filter((one) => one !== carrier);
      for (const { engine } of others) engine.set({ playback: { kind: "hang" } });
      await heardAll(world);
      await carrier.engine.kill();
      const second = await until("a second engine is asked", () =>
        others.find(({ engine }) => engine.starts > 0),
      );
      const third = others.find((one) => one !== second);
      third?.engine.set({ playback: null });
      await third?.engine.heard();
      await second.engine.kill();
      await world.playsOn(player);
      expectPackets(player.kept);
      await third?.engine.heard();
      expect(third?.engine.starts).toBe(1);
      await carrier.engine.restart();
      await second.engine.restart();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "and every other one dies as soon as it plays: the connection is broken off, and there is no loop",
    async () => {
      await using world = await wiredWorld(3, { args: PATIENT });
      for (const { engine } of world.wired)
        engine.set({ playback: { kind: "dies", afterMs: 400, how: "reset", endsSession: true } });
      await heardAll(world);
      const player = world.play(0, KEEP);
      await until("it is over", () => player.over, LIMIT_MS);
      expect(player.over).toBe("broken");
      expect(player.status).toBe(200);
      await heardAll(world);
      const starts = world.wired.reduce((sum, { engine }) => sum + engine.starts, 0);
      expect(starts).toBeGreaterThan(1);
      expect(starts).toBeLessThanOrEqual(5);
      expect((await streamsOf(world.proxy)).ended).toMatchObject([{ played: true }]);
      for (const { engine } of world.wired) engine.set({ playback: null });
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("E12 an engine's process that is stopped when it is to stop a stream", () => {
  test.concurrent(
    "is not asked for another one, although it has a place that is free and is next in turn",
    async () => {
      await using world = await wiredWorld(2, { cap: 2, args: NEVER });
      const zapper = await world.playing(0);
      const { carrier, other } = await world.carrier();
      await world.playing(1);
      await world.carries(other);
      carrier.engine.stop();
      zapper.leave();
      await until("its stop is known to be late", () =>
        world.proxy.log.some(({ message }) => message.startsWith("an engine delays a stop")),
      );
      expect(await slotsAt(world.proxy, carrier.link)).toContain("released");
      await world.playing(2);
      await world.carries(other, 2);
      carrier.engine.goOn();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("E15 an engine's process that is started anew on the same port", () => {
  test.concurrent(
    "between the start and the playback: another engine serves, and its place is free by proof",
    async () => {
      await using world = await wiredWorld(2, { args: PATIENT });
      for (const { engine } of world.wired) engine.set({ playback: { kind: "hang" } });
      await heardAll(world);
      const player = world.play(0, KEEP);
      const { carrier, other } = await world.carrier();
      other.engine.set({ playback: null });
      await other.engine.heard();
      await until("its answer is here", async () =>
        (await slotsAt(world.proxy, carrier.link)).includes("active"),
      );
      await carrier.engine.restart();
      await player.got(PLAYS_BYTES, LIMIT_MS);
      expectPackets(player.kept);
      await heardAll(world);
      expect([carrier.engine.starts, other.engine.starts]).toEqual([1, 1]);
      await until("its place is free", async () =>
        (await slotsAt(world.proxy, carrier.link)).every((state) => state === "free"),
      );
      const freed = (await journalOf(world.proxy)).filter(({ to }) => to === "free");
      expect(freed.map(({ cause }) => cause)).toEqual(["unknown session"]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "the only one there is: its stream comes back to it, its client stays, and there was proof in between",
    async () => {
      await using world = await wiredWorld(1, { args: ["--start-timeout", "25s", "--stall-timeout", "20s"] });
      const [only] = world.wired;
      const player = await world.playing(0, KEEP);
      await until("its load is told", () => only?.engine.load === 1);
      await only?.engine.restart();
      await until("it is asked again", () => only?.engine.starts === 2, LIMIT_MS);
      await world.playsOn(player);
      expectPackets(player.kept);
      const moves = (await journalOf(world.proxy)).flatMap(({ to, cause }) =>
        to === "free" || to === "pending" ? [to, cause] : [],
      );
      expect(moves).toEqual(["pending", "request", "free", "unknown session", "pending", "request"]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

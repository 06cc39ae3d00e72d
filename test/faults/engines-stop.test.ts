/** Stops that go wrong: the slot is held until there is proof. */
import { describe, expect, test } from "bun:test";
import type { StatFault, StopFault } from "../../src/sim/index.ts";
import { carrierOf, engineWorld, journalOf, PATIENCE_MS, slotsAt, UNHURRIED } from "../support/faults.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;
/** Time for somebody else to be served while a session goes on unread, and to look at its place when that has ended. */
const UNREAD_FOR_LONG = {
  engine: { unreadSessionMs: 7_000 },
  args: [...UNHURRIED, "--release-timeout", "15s"],
};

describe("E12 a stop that", () => {
  const cases: readonly { what: string; fault: StopFault }[] = [
    { what: "hangs", fault: { kind: "hang" } },
    { what: "hangs for 30 s", fault: { kind: "late", delayMs: 30_000 } },
    { what: "is closed without an answer", fault: { kind: "close" } },
    { what: "answers HTML", fault: { kind: "html" } },
    { what: "answers with 10 MiB", fault: { kind: "huge" } },
    { what: "is refused", fault: { kind: "error", words: "engine is busy" } },
    { what: "answers 500", fault: { kind: "status", status: 500 } },
    { what: "is reset", fault: { kind: "reset" } },
  ];
  for (const { what, fault } of cases)
    test.concurrent(
      `${what}: the place is held until the engine says that the session is gone; nobody waits who can be served elsewhere`,
      async () => {
        await using world = await engineWorld(2, UNREAD_FOR_LONG);
        const zapper = await world.playing(0);
        const slow = carrierOf(world.engines);
        slow.faults.stop = { ...fault };
        zapper.leave();
        await until("it is stopped", () => slow.counters.stops > 0);
        await world.playing(1);
        expect(await slotsAt(world.proxy, slow)).toEqual(["released"]);
        expect(slow.load).toBe(1);
        // The only other place is that one: it is not given away before the engine has ended the session itself.
        await until("the engine gave up", () => slow.load === 0, PATIENCE_MS);
        expect(slow.log.some(({ what: happened }) => happened === "expire")).toBe(true);
        // A stop that hangs has a deadline of its own, after which the rest follows.
        const isAnswered = !what.startsWith("hangs");
        if (isAnswered) expect(slow.counters.stops).toBeGreaterThan(1);
        if (isAnswered) expect(slow.counters.stats).toBeGreaterThan(0);
        slow.faults.stop = null;
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  const hiding: readonly { what: string; stat: StatFault }[] = [
    { what: "hangs", stat: { kind: "hang" } },
    {
      what: "says that all is well",
      stat: { kind: "json", body: { response: { status: "dl" }, error: null } },
    },
    { what: "has 50 MiB", stat: { kind: "huge", bytes: 50 * 1024 * 1024 } },
  ];
  for (const { what, stat } of hiding)
    test.concurrent(
      `is refused, while stat_url ${what}: there is no proof, so the place is held until the release deadline, and no longer`,
      async () => {
        await using world = await engineWorld(1, UNREAD_FOR_LONG);
        const player = await world.playing(0);
        world.first.faults.stop = { kind: "error", words: "engine is busy" };
        world.first.faults.stat = { ...stat };
        player.leave();
        const next = world.play(1);
        await until("the engine gave up", () => world.first.load === 0, PATIENCE_MS);
        expect(await slotsAt(world.proxy, world.first)).toEqual(["released"]);
        await until("its place is free", async () =>
          (await journalOf(world.proxy)).some(
            ({ to, cause }) => to === "free" && cause === "release deadline",
          ),
        );
        world.first.faults.stop = null;
        world.first.faults.stat = null;
        await next.answered(PATIENCE_MS);
        await world.everythingEnds();
      },
      LIMIT_MS,
    );
});

describe("E13 a stop that", () => {
  test.concurrent(
    "is answered with an unknown session: that confirms it",
    async () => {
      await using world = await engineWorld(1, { args: UNHURRIED });
      world.first.faults.stop = { kind: "unknown_session" };
      (await world.playing(0)).leave();
      await world.everythingEnds();
      expect(world.first.counters.stops).toBe(1);
      const freed = (await journalOf(world.proxy)).filter(({ to }) => to === "free");
      expect(freed).toMatchObject([{ from: "released", cause: "unknown session" }]);
    },
    LIMIT_MS,
  );
});

/** Playbacks that are none, and answers whose URLs lead elsewhere: nothing of them reaches a client. */
import { describe, expect, test } from "bun:test";
import { FOREIGN_URL_BASES, type PlaybackFault } from "../../src/sim/index.ts";
import { enginesOf, engineWorld, expectPackets, PLAYS_BYTES, trap, UNHURRIED } from "../support/faults.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;

describe("E5 a playback that", () => {
  const cases: readonly { what: string; faults: PlaybackFault[]; status?: number }[] = [
    { what: "answers 404", faults: [{ kind: "status", status: 404 }] },
    { what: "answers 500", faults: [{ kind: "status", status: 500 }] },
    { what: "closes without a byte", faults: [{ kind: "no_bytes" }] },
    { what: "is HTML", faults: [{ kind: "html" }] },
    { what: "has no sync byte", faults: [{ kind: "no_sync" }] },
    { what: "is accepted and never answered", faults: [{ kind: "hang" }], status: 504 },
    { what: "sends headers and never a byte", faults: [{ kind: "silent" }], status: 504 },
  ];
  for (const { what, faults, status = 502 } of cases)
    test.concurrent(
      `${what}: another engine serves, and of the first one nothing reaches the client`,
      async () => {
        // Those whose time-out is to be over are waited for.
        await using world = await engineWorld(2, status === 504 ? {} : { args: UNHURRIED });
        for (const engine of world.engines) engine.faults.stat = { kind: "no_progress" };
        world.first.faults.playback = faults.map((fault) => ({ ...fault }));
        if (status === 502) {
          const player = await world.playing(0, { keepBytes: PLAYS_BYTES });
          expectPackets(player.kept);
          expect([world.first.counters.starts, world.second.counters.starts]).toEqual([1, 1]);
          player.leave();
          await world.everythingEnds();
          world.second.faults.playback = faults.map((fault) => ({ ...fault }));
          await until("both are in use", async () =>
            (await enginesOf(world.proxy)).every(({ resting }) => !resting),
          );
        } else world.second.faults.playback = faults.map((fault) => ({ ...fault }));
        const refusal = await world.refused(1);
        expect(refusal).toMatchObject({ status, code: status === 502 ? "engine_error" : "engine_timeout" });
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "redirects elsewhere: nobody goes there, another engine serves",
    async () => {
      await using foreign = await trap();
      await using world = await engineWorld(2, { args: UNHURRIED });
      world.first.faults.playback = { kind: "redirect", to: `http://${foreign.address}/ace/r/x/y` };
      const player = await world.playing(0, { keepBytes: PLAYS_BYTES });
      expectPackets(player.kept);
      expect(world.second.load).toBe(1);
      expect(foreign.visits).toBe(0);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("E6 URLs that name another host", () => {
  for (const base of FOREIGN_URL_BASES)
    test.concurrent(
      `${base}: the engine's own address is used, to play, to ask and to stop`,
      async () => {
        await using world = await engineWorld(1, { args: UNHURRIED });
        world.first.faults.start = { kind: "urls", base };
        const player = await world.playing(0, { keepBytes: PLAYS_BYTES });
        expectPackets(player.kept);
        player.leave();
        await until("the session is stopped", () => world.first.counters.stops > 0 && world.first.load === 0);
        await world.everythingEnds();
        expect(world.starts()).toBe(1);
      },
      LIMIT_MS,
    );

  test.concurrent(
    "the named host is never contacted",
    async () => {
      await using foreign = await trap();
      await using world = await engineWorld(1, { args: UNHURRIED });
      for (const [content, base] of [
        `http://${foreign.address}`,
        `http://user:secret@${foreign.address}`,
        `//${foreign.address}`,
      ].entries()) {
        world.first.faults.start = { kind: "urls", base };
        (await world.playing(content)).leave();
        await world.everythingEnds();
      }
      expect(world.starts()).toBe(3);
      expect(foreign.visits).toBe(0);
    },
    LIMIT_MS,
  );
});

/** Rows O5 and O12: lists of engines that are gone, doubled, too long, or in any order. */
import { describe, expect, test } from "bun:test";
import { bareMedia, startSimEngine, startSimOrchestrator } from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import {
  allFree,
  enginesOf,
  LONG,
  PATIENCE_MS,
  PLAYS_BYTES,
  refusedAt,
  SHORT_UNHURRIED,
  streamUrl,
  UNREAD_SESSION_MS,
} from "../support/faults.ts";
import { eventsAt, GENERATIONS, LIMIT_MS, place, started, warnings } from "../support/orchestrator-world.ts";
import { type Player, play } from "../support/player.ts";
import { until } from "../support/until.ts";

describe("O5 a list of engines", () => {
  for (const generation of GENERATIONS) {
    test.concurrent(
      `generation ${generation}: one that is gone: another serves, and it is set aside`,
      async () => {
        await using here = await place({ engines: 2, generation });
        const [gone] = here.engines;
        await gone?.kill();
        await here.playing(0);
        const second = here.play(1);
        await until("the engine that is gone is set aside", async () =>
          (await enginesOf(here.proxy)).some(({ resting }) => resting),
        );
        second.leave();
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    test.concurrent(
      `generation ${generation}: without ports: those are skipped and named, the rest serves`,
      async () => {
        await using here = await place({
          engines: 2,
          generation,
          known: 1,
          prepare({ orchestrator, engines: [first] }) {
            if (first !== undefined) orchestrator.faults.withoutPort = [orchestrator.containerIdOf(first)];
          },
        });
        const [portless, good] = here.engines;
        await here.playing(0);
        expect([portless?.load, good?.load]).toEqual([0, 1]);
        const named = here.orchestrator.truth().engines[0]?.containerId ?? "";
        expect(JSON.stringify(warnings(here.proxy))).toContain(named);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    for (const twice of ["same", "other_name"] as const)
      test.concurrent(
        `generation ${generation}: each engine twice (${twice}): one engine, one cap, told under one id`,
        async () => {
          await using here = await place({
            engines: 2,
            generation,
            prepare({ orchestrator }) {
              orchestrator.faults.enginesTwice = twice;
            },
          });
          await here.playing(0);
          await here.playing(1);
          expect(await refusedAt(here.proxy, 2)).toMatchObject({ status: 503 });
          const stranger = here.orchestrator.faults;
          stranger.enginesTwice = false;
          await here.looked();
          stranger.enginesTwice = "other_name";
          await here.looked();
          expect(await enginesOf(here.proxy)).toHaveLength(2);
          expect(await refusedAt(here.proxy, 3)).toMatchObject({ status: 503 });
          const told = eventsAt(here.orchestrator, "started").map(({ engine }) => engine);
          expect(new Set(told).size).toBe(2);
          await here.everythingEnds();
          await until("nothing is booked", () => started(here.orchestrator).length === 0, PATIENCE_MS);
        },
        LIMIT_MS,
      );

    test.concurrent(
      `generation ${generation}: with nothing usable in mid-run (empty, without any port): streams play on, nothing new starts, and all is as before afterwards`,
      async () => {
        await using here = await place({ engines: 2, generation });
        const player = await here.playing(0);
        const { faults } = here.orchestrator;
        const empty = () => {
          faults.routes.engines = { kind: "json", body: [] };
        };
        const portless = () => {
          faults.routes = {};
          faults.withoutPort = "all";
        };
        for (const worsen of [empty, portless]) {
          worsen();
          await until("its engine alone is known, and not listed", async () => {
            const known = await enginesOf(here.proxy);
            return known.length === 1 && known.every(({ listed }) => !listed);
          });
          expect(await refusedAt(here.proxy, 1)).toMatchObject({ status: 503 });
        }
        await player.got(player.bytes + PLAYS_BYTES);
        expect(player.over).toBeNull();
        faults.withoutPort = [];
        await until("both are listed", async () =>
          (await enginesOf(here.proxy)).every(({ listed }, _, all) => listed && all.length === 2),
        );
        await here.playing(1);
        expect(here.world.realLoad()).toBe(2);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    test.concurrent(
      `generation ${generation}: empty at first: whoever waits gets the first engine that comes`,
      async () => {
        await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS });
        await using here = await place({ engines: 0, generation, args: LONG });
        const waiting = here.play(0);
        await until(
          "it waits",
          async () => (await here.proxy.get<{ waiting: unknown[] }>("/api/v1/queue")).waiting.length === 1,
        );
        here.orchestrator.addEngine(engine);
        await waiting.got(PLAYS_BYTES, PATIENCE_MS);
        await here.everythingEnds();
        await until("the engine is empty", () => engine.load === 0);
      },
      LIMIT_MS,
    );

    test.concurrent(
      `generation ${generation}: 5,000 engines cost no more calls than 5`,
      async () => {
        const plays = 10;
        const costs: number[] = [];
        for (const count of [5, 5_000]) {
          await using here = await place({
            engines: 4,
            generation,
            known: 4 + count,
            args: LONG,
            prepare({ orchestrator }) {
              orchestrator.faults.extraEngines = { count, health: "unhealthy" };
            },
          });
          const before = here.orchestrator.calls.length;
          for (let content = 0; content < plays; content++) {
            const player = await here.playing(content);
            player.leave();
          }
          await allFree(here.proxy, here.engines);
          const calls = here.orchestrator.calls
            .slice(before)
            .filter(({ path }) => !/\/(engines|streams)$/.test(path))
            .map(({ path, body }) => JSON.stringify([path, body]));
          // Each by what it says: one that is told again, since its answer came too late here, is no other one. Some
          // may be; what is said once for each engine is far more.
          costs.push(new Set(calls).size);
          expect(calls.length).toBeLessThanOrEqual(5 * plays);
          // The lists are fetched whole or for one engine's streams, never engine by engine for a choice.
          expect(here.orchestrator.counters.other).toBeLessThanOrEqual(
            2 * (here.orchestrator.counters.engines + 1),
          );
          await until("everything was told", () => started(here.orchestrator).length === 0);
        }
        expect(Math.max(...costs)).toBeLessThanOrEqual(2 * plays);
      },
      LIMIT_MS,
    );
  }
});

describe("O12 a list in random order", () => {
  test.concurrent(
    "gives the same choices for the same state",
    async () => {
      const engines = await Promise.all(
        Array.from({ length: 6 }, () => startSimEngine({ media: bareMedia })),
      );
      const choices: string[][] = [];
      for (const seed of [0.1, 0.5, 0.9]) {
        await using orchestrator = await startSimOrchestrator({ generation: 2, engines, random: () => seed });
        await using proxy = await startBinary([
          "--orchestrator",
          orchestrator.url,
          "--max-streams-per-engine",
          "2",
          ...SHORT_UNHURRIED,
        ]);
        await until("the engines are known", async () => (await enginesOf(proxy)).length === 6);
        const chosen: string[] = [];
        const players: Player[] = [];
        for (let content = 0; content < 8; content++) {
          const before = new Map(engines.map((engine) => [engine.name, engine.load]));
          const player = play(streamUrl(proxy, content));
          players.push(player);
          await player.got(188);
          chosen.push(
            ...engines.filter(({ name, load }) => load > (before.get(name) ?? 0)).map(({ name }) => name),
          );
        }
        choices.push(chosen);
        await closing({ proxy, engines, cap: 2, players });
      }
      expect(choices[0]).toHaveLength(8);
      expect(choices[1]).toEqual(choices[0] ?? []);
      expect(choices[2]).toEqual(choices[0] ?? []);
      await Promise.all(engines.map((engine) => engine.close()));
    },
    LIMIT_MS,
  );
});

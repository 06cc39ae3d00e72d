/** Everything that goes wrong with orchestrators: who is served all the same, and what is told to whom. */
import { describe, expect, test } from "bun:test";
import {
  BAD_ENGINE_RECORDS,
  BAD_STREAM_RECORDS,
  bareMedia,
  contentId,
  type OrchestratorRoute,
  type ScopedAnswerFault,
  type SimEngine,
  type SimOrchestrator,
  type SimWorld,
  startSimEngine,
  startSimOrchestrator,
  startWorld,
  type WorldOptions,
} from "../../src/sim/index.ts";
import { type RunningBinary, startBinary } from "../support/binary.ts";
import {
  allFree,
  deadlinesBeside,
  enginesOf,
  LONG,
  PATIENCE_MS,
  PLAYS_BYTES,
  refusedAt,
  SHORT,
  streamsOf,
  streamUrl,
  UNREAD_SESSION_MS,
} from "../support/faults.ts";
import { type Player, play } from "../support/player.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;
const GENERATIONS = [1, 2] as const;

interface Place extends AsyncDisposable {
  readonly world: SimWorld;
  readonly orchestrator: SimOrchestrator;
  readonly engines: readonly SimEngine[];
  readonly proxy: RunningBinary;
  /** Resolves when the content plays. */
  playing(content: number): Promise<Player>;
  play(content: number): Player;
  /** The proxy has looked at the pool again after this call. */
  looked(): Promise<void>;
  /** Everybody leaves; everything becomes free, and no engine ever carried more than the cap. */
  everythingEnds(): Promise<void>;
}

/** An orchestrator with engines, and the proxy that knows them. */
async function place(
  options: WorldOptions & {
    readonly cap?: number;
    readonly args?: readonly string[];
    /** Before the proxy comes up. */
    readonly prepare?: (world: SimWorld) => unknown;
    /** So many engines are known before the test begins; default: all. */
    readonly known?: number;
  },
): Promise<Place> {
  const { cap = 1, args = [], prepare, known = options.engines, ...rest } = options;
  const world = await startWorld({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS, ...rest });
  await prepare?.(world);
  const proxy = await startBinary([
    ...["--orchestrator", world.url, "--max-streams-per-engine", String(cap)],
    ...deadlinesBeside(args),
    ...args,
  ]);
  await until(`${known} engines are known`, async () => (await enginesOf(proxy)).length === known);
  const players: Player[] = [];
  const here: Place = {
    world,
    orchestrator: world.orchestrator,
    engines: world.engines,
    proxy,
    play(content) {
      const player = play(streamUrl(proxy, content));
      players.push(player);
      return player;
    },
    async playing(content) {
      const player = here.play(content);
      expect(await player.answered(PATIENCE_MS)).toBe(200);
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      return player;
    },
    async looked() {
      const before = world.orchestrator.counters.engines;
      // The second one was asked for after this call, whatever was under way.
      await until("the proxy looks again", () => world.orchestrator.counters.engines >= before + 2);
    },
    async everythingEnds() {
      for (const player of players) player.leave();
      await allFree(proxy, world.engines);
      for (const load of world.peakLoads().values()) expect(load).toBeLessThanOrEqual(cap);
    },
    async [Symbol.asyncDispose]() {
      for (const player of players) player.leave();
      await proxy[Symbol.asyncDispose]();
      await world.close();
    },
  };
  return here;
}

interface Event {
  readonly path: string;
  readonly label: string;
  readonly content: string;
}

/** What the orchestrator was told, in order. */
function eventsAt(orchestrator: SimOrchestrator, kind: "started" | "ended"): Event[] {
  return orchestrator.calls
    .filter(({ path }) => path.endsWith(`/events/stream_${kind}`))
    .map(({ path, body }) => {
      const {
        stream_id: id,
        labels,
        content_id: content,
      } = body as {
        stream_id?: string;
        labels?: { stream_id?: string };
        content_id?: string;
      };
      return { path, label: labels?.stream_id ?? id ?? "", content: content ?? "" };
    });
}

const started = (orchestrator: SimOrchestrator) =>
  orchestrator.truth().streams.filter(({ status }) => status === "started");

const warnings = (proxy: RunningBinary) =>
  proxy.log.filter(({ level }) => level === "warn" || level === "warning");

describe("an orchestrator that is down from the start", () => {
  test.concurrent(
    "without engines of one's own: 503, readiness says why, one warning; when it comes, all is well",
    async () => {
      await using here = await place({
        engines: 2,
        known: 0,
        prepare: ({ orchestrator }) => orchestrator.down(),
      });
      expect(await refusedAt(here.proxy, 0)).toMatchObject({ status: 503, code: "no_capacity" });
      const ready = await fetch(`${here.proxy.url}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.text()).toContain("does not answer");
      expect(
        warnings(here.proxy).filter(({ message }) => /answer|asked/.test(message)).length,
      ).toBeLessThanOrEqual(2);
      await here.orchestrator.up();
      await until("it is seen", async () => (await enginesOf(here.proxy)).length === 2, PATIENCE_MS);
      await here.playing(0);
      await here.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "with an engine named: that one serves, under the cap",
    async () => {
      await using own = await startSimEngine({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS });
      await using here = await place({
        engines: 2,
        known: 1,
        args: ["--engine", own.address],
        prepare: ({ orchestrator }) => orchestrator.down(),
      });
      const player = await here.playing(0);
      expect(own.load).toBe(1);
      expect(await refusedAt(here.proxy, 1)).toMatchObject({ status: 503, code: "no_capacity" });
      expect(own.peakLoad).toBe(1);
      await here.orchestrator.up();
      await until("its engines are seen", () => here.orchestrator.counters.engines > 0, PATIENCE_MS);
      await here.playing(1);
      await player.got(player.bytes + PLAYS_BYTES);
      player.leave();
      await here.everythingEnds();
      await until("the engine is empty", () => own.load === 0);
      // What ran on an engine of which it knows nothing is not its business.
      expect(eventsAt(here.orchestrator, "started")).toHaveLength(1);
    },
    LIMIT_MS,
  );
});

describe("an orchestrator that does not answer in time", () => {
  for (const generation of GENERATIONS)
    for (const [what, fault] of [
      ["hangs", { kind: "hang" }],
      ["takes 10 s", { kind: "late", delayMs: 10_000 }],
    ] as const)
      test.concurrent(
        `generation ${generation}: it ${what}: the last snapshot serves`,
        async () => {
          await using here = await place({ engines: 3, generation });
          await here.playing(0);
          for (const route of ["engines", "streams", "status", "stream_started", "stream_ended"] as const)
            here.orchestrator.faults.routes[route] = { ...fault };
          await until("a look is under way", () => here.orchestrator.counters.engines > 1);
          const looks = here.orchestrator.counters.engines;
          const [second] = [await here.playing(1), await here.playing(2)];
          // They played before that look's own deadline was over.
          expect(here.orchestrator.counters.engines).toBe(looks);
          second.leave();
          await until("its place is free", () => here.world.realLoad() === 2);
          await here.playing(3);
          await until("the snapshot's age is shown", async () => {
            const { snapshot_age_ms: ageMs } = await here.proxy.get<{ snapshot_age_ms: number }>("/readyz");
            return ageMs > 2_500;
          });
          await here.everythingEnds();
        },
        LIMIT_MS,
      );
});

describe("an orchestrator whose lists lag", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: with many short streams the cap holds, no slot is counted twice, and none is lost`,
      async () => {
        const cap = 2;
        await using here = await place({ engines: 3, generation, cap, lagMs: 4_000, startDelayMs: 20 });
        let next = 0;
        const watchInTurn = async (): Promise<void> => {
          while (next < 48) {
            const player = await here.playing(next++);
            player.leave();
          }
        };
        await Promise.all([1, 2, 3, 4, 5, 6].map(watchInTurn));
        await allFree(here.proxy, here.engines);
        // The lists still show what has ended long ago: a full pool can be used again at once.
        await until("the lists show what has ended", () => here.orchestrator.view().streams.length > 0);
        const all = await Promise.all([100, 101, 102, 103, 104, 105].map((content) => here.playing(content)));
        expect(all).toHaveLength(3 * cap);
        expect(here.world.realLoad()).toBe(3 * cap);
        await here.everythingEnds();
        await until("everything was told", () => started(here.orchestrator).length === 0, PATIENCE_MS);
      },
      LIMIT_MS,
    );
});

describe("an orchestrator that forgets", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: our streams count all the same, and are not told anew`,
      async () => {
        await using here = await place({ engines: 2, generation });
        await here.playing(0);
        await here.playing(1);
        await until("both are told", () => started(here.orchestrator).length === 2);
        here.orchestrator.forget();
        await here.looked();
        expect(await refusedAt(here.proxy, 2)).toMatchObject({ status: 503, code: "provisioning_blocked" });
        expect(here.orchestrator.counters.stream_started).toBe(2);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "generation 1: the end of a forgotten stream never ends somebody else's",
    async () => {
      await using here = await place({ engines: 1, cap: 2 });
      await here.playing(0);
      await until("it is told", () => started(here.orchestrator).length === 1);
      here.orchestrator.forget();
      const [engine] = here.engines;
      if (engine === undefined) throw new Error("an engine is needed");
      const foreign = here.orchestrator.addForeignStream(engine, contentId(9));
      await here.looked();
      for (const { id } of (await streamsOf(here.proxy)).streams)
        await fetch(`${here.proxy.url}/api/v1/streams/${id}`, { method: "DELETE" });
      await until("ours has ended", () => engine.load === 1);
      await here.looked();
      expect(started(here.orchestrator).map(({ id }) => id)).toEqual([foreign.id]);
      foreign.end();
      await here.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("a list of engines", () => {
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

    test.concurrent(
      `generation ${generation}: empty at first: whoever waits gets the first engine that comes`,
      async () => {
        await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS });
        await using here = await place({ engines: 0, generation });
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
            .filter(({ path }) => !/\/(engines|streams)$/.test(path));
          costs.push(calls.length);
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

describe("an answer that makes no sense", () => {
  const faults: readonly { what: string; fault: ScopedAnswerFault }[] = [
    { what: "401", fault: { kind: "status", status: 401 } },
    { what: "403", fault: { kind: "status", status: 403 } },
    { what: "404", fault: { kind: "status", status: 404 } },
    { what: "422", fault: { kind: "json", status: 422, body: { detail: [] } } },
    { what: "500", fault: { kind: "status", status: 500 } },
    { what: "HTML", fault: { kind: "html" } },
    { what: "half of it", fault: { kind: "truncated" } },
    { what: "50 MiB", fault: { kind: "huge", bytes: 50 * 1024 * 1024 } },
    { what: "wrong types", fault: { kind: "json", body: { engines: 7, streams: "none" } } },
  ];
  for (const generation of GENERATIONS)
    for (const route of ["engines", "streams"] as const)
      test.concurrent(
        `generation ${generation}: in place of the ${route}: the last snapshot serves, and the next good one is taken`,
        async () => {
          await using here = await place({ engines: 2, generation });
          for (const [content, { fault }] of faults.entries()) {
            here.orchestrator.faults.routes[route] = { ...fault };
            const before = here.orchestrator.counters[route];
            await until("it is met", () => here.orchestrator.counters[route] > before, PATIENCE_MS);
            (await here.playing(content)).leave();
            expect(await enginesOf(here.proxy)).toHaveLength(2);
            here.orchestrator.faults.routes[route] = null;
            await until(
              "it is well again",
              async () => {
                const { warnings: told } = await here.proxy.get<{ warnings: string[] }>("/readyz");
                return told.every((warning) => !warning.includes("does not answer"));
              },
              PATIENCE_MS,
            );
          }
          await here.everythingEnds();
        },
        LIMIT_MS,
      );

  for (const generation of GENERATIONS) {
    test.concurrent(
      `generation ${generation}: to starts: nobody notices; what was refused is not booked, what failed is told again`,
      async () => {
        await using here = await place({ engines: 2, generation });
        for (const [content, { fault }] of faults.entries()) {
          const before = here.orchestrator.counters.stream_started;
          here.orchestrator.faults.routes.stream_started = { ...fault, times: 1 };
          const player = await here.playing(content);
          await until("the start is told", () => here.orchestrator.counters.stream_started > before);
          player.leave();
          await allFree(here.proxy, here.engines);
        }
        await here.playing(100);
        await until(
          "only the last one is booked",
          () => {
            const booked = started(here.orchestrator).map(({ key }) => key);
            return booked.length === 1 && booked[0] === contentId(100);
          },
          PATIENCE_MS,
        );
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    test.concurrent(
      `generation ${generation}: to ends: nobody notices; what failed is told again`,
      async () => {
        await using here = await place({ engines: 2, generation });
        const failures = [
          ...faults.filter(({ what }) => what === "500" || what === "50 MiB"),
          { what: "a reset", fault: { kind: "reset" } as const },
        ];
        for (const [content, { fault }] of failures.entries()) {
          const player = await here.playing(content);
          await until("the start is booked", () => started(here.orchestrator).length === 1);
          here.orchestrator.faults.routes.stream_ended = { ...fault, times: 1 };
          player.leave();
          await until("the end is booked", () => started(here.orchestrator).length === 0, PATIENCE_MS);
        }
        expect(here.orchestrator.counters.stream_ended).toBe(2 * failures.length);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );
  }

  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: in single records: each is skipped and named, the rest serves`,
      async () => {
        await using here = await place({
          engines: 2,
          generation,
          prepare({ orchestrator }) {
            orchestrator.faults.extraEngineRecords = BAD_ENGINE_RECORDS;
            orchestrator.faults.extraStreamRecords = BAD_STREAM_RECORDS;
          },
        });
        await here.playing(0);
        await here.playing(1);
        const told = JSON.stringify(
          warnings(here.proxy).filter(({ message }) => message.includes("skipped")),
        );
        for (const id of ["a", "b", "c", "d", "e", "f"]) expect(told).toContain(`engine ${id.repeat(64)}`);
        expect(told).toContain("stream x");
        expect(told).not.toContain("\u001b");
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "a wrong key is told once, and names the option; streams play on",
    async () => {
      await using here = await place({
        engines: 3,
        key: "right",
        args: ["--orchestrator-key", "wrong-key"],
        prepare: () => {},
      });
      for (const content of [0, 1, 2]) await here.playing(content);
      const told = () => here.proxy.log.filter(({ message }) => message.includes("--orchestrator-key"));
      await until("it is told", () => told().length > 0);
      await here.everythingEnds();
      expect(told().filter(({ level }) => level === "error")).toHaveLength(1);
      expect(JSON.stringify(here.proxy.log)).not.toContain("wrong-key");
      expect(here.orchestrator.counters.stream_ended).toBe(0);
    },
    LIMIT_MS,
  );
});

describe("events whose answers are lost", () => {
  const losses: readonly { what: string; fault: ScopedAnswerFault }[] = [
    { what: "taken, and the answer lost", fault: { kind: "reset", effect: "after", times: 2 } },
    { what: "taken, and answered 500", fault: { kind: "status", status: 500, effect: "after", times: 2 } },
    { what: "lost", fault: { kind: "reset", times: 2 } },
    { what: "answered 500", fault: { kind: "status", status: 500, times: 2 } },
  ];
  for (const generation of GENERATIONS)
    for (const { what, fault } of losses)
      for (const route of ["stream_started", "stream_ended"] as const satisfies OrchestratorRoute[])
        test.concurrent(
          `generation ${generation}: ${route} ${what}: told until it is known, and the books are right`,
          async () => {
            await using here = await place({ engines: 1, generation, cap: 2 });
            const [engine] = here.engines;
            if (engine === undefined) throw new Error("an engine is needed");
            const foreign = here.orchestrator.addForeignStream(engine, contentId(9));
            here.orchestrator.faults.routes[route] = { ...fault };
            const player = await here.playing(0);
            await until("the start is booked", () => started(here.orchestrator).length === 2);
            player.leave();
            await until("the end is booked", () => started(here.orchestrator).length === 1, PATIENCE_MS);
            await allOfOurEventsOut(here);
            expect(started(here.orchestrator).map(({ id }) => id)).toEqual([foreign.id]);
            const { streamIds, streamCount } = here.orchestrator.truth().engines[0] ?? {};
            expect(streamIds).toEqual([foreign.id]);
            if (generation === 2) expect(streamCount).toBe(1);
            if (route === "stream_started") expect(here.orchestrator.counters.stream_ended).toBe(1);
            foreign.end();
            await here.everythingEnds();
          },
          LIMIT_MS,
        );

  test.concurrent(
    "generation 1: a start that was refused has no end, and foreign streams stay on the books",
    async () => {
      await using here = await place({ engines: 1, cap: 2 });
      const [engine] = here.engines;
      if (engine === undefined) throw new Error("an engine is needed");
      const foreign = here.orchestrator.addForeignStream(engine, contentId(9));
      here.orchestrator.faults.routes.stream_started = { kind: "json", status: 422, body: { detail: [] } };
      for (const content of [0, 1, 2]) {
        const player = await here.playing(content);
        player.leave();
        await until("it is over", () => engine.load === 1);
      }
      await until("every start was told", () => here.orchestrator.counters.stream_started === 3);
      await here.looked();
      expect(here.orchestrator.counters.stream_ended).toBe(0);
      expect(started(here.orchestrator).map(({ id }) => id)).toEqual([foreign.id]);
      foreign.end();
      await here.everythingEnds();
    },
    LIMIT_MS,
  );

  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: with many streams and every third answer lost: one end for each start, foreign streams stay`,
      async () => {
        await using here = await place({ engines: 2, generation, cap: 3, lagMs: 300 });
        const foreign = here.engines.map((engine, n) =>
          here.orchestrator.addForeignStream(engine, contentId(90 + n)),
        );
        const lossy = (): void => {
          for (const route of ["stream_started", "stream_ended"] as const)
            here.orchestrator.faults.routes[route] = { kind: "reset", effect: "after", times: 1 };
        };
        for (let round = 0; round < 6; round++) {
          lossy();
          const players = await Promise.all([0, 1, 2].map((n) => here.playing(10 * round + n)));
          for (const player of players) player.leave();
          await until("they are over", () => here.world.realLoad() === 2);
        }
        here.orchestrator.faults.routes = {};
        await until(
          "only the foreign ones are booked",
          () => started(here.orchestrator).length === 2,
          PATIENCE_MS,
        );
        await allOfOurEventsOut(here);
        expect(
          started(here.orchestrator)
            .map(({ id }) => id)
            .toSorted(),
        ).toEqual(foreign.map(({ id }) => id).toSorted());
        const labels = new Set(eventsAt(here.orchestrator, "started").map(({ label }) => label));
        const ends = eventsAt(here.orchestrator, "ended");
        expect(labels.size).toBe(18);
        if (generation === 1) for (const { label } of ends) expect(labels.has(label)).toBe(true);
        // Each was told once, and once more where the answer was lost.
        expect(ends.length).toBeLessThanOrEqual(18 + 6);
        for (const { end } of foreign) end();
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

  /** Two looks without a new event: nothing is on its way any more. */
  async function allOfOurEventsOut(here: Place): Promise<void> {
    for (let before = -1; before !== here.orchestrator.counters.stream_ended; ) {
      before = here.orchestrator.counters.stream_ended;
      await here.looked();
    }
  }
});

describe("provisioning", () => {
  for (const generation of GENERATIONS) {
    test.concurrent(
      `generation ${generation}: whoever waits gets the new engine; one is asked for per shortage`,
      async () => {
        await using here = await place({
          engines: 1,
          generation,
          provision: { delayMs: 800, max: 4 },
          args: LONG,
        });
        await here.playing(0);
        await Promise.all([here.playing(1), here.playing(1)]);
        expect(here.orchestrator.counters.provision).toBe(1);
        expect(here.engines).toHaveLength(2);
        // Two more wait at once: one engine after the other.
        let underWay = 0;
        const both = Promise.all([here.playing(2), here.playing(3)]);
        await until(
          "both play",
          async () => {
            underWay = Math.max(underWay, here.orchestrator.counters.provision - here.engines.length + 1);
            return here.world.realLoad() === 4;
          },
          PATIENCE_MS,
        );
        await both;
        expect(here.orchestrator.counters.provision).toBe(3);
        expect(underWay).toBeLessThanOrEqual(1);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    for (const form of ["string", "object"] as const)
      test.concurrent(
        `generation ${generation}: refused in words (${form}): 503 provisioning_blocked with the reason and when to come again`,
        async () => {
          await using here = await place({ engines: 1, generation, provision: { delayMs: 100, max: 4 } });
          await here.playing(0);
          const message = "the VPN is away";
          const block = {
            code: "vpn_disconnected",
            message,
            recovery_eta_seconds: 42,
            can_retry: true,
            should_wait: true,
          };
          const body =
            generation === 2
              ? { error: message }
              : form === "string"
                ? { detail: message }
                : { detail: { error: "provisioning_blocked", ...block } };
          here.orchestrator.faults.routes.provision = { kind: "json", status: 503, body };
          const refusal = await refusedAt(here.proxy, 1);
          expect(refusal).toMatchObject({ status: 503, code: "provisioning_blocked", message });
          expect(Number(refusal.retryAfter)).toBeGreaterThan(0);
          if (generation === 1 && form === "object") expect(refusal.retryAfter).toBe("42");
          expect(here.orchestrator.counters.provision).toBe(1);
          await here.everythingEnds();
        },
        LIMIT_MS,
      );

    test.concurrent(
      `generation ${generation}: its status says that it is blocked: nobody asks, and the client hears the reason`,
      async () => {
        await using here = await place({ engines: 1, generation, provision: { delayMs: 100, max: 4 } });
        await here.playing(0);
        here.orchestrator.faults.provisionBlock = {
          code: "circuit_breaker",
          message: "too many failures",
          recoveryEtaSeconds: 17,
        };
        const refusal = await refusedAt(here.proxy, 1);
        expect(refusal).toMatchObject({
          status: 503,
          code: "provisioning_blocked",
          message: "too many failures",
        });
        if (generation === 1) expect(refusal.retryAfter).toBe("17");
        expect(here.orchestrator.counters.provision).toBe(0);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    test.concurrent(
      `generation ${generation}: the engine never appears: 503, and no second one is asked for meanwhile`,
      async () => {
        await using here = await place({ engines: 1, generation, provision: { delayMs: 100, max: 4 } });
        here.orchestrator.faults.provisioned = "never_listed";
        await here.playing(0);
        const refusals = await Promise.all([refusedAt(here.proxy, 1), refusedAt(here.proxy, 2)]);
        for (const refusal of refusals) expect(refusal.status).toBe(503);
        expect(here.orchestrator.counters.provision).toBe(1);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    for (const provisioned of ["unhealthy", "other_port"] as const)
      test.concurrent(
        `generation ${generation}: the engine appears ${provisioned === "unhealthy" ? "as unhealthy" : "under another port"}: it answers, so it serves`,
        async () => {
          await using here = await place({ engines: 1, generation, provision: { delayMs: 200, max: 4 } });
          here.orchestrator.faults.provisioned = provisioned;
          await here.playing(0);
          await here.playing(1);
          expect(here.orchestrator.counters.provision).toBe(1);
          await here.everythingEnds();
        },
        LIMIT_MS,
      );
  }
});

describe("streams of others", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: they come and go, and count while they are shown`,
      async () => {
        await using here = await place({ engines: 2, generation, cap: 2 });
        const [first] = here.engines;
        if (first === undefined) throw new Error("an engine is needed");
        const foreign = here.orchestrator.addForeignStream(first, contentId(9));
        await until("it is seen", async () =>
          (await enginesOf(here.proxy)).some((engine) => engine.foreign === 1),
        );
        await Promise.all([0, 1, 2].map((content) => here.playing(content)));
        expect(await refusedAt(here.proxy, 3)).toMatchObject({ status: 503, code: "provisioning_blocked" });
        const waiting = here.play(4);
        await until(
          "it waits",
          async () => (await here.proxy.get<{ waiting: unknown[] }>("/api/v1/queue")).waiting.length === 1,
        );
        foreign.end();
        await waiting.got(PLAYS_BYTES, PATIENCE_MS);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );
});

describe("an engine that is taken off the list with our stream on it", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: plays on, holds its place, and gets nothing new`,
      async () => {
        await using here = await place({ engines: 2, generation, cap: 2 });
        const player = await here.playing(0);
        const removed = here.engines.find(({ load }) => load === 1);
        if (removed === undefined) throw new Error("nothing plays");
        here.orchestrator.removeEngine(here.orchestrator.containerIdOf(removed));
        await until("it is missed", async () => (await enginesOf(here.proxy)).some(({ listed }) => !listed));
        await here.playing(1);
        await here.playing(2);
        expect(await refusedAt(here.proxy, 3)).toMatchObject({ status: 503, code: "provisioning_blocked" });
        await player.got(player.bytes + PLAYS_BYTES);
        expect(player.over).toBeNull();
        expect(removed.load).toBe(1);
        expect(removed.counters.starts).toBe(1);
        await here.everythingEnds();
        await until("it is forgotten", async () => (await enginesOf(here.proxy)).length === 1);
      },
      LIMIT_MS,
    );
});

describe("an orchestrator that is updated", () => {
  test.concurrent(
    "from the first generation to the second, and back: no restart, streams play on",
    async () => {
      const options = { media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS };
      await using one = await startSimEngine(options);
      await using two = await startSimEngine(options);
      await using three = await startSimEngine(options);
      const old = await startSimOrchestrator({ generation: 1, engines: [one] });
      const { port } = old;
      await using proxy = await startBinary(["--orchestrator", old.url, ...SHORT]);
      await until("an engine is known", async () => (await enginesOf(proxy)).length === 1);
      const player = play(streamUrl(proxy, 0));
      await player.got(PLAYS_BYTES);
      await until("it is told", () => old.counters.stream_started === 1);
      await old.close();

      const fresh = await startSimOrchestrator({ generation: 2, port, engines: [one, two] });
      await until("the new one is known", async () => (await enginesOf(proxy)).length === 2, PATIENCE_MS);
      const second = play(streamUrl(proxy, 1));
      await second.got(PLAYS_BYTES, PATIENCE_MS);
      expect(two.load).toBe(1);
      await until("it is told in the new way", () => fresh.counters.stream_started === 1);
      expect(eventsAt(fresh, "started")).toMatchObject([
        { path: "/api/v1/events/stream_started", content: contentId(1) },
      ]);
      await fresh.close();

      await using again = await startSimOrchestrator({ generation: 1, port, engines: [one, two, three] });
      await until("the third is known", async () => (await enginesOf(proxy)).length === 3, PATIENCE_MS);
      const third = play(streamUrl(proxy, 2));
      await third.got(PLAYS_BYTES, PATIENCE_MS);
      await until("it is told in the old way", () => again.counters.stream_started === 1);
      for (const { over } of [player, second, third]) expect(over).toBeNull();
      for (const one of [player, second, third]) one.leave();
      await allFree(proxy, [one, two, three]);
      for (const engine of [one, two, three]) expect(engine.peakLoad).toBe(1);
    },
    LIMIT_MS,
  );
});

describe("a list in random order", () => {
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
          ...SHORT,
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
        for (const player of players) player.leave();
        await allFree(proxy, engines);
      }
      expect(choices[0]).toHaveLength(8);
      expect(choices[1]).toEqual(choices[0] ?? []);
      expect(choices[2]).toEqual(choices[0] ?? []);
      await Promise.all(engines.map((engine) => engine.close()));
    },
    LIMIT_MS,
  );
});

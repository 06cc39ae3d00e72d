/** Row O6: answers that make no sense. */
import { describe, expect, test } from "bun:test";
import {
  BAD_ENGINE_RECORDS,
  BAD_STREAM_RECORDS,
  bareMedia,
  contentId,
  type ScopedAnswerFault,
  startSimEngine,
  startSimOrchestrator,
} from "../../src/sim/index.ts";
import { doctor } from "../support/doctor.ts";
import { allFree, enginesOf, PATIENCE_MS } from "../support/faults.ts";
import {
  GENERATIONS,
  LIMIT_MS,
  place,
  RECOVERY_MS,
  started,
  warnings,
} from "../support/orchestrator-world.ts";
import { until } from "../support/until.ts";

describe("O6 an answer that makes no sense", () => {
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
              RECOVERY_MS,
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

  test.concurrent(
    "wherever the lists want the key too, a wrong one is told once, by readiness, and by doctor",
    async () => {
      await using here = await place({
        ...{ engines: 1, known: 0, generation: 2, paths: "internal", key: "right" },
        args: ["--orchestrator-key", "wrong-key"],
      });
      await until("it has been asked again", () => here.orchestrator.counters.engines > 3, PATIENCE_MS);
      const told = here.proxy.log.filter((line) => JSON.stringify(line).includes("--orchestrator-key"));
      expect(told.map(({ level }) => level)).toEqual(["warn"]);
      const { ready, warnings: why } = await here.proxy.get<{ ready: boolean; warnings: string[] }>(
        "/readyz",
      );
      expect(ready).toBe(false);
      expect(why.join()).toContain("--orchestrator-key");
      expect(JSON.stringify(here.proxy.log)).not.toContain("wrong-key");
      await here.everythingEnds();
    },
    LIMIT_MS,
  );

  for (const [generation, paths, what] of [
    [1, "plain", "orchestrator key"],
    [2, "internal", "orchestrator"],
  ] as const)
    test.concurrent(
      `generation ${generation} with ${paths} paths: doctor says that the key is wrong, or missing, and how to mend it`,
      async () => {
        await using engine = await startSimEngine({ media: bareMedia });
        await using orchestrator = await startSimOrchestrator({
          generation,
          paths,
          key: "right",
          engines: [engine],
        });
        const at = ["--orchestrator", orchestrator.url, "--state-dir", "none"];
        for (const key of [["--orchestrator-key", "wrong-key"], []]) {
          const examined = await doctor([...at, ...key]);
          const [finding] = examined.of(what);
          expect(examined.ok).toBe(false);
          expect(finding).toMatchObject({ verdict: "fail" });
          expect(finding?.fix).toContain("--orchestrator-key-file");
          expect(JSON.stringify(examined.findings)).not.toContain("wrong-key");
        }
        const right = await doctor([...at, "--orchestrator-key", "right"]);
        expect(right.of("orchestrator key")).toMatchObject([{ verdict: "ok" }]);
        expect(orchestrator.truth().streams).toEqual([]);
      },
      LIMIT_MS,
    );
});

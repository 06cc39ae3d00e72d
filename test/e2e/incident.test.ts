/** Six requests within a second must never again land on one engine whose maximum is 2. */
import { describe, expect, test } from "bun:test";
import { bareMedia, startWorld, type WorldOptions } from "../../src/sim/index.ts";
import { startLookThenTake } from "../fixtures/look-then-take.ts";
import { type RunningBinary, startBinary } from "../support/binary.ts";
import { askAtOnce, replayIncident } from "../support/incident.ts";
import { until } from "../support/until.ts";

const LAGGING: Pick<WorldOptions, "lagMs" | "startDelayMs" | "media"> = {
  lagMs: 500,
  startDelayMs: 300,
  media: bareMedia,
};
const KEPT = ["--linger", "0s", "--state-dir", "none"];
const QUICK = [...KEPT, "--queue-timeout", "3s"];
/** For a moment there are more contents than places: whoever waits then is to be served, however slow the machine is. */
const WAITING = [...KEPT, "--queue-timeout", "30s"];
/** A place that is given back as it should be is so within a fraction of it. */
const WAITED_MS_MAX = 8_000;

const seen = (proxy: RunningBinary, engines: number) =>
  until("the proxy knows all engines", async () => {
    const { engines: known } = await proxy.get<{ engines: unknown[] }>("/api/v1/engines");
    return known.length === engines;
  });

describe("60 contents at once on 20 engines whose orchestrator lags", () => {
  for (const generation of [1, 2] as const)
    test(`generation ${generation}: with cap 2 exactly 40 play, 20 are refused, no engine carries more than 2`, async () => {
      await using world = await startWorld({ ...LAGGING, engines: 20, generation });
      await using proxy = await startBinary([
        "--orchestrator",
        world.url,
        "--max-streams-per-engine",
        "2",
        ...QUICK,
      ]);
      await seen(proxy, 20);
      const outcome = await askAtOnce(proxy.url, world, 60);
      expect(outcome).toEqual({ played: 40, refused: 20, retryAfter: 20, highestRealLoad: 2 });
      await until("every engine is empty again", () => world.realLoad() === 0);
    }, 60_000);

  test("the orchestrator is down: known engines go on under their caps", async () => {
    await using world = await startWorld({ ...LAGGING, engines: 20 });
    await using proxy = await startBinary([
      "--orchestrator",
      world.url,
      "--max-streams-per-engine",
      "2",
      ...QUICK,
    ]);
    await seen(proxy, 20);
    await world.orchestrator.down();
    const outcome = await askAtOnce(proxy.url, world, 60);
    expect(outcome).toEqual({ played: 40, refused: 20, retryAfter: 20, highestRealLoad: 2 });
  }, 60_000);

  test("the control, which looks and then takes, overloads its engines", async () => {
    await using world = await startWorld({ ...LAGGING, engines: 20 });
    await using control = await startLookThenTake(world.url, 2);
    const outcome = await askAtOnce(control.url, world, 60);
    expect(outcome.highestRealLoad).toBeGreaterThan(2);
  }, 60_000);
});

describe("40 contents at once on 20 engines with cap 1", () => {
  test("exactly 20 play, 20 are refused, no engine carries more than 1", async () => {
    await using world = await startWorld({ ...LAGGING, engines: 20 });
    await using proxy = await startBinary([
      "--orchestrator",
      world.url,
      "--max-streams-per-engine",
      "1",
      ...QUICK,
    ]);
    await seen(proxy, 20);
    const outcome = await askAtOnce(proxy.url, world, 40);
    expect(outcome).toEqual({ played: 20, refused: 20, retryAfter: 20, highestRealLoad: 1 });
  }, 60_000);

  test("a plain list of engines is held to the same cap", async () => {
    await using world = await startWorld({ ...LAGGING, engines: 20 });
    const engines = world.engines.flatMap(({ address }) => ["--engine", address]);
    await using proxy = await startBinary([...engines, ...QUICK]);
    const outcome = await askAtOnce(proxy.url, world, 40);
    expect(outcome).toEqual({ played: 20, refused: 20, retryAfter: 20, highestRealLoad: 1 });
  }, 60_000);
});

describe("the incident of 2025-10-12, twenty times faster", () => {
  test("everybody is served and no engine carries more than 2", async () => {
    await using world = await startWorld({ ...LAGGING, engines: 17 });
    await using proxy = await startBinary([
      "--orchestrator",
      world.url,
      "--max-streams-per-engine",
      "2",
      ...WAITING,
    ]);
    await seen(proxy, 17);
    const outcome = await replayIncident(proxy.url, world, 20);
    expect(outcome.refused).toBe(0);
    expect(outcome.played).toBeGreaterThan(50);
    expect(outcome.longestWaitMs).toBeLessThan(WAITED_MS_MAX);
    expect(outcome.highestRealLoad).toBeLessThanOrEqual(2);
  }, 60_000);

  test("the control breaks the cap", async () => {
    await using world = await startWorld({ ...LAGGING, engines: 17 });
    await using control = await startLookThenTake(world.url, 2);
    const outcome = await replayIncident(control.url, world, 20);
    expect(outcome.highestRealLoad).toBeGreaterThan(2);
  }, 60_000);
});

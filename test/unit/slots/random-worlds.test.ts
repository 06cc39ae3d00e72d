/** The core in worlds where anything may happen at any time: fast-check chooses, the properties watch. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CoreWorld, type WorldSize } from "../../support/core-world.ts";
import { checkAll, checkRest } from "./properties.ts";

const RUNS = Number(process.env.CORE_RUNS ?? 2500);

const sizes: fc.Arbitrary<WorldSize> = fc.record({
  engines: fc.integer({ min: 1, max: 4 }),
  cap: fc.integer({ min: 1, max: 3 }),
  contents: fc.integer({ min: 1, max: 5 }),
  requests: fc.integer({ min: 1, max: 20 }),
  spares: fc.integer({ min: 0, max: 2 }),
  troubles: fc.integer({ min: 0, max: 12 }),
  labels: fc.boolean(),
});

function live(world: CoreWorld, choices: readonly number[]): void {
  checkAll(world);
  for (const choice of choices) {
    if (!world.choose(choice)) return;
    checkAll(world);
  }
}

describe("in any world, whatever happens in whatever order", () => {
  const seen = new Map<string, number>();
  test("every property holds after every step, and at rest nothing is left", () => {
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.nat(), { maxLength: 220, size: "max" }),
        fc.nat(),
        (size, choices, seed) => {
          const world = new CoreWorld(size);
          try {
            live(world, choices);
            // First with everybody staying: each of them gets an answer all the same.
            world.rest(seed + 1, () => checkAll(world), false);
            world.everybodyIsAnswered();
            world.rest(seed + 2, () => checkAll(world), true);
            checkRest(world);
          } catch (error) {
            if (process.env.CORE_TRACE) console.log(world.trace.join("\n"), world.event);
            throw error;
          }
          for (const [what, times] of world.seen) seen.set(what, (seen.get(what) ?? 0) + times);
        },
      ),
      { numRuns: RUNS, seed: Number(process.env.CORE_SEED ?? 20251012) },
    );
  }, 180_000);

  test("the interesting situations were really reached", () => {
    if (process.env.CORE_TRACE) console.log(seen);
    const missing = SITUATIONS.filter((what) => !seen.has(what));
    expect(missing).toEqual([]);
  });
});

const SITUATIONS = [
  "a lingering stream yields",
  "a place is handed over",
  "a place goes to its heir",
  "two streams collapse on one engine",
  "two streams collapse on two engines",
  "fail-over of a playing stream",
  "former sessions adopted",
  "provisioning asked",
  "provisioning blocked",
  "provisioned engine is ready",
  "load above a lowered cap",
  "failed start with an unknown outcome that runs",
  "answer after the release",
  "release deadline",
  "ended session of ours still listed",
  "overtaken snapshot",
  "engine set aside",
  "engine gone while it holds a slot",
  "one engine under two ids",
  "foreign load",
  "unread session ended by the engine",
  "content taken over on an engine",
  "client shared a stream",
  "time-out in the queue",
  "drained",
];

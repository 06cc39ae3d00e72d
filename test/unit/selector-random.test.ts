/** The selector's promises, in random lives: hooks answer early, late, never in order, and fail; holders change their minds. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { life, live } from "./selector-life.ts";

test("never too much is open, nobody waits in vain, and all is given back, whatever comes in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(life, async (one) => {
      expect(await live(one)).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 1_000) },
  );
}, 60_000);

/** The random lives see every known bug: each in a selector of its own. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { life, live } from "./selector-life.ts";
import { MUTANTS } from "./selector-mutants.ts";

describe("a selector that", () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    "%s is caught",
    async (_, { make, says }) => {
      const found = await fc.check(
        fc.asyncProperty(life, async (one) => !(await live(one, make)).some((wrong) => says.test(wrong))),
        { numRuns: 2_000, seed: 8, endOnFailure: true },
      );
      expect(found.failed).toBe(true);
    },
    60_000,
  );
});

/** The selector's promises, in random lives: hooks answer early, late, never in order, and fail; holders change their minds. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { life, live } from "./selector-life.ts";

test("never too much is open, nobody waits in vain, and all is given back, whatever comes in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(life, async (one) => {
      expect(await live(one)).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 1_000), seed: 20251012 },
  );
}, 180_000);

/** What may be so when places are given up before there is an answer: it is what the option costs. */
const GIVEN_UP = /carries|said to be held|open twice|is still open|waits while|has room/;

test("with a last resort for hooks that never answer, nobody is left waiting and no place is lost", async () => {
  await fc.assert(
    fc.asyncProperty(life, fc.constantFrom(0, 400, 5_000), async (one, releaseTimeoutMs) => {
      const wrong = await live(one, undefined, { releaseTimeoutMs });
      expect(wrong.filter((what) => !GIVEN_UP.test(what))).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 500), seed: 20251012 },
  );
}, 180_000);

/** A short run of every entry that is fuzzed, with another seed each time: the test's title tells it, so that it can be run again. */
import { describe, test } from "bun:test";
import { TARGETS } from "./fuzz/targets.ts";

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const LIMIT_MS = 90_000;

describe(`whatever comes in (SEED=${SEED})`, () => {
  for (const target of TARGETS)
    test(
      `${target.name} answers or refuses it as documented, in time, and goes on`,
      async () => {
        await target.run({ seed: SEED, runs: target.short });
      },
      LIMIT_MS,
    );
});

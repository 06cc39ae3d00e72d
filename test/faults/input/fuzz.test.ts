/** A short run of every entry that is fuzzed, always with the same inputs; `make fuzz` is the one that looks for new ones. */
import { describe, test } from "bun:test";
import { TARGETS } from "./fuzz/targets.ts";

const SEED = Number(process.env.SEED ?? 20_261_130);
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

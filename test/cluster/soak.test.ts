/** A few of the random rounds of `make soak-cluster`; the seed is always the same here, the timing never is. */
import { expect, test } from "bun:test";
import { soak } from "./soak.ts";

/** Longer than a machine, or one process of it, may stand still. */
const TIMES = { ttlMs: 2_000, releaseMs: 5_000 };

test("random faults and clients: the cap holds, and everything is free after every round", async () => {
  const said: string[] = [];
  const { violations, played } = await soak({
    ...{ cycles: 6, seed: 2026, times: TIMES },
    say: (line) => void said.push(line),
  });
  expect(violations).toEqual([]);
  expect(played).toBeGreaterThan(0);
}, 120_000);

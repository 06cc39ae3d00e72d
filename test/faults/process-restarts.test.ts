/** P2, many times: killed at random instants under load. `make soak-restarts` does it for longer. */
import { expect, test } from "bun:test";
import { POOLS, runRestarts } from "./restarts.ts";

const LIMIT_MS = 240_000;
const ROUNDS = 3;

for (const [n, pool] of POOLS.entries())
  test.concurrent(
    `P2 kill -9 at random instants, with engines that die as well (${pool})`,
    async () => {
      const figures = await runRestarts({ pool, rounds: ROUNDS, seed: 9 + n });
      expect(figures.highestLoad).toBeLessThanOrEqual(figures.cap);
      expect(figures.played).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

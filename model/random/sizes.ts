/** Worlds for random walks: large, each with some misfortunes and without others. */
import fc from "fast-check";
import { size, type WorldSize } from "../world/size.ts";

/** The largest of each. */
export const LARGEST = { engines: 5, cap: 4, requests: 20, contents: 6, players: 3, budget: 3 } as const;

const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

/** Most misfortunes are left out of most worlds: where everything fails, nothing plays, and nothing more can be seen. */
const budget: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: upTo(LARGEST.budget) },
);

export const sizes: fc.Arbitrary<WorldSize> = fc
  .record({
    engines: upTo(LARGEST.engines),
    cap: upTo(LARGEST.cap),
    requests: upTo(LARGEST.requests),
    contents: upTo(LARGEST.contents),
    players: upTo(LARGEST.players),
    hashes: fc.boolean(),
    reports: fc.oneof(
      { weight: 3, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    labels: fc.boolean(),
    refusals: budget,
    losses: budget,
    timeouts: budget,
    deaths: budget,
    expiries: budget,
    delays: budget,
    doubles: budget,
    looks: budget,
    foreign: budget,
    vanishings: budget,
    twins: budget,
    spares: budget,
    zaps: budget,
    ends: budget,
    recaps: budget,
    // A shutdown ends what can be seen; one in eight worlds is enough.
    drains: fc.oneof({ weight: 7, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
    crashes: budget,
  })
  .map(({ engines, cap, requests, ...more }) => size(engines, cap, requests, more));

/** SPIN and our explorer, asked the same: equally many states and ways on, the same depth, the same verdicts. */
import { beforeAll, describe, expect, test } from "bun:test";
import {
  BUGS,
  type Opinion,
  ourOpinion,
  type SmallWorld,
  world,
  worldName,
} from "../../model/opinions/opinion.ts";
import { runSpin, spinLacks } from "../../model/opinions/spin.ts";

const COUNTED = [world(1, 1, 1, { reports: false }), world(1, 1, 3), world(2, 1, 3), world(2, 2, 3)];

const lacking = await spinLacks();
if (lacking !== null) test.skip(`SPIN was not asked: ${lacking} (apt-get install spin gcc)`, () => {});

describe.skipIf(lacking !== null)("SPIN", () => {
  const opinions = new Map<SmallWorld, Opinion>();

  // Most of the time goes into compiling, so two are asked at once.
  beforeAll(async () => {
    const open = [...COUNTED, ...BUGS];
    const ask = async (): Promise<void> => {
      for (let small = open.shift(); small !== undefined; small = open.shift())
        opinions.set(small, await runSpin(small));
    };
    await Promise.all([ask(), ask()]);
  }, 180_000);

  for (const small of COUNTED)
    test(`${worldName(small)}: as many states and ways on, as deep, and nothing wrong`, () => {
      const { states, transitions, depth } = ourOpinion(small);
      expect(opinions.get(small)).toMatchObject({ states, transitions, depth, violated: null });
    }, 60_000);

  for (const small of BUGS)
    test(`${worldName(small)}: the same is wrong, after as many happenings`, () => {
      const { depth, violated } = ourOpinion(small);
      expect(violated).not.toBeNull();
      expect(opinions.get(small)).toMatchObject({ depth, violated });
    });
});

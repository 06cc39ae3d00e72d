/** SPIN and our explorer, asked the same: equally many states and ways on, the same depth, the same verdicts. */
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { mutantNamed } from "../../model/mutants/index.ts";
import {
  BUGS,
  type Opinion,
  ourOpinion,
  type SmallWorld,
  world,
  worldName,
} from "../../model/opinions/opinion.ts";
import { runSpin, spinLacks } from "../../model/opinions/spin.ts";
import { bugRow, countRow } from "../../model/opinions/table.ts";

const COUNTED = [world(1, 1, 1, { reports: false }), world(1, 1, 3), world(2, 1, 3), world(2, 2, 3)];

const page = readFileSync(new URL("../../docs/second-opinions.md", import.meta.url), "utf8");

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

  const opinionOn = (small: SmallWorld): Opinion => {
    const opinion = opinions.get(small);
    if (!opinion) throw new Error("SPIN was not asked");
    return opinion;
  };

  for (const small of COUNTED)
    test(`${worldName(small)}: as many states and ways on, as deep, and nothing wrong; the docs have it`, () => {
      const ours = ourOpinion(small);
      const { states, transitions, depth } = ours;
      const spin = opinionOn(small);
      expect(spin).toMatchObject({ states, transitions, depth, violated: null });
      expect(page).toContain(countRow(small, ours, [spin]));
    }, 180_000);

  for (const small of BUGS)
    test(`${worldName(small)}: the same is wrong, after as many happenings; the docs have it`, () => {
      const ours = ourOpinion(small);
      const spin = opinionOn(small);
      expect(ours.violated).toBe(mutantNamed(small.mutant ?? "")?.property ?? "");
      expect(spin).toMatchObject({ depth: ours.depth, violated: ours.violated });
      expect(page).toContain(bugRow(small, ours, [spin]));
    });
});

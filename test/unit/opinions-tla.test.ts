/** tla-checker and our explorer, asked the same: equally many states, the same verdicts after as many happenings. */
import { describe, expect, test } from "bun:test";
import { BUGS, ourOpinion, world, worldName } from "../../model/opinions/opinion.ts";
import { runTla } from "../../model/opinions/tla.ts";

const COUNTED = [world(1, 1, 1), world(1, 1, 2), world(1, 1, 3, { reports: false })];

/** What takes it long is left to the table in docs/second-opinions.md. */
const QUICK = BUGS.filter(({ requests }) => requests < 3);

describe("tla-checker", () => {
  for (const small of COUNTED)
    test(`${worldName(small)}: as many states, and nothing wrong`, async () => {
      expect(await runTla(small)).toMatchObject({ states: ourOpinion(small).states, violated: null });
    }, 60_000);

  for (const small of QUICK)
    test(`${worldName(small)}: the same is wrong, after as many happenings`, async () => {
      const { depth, violated } = ourOpinion(small);
      expect(violated).not.toBeNull();
      expect(await runTla(small)).toMatchObject({ depth, violated });
    }, 60_000);
});

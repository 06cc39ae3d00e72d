/** tla-checker and our explorer, asked the same: equally many states, the same verdicts after as many happenings. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { BUGS, ourOpinion, world, worldName } from "../../model/opinions/opinion.ts";
import { bugRow, countRow } from "../../model/opinions/table.ts";
import { runTla } from "../../model/opinions/tla.ts";

const COUNTED = [world(1, 1, 1), world(1, 1, 2), world(1, 1, 3, { reports: false })];

/** What takes it long is left to the tables in the docs. */
const QUICK = BUGS.filter(({ requests }) => requests < 3);

const page = readFileSync(new URL("../../docs/second-opinions.md", import.meta.url), "utf8");

describe("tla-checker", () => {
  // SPIN's column stands between: the other test sees to it that it says what we say.
  for (const small of COUNTED)
    test(`${worldName(small)}: as many states, and nothing wrong; the docs have it`, async () => {
      const ours = ourOpinion(small);
      const tla = await runTla(small);
      expect(tla).toMatchObject({ states: ours.states, violated: null });
      expect(page).toContain(countRow(small, ours, [ours, tla]));
    }, 180_000);

  for (const small of QUICK)
    test(`${worldName(small)}: the same is wrong, after as many happenings; the docs have it`, async () => {
      const ours = ourOpinion(small);
      const tla = await runTla(small);
      expect(ours.violated).not.toBeNull();
      expect(tla).toMatchObject({ depth: ours.depth, violated: ours.violated });
      expect(page).toContain(bugRow(small, ours, [ours, tla]));
    }, 180_000);
});

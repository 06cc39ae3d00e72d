import { expect, test } from "bun:test";
import type { Judged } from "../../model/gate.ts";
import { gateText } from "../../src/cli/check-mutants.ts";

const one = (mutant: string, caughtBy: string | null, verdict: Judged["verdict"]): Judged => ({
  mutant,
  property: "load ≤ cap at every grant",
  verdict,
  caughtBy,
  states: 1000,
  steps: caughtBy === null ? 0 : 3,
});

test("a bug that nothing catches, or another property, is told and counted", () => {
  const judged = [
    one("off-by-one", "load ≤ cap at every grant", "caught"),
    one("lifo", "queue hygiene", "caught by another"),
    one("wrong-engine", null, "missed"),
  ];
  expect(gateText(judged, 1.5, { color: false, columns: 80 })).toBe(`aceslot check · every mutant

    bug           caught by                                                steps
  ✔ off-by-one    load ≤ cap at every grant                                    3
  ✘ lifo          queue hygiene; it must be: load ≤ cap at every grant         3
  ✘ wrong-engine  nothing; it must be: load ≤ cap at every grant

✘ MISSED  2 of 3 bugs are not caught by the property that they name
          exit 1 · 3,000 states, 1.50 s
`);
});

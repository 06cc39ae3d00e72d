/**
 * One contract on three runtimes. On Bun the cases run here; Deno and Node are started once each, at the same time, and
 * every case of theirs is a test of this runner's: one that their report does not name has failed.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { coreFacts } from "./core.ts";
import { bun } from "./listen-bun.ts";
import { type Report, runOnDeno, runOnNode } from "./runs.ts";
import { suites } from "./suites.ts";

/** The first case of another runtime waits for the whole run. */
const PATIENCE_MS = 180_000;

const runs = [
  { name: "Deno", run: runOnDeno(coreFacts()) },
  { name: "Node", run: runOnNode(coreFacts()) },
] as const;

describe("on Bun", () => suites((title, run) => test(title, run, PATIENCE_MS), bun));

for (const { name, run } of runs)
  describe(`on ${name}`, () => {
    const cases: string[] = [];
    suites((title) => void cases.push(title), { ...bun, name, resets: name !== "Deno" });
    afterAll(() => run.stop());

    for (const title of cases)
      test(title, async () => expect(outcomeOf(title, await run.report)).toBe(null), PATIENCE_MS);

    test(
      "there is no other case, and the process ends by itself without a complaint",
      async () => {
        const { outcomes, complaints, code } = await run.report;
        expect([...outcomes.keys()].filter((title) => !cases.includes(title))).toEqual([]);
        expect({ code, complaints }).toEqual({ code: 0, complaints: "" });
      },
      PATIENCE_MS,
    );
  });

/** What is wrong with a case; null: nothing. */
function outcomeOf(title: string, { outcomes, printed, complaints }: Report): string | null {
  const outcome = outcomes.get(title);
  return outcome === undefined ? `not in the report; it was said:\n${printed}\n${complaints}` : outcome;
}

/**
 * The suites on Deno and Node, each started once: both run at the same time, and every case is a test of this
 * runner's. One that the other's report does not name has failed.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { coreFacts } from "./core.ts";
import { bun } from "./listen-bun.ts";
import { runOnDeno, runOnNode } from "./runs.ts";
import { suites } from "./suites.ts";

/** The first case waits for the whole run. */
const PATIENCE_MS = 60_000;

const cases: string[] = [];
suites((name) => void cases.push(name), bun);
const facts = coreFacts();

for (const [name, start] of [
  ["Deno", runOnDeno],
  ["Node", runOnNode],
] as const)
  describe(`on ${name}`, () => {
    const run = start(facts);
    afterAll(() => run.stop());
    for (const each of cases)
      test(
        each,
        async () => {
          const { outcomes, printed, complaints } = await run.report;
          if (!outcomes.has(each))
            throw new Error(`not in the report of ${name}, which said:\n${printed}\n${complaints}`);
          const failure = outcomes.get(each);
          if (failure !== null) throw new Error(failure);
        },
        PATIENCE_MS,
      );
    test(
      "there is no other case, and the process ends by itself without a complaint",
      async () => {
        const { outcomes, complaints, code } = await run.report;
        expect([...outcomes.keys()].filter((known) => !cases.includes(known))).toEqual([]);
        expect({ code, complaints }).toEqual({ code: 0, complaints: "" });
      },
      PATIENCE_MS,
    );
  });

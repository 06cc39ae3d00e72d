/**
 * The gate: each known bug is put in place of our code, in the world that its file names, and must be caught by the
 * property that it names. A bug that another property catches first counts as a failure: it hides that its own is blind.
 */
import { check } from "./checker.ts";
import { clusterMutants } from "./cluster/index.ts";
import { MUTANTS } from "./mutants/index.ts";
import type { Preset } from "./presets.ts";
import type { CheckResult } from "./result.ts";
import { shellMutants } from "./shell/index.ts";

export interface Judged {
  readonly mutant: string;
  /** Must catch it. */
  readonly property: string;
  readonly verdict: "caught" | "caught by another" | "missed";
  /** What caught it; null: nothing. */
  readonly caughtBy: string | null;
  /** Looked at until then. */
  readonly states: number;
  /** Of the shortest trace. */
  readonly steps: number;
}

/** What a check finds with a bug in place, in the worlds in which it can show. */
export function inItsWorld(mutant: string, shell: Preset["shell"] = null): Promise<CheckResult> {
  const preset = {
    name: "mutants",
    ladder: [],
    cluster: [],
    randomRuns: 0,
    shell,
    incident: false,
    bugsOwnWorld: true,
  };
  return check({ preset, mutant, maxStates: null, maxMs: null, clock: () => 0 });
}

export async function gate(onProgress?: (mutant: string) => void): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const mutant of MUTANTS) judged.push(await judge(mutant, null));
  for (const mutant of shellMutants) judged.push(await judge(mutant, "ci"));
  for (const mutant of clusterMutants) judged.push(await judge(mutant, null));
  return judged;

  async function judge(mutant: { readonly name: string; readonly property: string }, shell: Preset["shell"]) {
    onProgress?.(mutant.name);
    const { rungs, violation } = await inItsWorld(mutant.name, shell);
    return judgedOf(mutant, violation?.property ?? null, {
      states: rungs.reduce((sum, rung) => sum + rung.states, 0),
      steps: violation?.trace.length ?? 0,
    });
  }
}

const judgedOf = (
  { name, property }: { readonly name: string; readonly property: string },
  caughtBy: string | null,
  effort: { readonly states: number; readonly steps: number },
): Judged => {
  const verdict = caughtBy === property ? "caught" : caughtBy === null ? "missed" : "caught by another";
  return { mutant: name, property, verdict, caughtBy, ...effort };
};

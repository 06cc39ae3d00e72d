/** What tla-checker says of `Slots.tla`: exhaustively, breadth first, in this process. It is slow; R3 takes it seconds. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { check_spec_with_cfg, initSync } from "tla-checker";
import type { Opinion, SmallWorld } from "./opinion.ts";

/** The invariants of the specification, by the names that `model/properties` has for them; null: `wrong` tells. */
const INVARIANTS: Readonly<Record<string, string | null>> = {
  StepsAreRight: null,
  RealLoad: "real load ≤ cap",
  NoUnderCount: "no under-count",
  WorkConserving: "nobody waits while there is room",
  LingeringYields: "lingering streams yield",
  LingersExactly: "a stream lingers exactly when nobody watches it",
  EverybodyAnswered: "everybody is answered",
  NothingLeft: "at rest nothing is left",
  Converges: "the orchestrator converges",
};
const CONFIGURATION = [
  "INIT Init",
  "NEXT Next",
  ...Object.keys(INVARIANTS).map((name) => `INVARIANT ${name}`),
].join("\n");

const STATES_MAX = 1_000_000;
const DEPTH_MAX = 1000;

interface Answer {
  readonly success: boolean;
  readonly error_message: string | null;
  readonly states_explored: number;
  /** "State 0", its variables, "State 1", … */
  readonly trace?: readonly string[] | null;
}

let ready: Promise<unknown> | undefined;

const prepare = async (): Promise<void> => {
  const binary = createRequire(import.meta.url).resolve("tla-checker/tla_checker_bg.wasm");
  initSync({ module: await readFile(binary) });
};

/** `depth` is told only of what is wrong; else it is 0. */
export async function runTla(world: SmallWorld): Promise<Opinion> {
  ready ??= prepare();
  await ready;
  const specification = await readFile(new URL("./Slots.tla", import.meta.url), "utf8");
  const constants = {
    Engines: world.engines,
    Cap: world.cap,
    Requests: world.requests,
    Contents: world.contents,
    Reports: world.reports,
    Mutant: world.mutant ?? "none",
  };
  const began = performance.now();
  const answer: Answer = JSON.parse(
    check_spec_with_cfg(
      specification,
      CONFIGURATION,
      JSON.stringify(constants),
      STATES_MAX,
      DEPTH_MAX,
      true,
      false,
    ),
  );
  const trace = (answer.trace ?? []).join("\n");
  return {
    states: answer.states_explored,
    transitions: null,
    depth: answer.success ? 0 : Math.max(0, (trace.match(/^State \d+/gm) ?? []).length - 1),
    violated: answer.success ? null : violatedBy(answer, trace),
    seconds: (performance.now() - began) / 1000,
    memoryBytes: null,
  };
}

function violatedBy({ error_message }: Answer, trace: string): string {
  const [, index] = /^Invariant (\d+) violated$/.exec(error_message ?? "") ?? [];
  const property = index === undefined ? undefined : Object.values(INVARIANTS)[Number(index)];
  if (property === undefined) throw new Error(`tla-checker found something else: ${error_message}`);
  if (property !== null) return property;
  const [, wrong] = /wrong \|-> "([^"]+)"/.exec(trace) ?? [];
  if (wrong === undefined) throw new Error(`tla-checker does not say what is wrong:\n${trace}`);
  return wrong;
}

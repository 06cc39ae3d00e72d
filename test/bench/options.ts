/** The bench's flags. */
import { parseArgs } from "node:util";
import { listed, repetitionsOf } from "./flags.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { isSubject, PAIRS, SUBJECTS, type SubjectName } from "./subjects.ts";

export interface Options {
  readonly isQuick: boolean;
  readonly scenarios: readonly Scenario[];
  readonly subjects: readonly SubjectName[];
  readonly repetitions: number;
  /** Where all samples go as JSON; null: nowhere. */
  readonly jsonFile: string | null;
}

export const USAGE = `bun test/bench/main.ts [--quick] [--only SCENARIO,…] [--subjects NAME,…] [--repeat N] [--json FILE]
  scenarios: ${SCENARIOS.map(({ name }) => name).join(" ")} (or a beginning: fanout, paced)
  subjects:  ${SUBJECTS.join(" ")}; only if named: ${PAIRS.join(" ")}`;

const REPETITIONS = 3;

/** Throws an error with words for people. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      subjects: { type: "string" },
      repeat: { type: "string" },
      json: { type: "string" },
    },
  });
  const isQuick = values.quick;
  const repetitions = repetitionsOf(values.repeat, isQuick, REPETITIONS);
  const subjects = values.subjects === undefined ? SUBJECTS : listed(values.subjects).map(subjectNamed);
  return {
    isQuick,
    scenarios: chosen(values.only, isQuick),
    subjects,
    repetitions,
    jsonFile: values.json ?? null,
  };
}

function subjectNamed(name: string): SubjectName {
  if (!isSubject(name)) throw new Error(`there is no subject ${name}; there are ${SUBJECTS.join(", ")}`);
  return name;
}

/** What is named runs, in `--quick` as well if it has times for that; by itself that leaves the long ones out. */
function chosen(only: string | undefined, isQuick: boolean): readonly Scenario[] {
  if (only === undefined) return SCENARIOS.filter(({ quickTimes }) => !isQuick || quickTimes !== null);
  return listed(only).flatMap((name) => {
    const exact = SCENARIOS.filter((scenario) => scenario.name === name);
    const found =
      exact.length > 0 ? exact : SCENARIOS.filter((scenario) => scenario.name.startsWith(`${name}-`));
    if (found.length === 0) throw new Error(`there is no scenario ${name}`);
    return found;
  });
}

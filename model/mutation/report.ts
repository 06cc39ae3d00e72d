/** What became of all mutants: a table to read, and a file in the form that viewers of mutation reports open. */
import { basename } from "node:path";
import { type CodeMutant, LANGUAGE } from "./instrument.ts";
import type { Verdict } from "./judge.ts";
import { type Change, keyOf } from "./naming.ts";

/** Survivors of one kind, and why nobody can, or need, see them. */
export interface Explanation {
  readonly why: string;
  readonly changes: readonly Change[];
}

export interface Judged {
  readonly mutant: CodeMutant;
  readonly verdict: Verdict;
  readonly change: Change;
  /** Null: nobody has explained it. */
  readonly why: string | null;
}

export interface Findings {
  readonly judged: readonly Judged[];
  /** Survived, and nobody has explained it. */
  readonly unexplained: readonly Judged[];
  /** Explained, but there is no such mutant any more, or it is killed. */
  readonly outdated: readonly Change[];
}

/** Lives on: nothing failed with it. */
const survives = ({ status }: Verdict): boolean => status === "Survived" || status === "NoCoverage";

export function compare(
  mutants: readonly CodeMutant[],
  verdicts: ReadonlyMap<string, Verdict>,
  named: ReadonlyMap<string, Change>,
  explanations: readonly Explanation[],
): Findings {
  const whys = new Map(explanations.flatMap(({ why, changes }) => changes.map((one) => [keyOf(one), why])));
  const judged = mutants.flatMap((mutant): Judged[] => {
    const verdict = verdicts.get(mutant.id);
    const change = named.get(mutant.id);
    return verdict && change ? [{ mutant, verdict, change, why: whys.get(keyOf(change)) ?? null }] : [];
  });
  const alive = judged.filter(({ verdict }) => survives(verdict));
  const needed = new Set(alive.map(({ change }) => keyOf(change)));
  return {
    judged,
    unexplained: alive.filter(({ why }) => why === null),
    outdated: explanations.flatMap((one) => one.changes).filter((change) => !needed.has(keyOf(change))),
  };
}

const COLUMNS = ["mutants", "ladder", "tests", "time-outs", "no coverage", "survived", "explained"] as const;

function count(judged: readonly Judged[]): number[] {
  const times = (holds: (verdict: Verdict) => boolean): number =>
    judged.filter(({ verdict }) => holds(verdict)).length;
  return [
    judged.length,
    times(({ status, by }) => status === "Killed" && by === "ladder"),
    times(({ status, by }) => status === "Killed" && by === "tests"),
    times(({ status }) => status === "Timeout"),
    times(({ status }) => status === "NoCoverage"),
    times(({ status }) => status === "Survived"),
    judged.filter(({ verdict, why }) => survives(verdict) && why !== null).length,
  ];
}

/** By file, then what killed how many, then what nobody has explained. */
export function table({ judged, unexplained, outdated }: Findings): string {
  const files = new Map<string, Judged[]>();
  for (const one of judged) {
    const file = basename(one.mutant.fileName);
    files.set(file, [...(files.get(file) ?? []), one]);
  }
  const rows = [
    ["", ...COLUMNS],
    ...[...files].map(([file, its]) => [file, ...count(its).map(String)]),
    ["all", ...count(judged).map(String)],
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const aligned = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  const dead = judged.filter(({ verdict }) => !survives(verdict)).length;
  const score = judged.length === 0 ? 0 : (100 * dead) / judged.length;
  return [
    ...aligned,
    "",
    "killed by",
    ...killers(judged),
    "",
    ...unexplained.map(
      ({ mutant, verdict, change }) =>
        `${verdict.status === "Survived" ? "survived" : "no coverage"}: ${basename(mutant.fileName)}:${mutant.location.start.line + 1} ` +
        `${keyOf(change)}${verdict.differs.length > 0 ? ` (seen in ${verdict.differs[0]})` : ""}`,
    ),
    ...outdated.map((change) => `explained, but not alive: ${keyOf(change)}`),
    `mutation score ${score.toFixed(1)} %: ${dead} of ${judged.length} detected, ${unexplained.length} not and unexplained`,
  ].join("\n");
}

/** Properties and other reasons of the ladder, those that told most first; the tests as one. */
function killers(judged: readonly Judged[]): string[] {
  const times = new Map<string, number>();
  for (const { verdict } of judged) {
    if (verdict.status !== "Killed") continue;
    const name =
      verdict.by === "tests"
        ? "(a unit test)"
        : verdict.reason.startsWith("it breaks down")
          ? "(it breaks down)"
          : verdict.reason;
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  return [...times].sort((a, b) => b[1] - a[1]).map(([name, many]) => `${String(many).padStart(6)}  ${name}`);
}

/** The report in mutation-testing-elements' form, version 2; lines and columns count from 1 there. */
export function schema({ judged }: Findings, sources: ReadonlyMap<string, string>, root: string): unknown {
  const files: Record<string, unknown> = {};
  for (const [name, source] of sources) {
    const mutants = judged
      .filter(({ mutant }) => mutant.fileName === name)
      .map(({ mutant, verdict, why }) => ({
        id: mutant.id,
        mutatorName: mutant.mutatorName,
        replacement: mutant.replacement,
        location: { start: fromOne(mutant.location.start), end: fromOne(mutant.location.end) },
        status: verdict.status,
        statusReason: reason(verdict, why),
      }));
    if (mutants.length > 0) files[name.slice(root.length + 1)] = { language: LANGUAGE, source, mutants };
  }
  return { schemaVersion: "2", thresholds: { high: 95, low: 80 }, projectRoot: root, files };
}

const fromOne = ({ line, column }: { line: number; column: number }) => ({
  line: line + 1,
  column: column + 1,
});

function reason({ by, reason: told, rung, differs }: Verdict, why: string | null): string {
  const parts = [told && `${by ?? "nobody"}: ${told}`, rung && `in ${rung}`, why];
  if (!told && differs.length > 0) parts.push(`answers otherwise in ${differs.join("; ")}`);
  return parts.filter(Boolean).join(", ");
}

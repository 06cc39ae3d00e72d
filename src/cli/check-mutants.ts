// The known bugs on the command line: their names, their list, and `aceslot check --mutant all`.
import { clusterMutants } from "../../model/cluster/index.ts";
import { gate, type Judged } from "../../model/gate.ts";
import { MUTANTS, mutantNamed } from "../../model/mutants/index.ts";
import { Line } from "../../model/report/line.ts";
import { MARK } from "../../model/report/marks.ts";
import { count, duration, wrap } from "../../model/report/text.ts";
import { EXIT_CODE } from "../../model/result.ts";
import { shellMutants } from "../../model/shell/index.ts";
import { quoted } from "../config/error.ts";
import { nearest } from "../config/nearest.ts";
import { formatOf, outFolder, progress, terminal, writeReport } from "./check-output.ts";
import type { Own } from "./check-rules.ts";
import { print, UsageError } from "./run.ts";

export const isOfShell = (name: string): boolean => shellMutants.some((mutant) => mutant.name === name);

export const isOfCluster = (name: string): boolean => clusterMutants.some((mutant) => mutant.name === name);

/** `where` is the flag or file that names it. */
export function knownMutant(where: string, name: string): void {
  if (isOfShell(name) || isOfCluster(name) || mutantNamed(name)) return;
  const guess = nearest(
    name,
    [...MUTANTS, ...shellMutants, ...clusterMutants].map((mutant) => mutant.name),
  );
  throw new UsageError(
    `${where}: there is no mutant ${quoted(name)}; ${guess === null ? "see aceslot check --list-mutants" : `did you mean ${guess}?`}`,
  );
}

export async function listMutants(): Promise<number> {
  const { columns, color } = terminal();
  const blocks = [...MUTANTS, ...shellMutants, ...clusterMutants].map(({ name, history, property }) =>
    [
      Line.of(name, "bold"),
      ...wrap(`Must be caught by: ${property}`, columns - 2).map((part) => new Line().put(2, part, "soft")),
      ...wrap(history, columns - 2).map((part) => new Line().put(2, part)),
    ]
      .map((line) => `${line.render(color)}\n`)
      .join(""),
  );
  await print(blocks.join("\n"));
  return EXIT_CODE.holds;
}

/** Exit 0 if each is caught by the property that it names, else 1. */
export async function everyMutant(own: Own): Promise<number> {
  const format = formatOf(own);
  if (format !== "pretty" && format !== "json")
    throw new UsageError(
      `--format: ${quoted(format)} is not allowed with --mutant all: it must be one of pretty, json; try --format json`,
    );
  const folder = outFolder(own);
  const began = performance.now();
  const judged = await gate(progress);
  progress("");
  const seconds = (performance.now() - began) / 1000;
  const text = {
    pretty: (look: Look): string => gateText(judged, seconds, look),
    json: (): string => `${JSON.stringify({ version: 1, seconds, mutants: judged }, null, 2)}\n`,
  };
  await print(text[folder === null ? format : "pretty"](terminal()));
  if (folder !== null) writeReport(folder, format, text[format]({ color: false, columns: 100 }));
  return judged.every(({ verdict }) => verdict === "caught") ? EXIT_CODE.holds : EXIT_CODE.violated;
}

const NAME_AT = 4;
const GAP = 2;
const STEPS_WIDTH = 5;

interface Look {
  readonly color: boolean;
  readonly columns: number;
}

export function gateText(judged: readonly Judged[], seconds: number, { color, columns }: Look): string {
  const room = Math.max(60, columns);
  const propertyAt = NAME_AT + GAP + Math.max(...judged.map(({ mutant }) => mutant.length));
  const propertyRoom = room - propertyAt - GAP - STEPS_WIDTH;
  const number = (text: string) => (line: Line) => line.put(room - text.length, text, "soft");
  const head = number("steps")(new Line().put(NAME_AT, "bug", "soft").put(propertyAt, "caught by", "soft"));
  const rows = judged.flatMap((one) => {
    const { text, tone } = one.verdict === "caught" ? MARK.holds : MARK.violated;
    return wrap(said(one), propertyRoom).map((part, index) => {
      const line = new Line().put(propertyAt, part, one.verdict === "caught" ? null : "red");
      if (index > 0) return line;
      line.put(2, text, tone).put(NAME_AT, one.mutant, "bold");
      return one.caughtBy === null ? line : number(count(one.steps))(line);
    });
  });
  const caught = judged.filter(({ verdict }) => verdict === "caught").length;
  const isAll = caught === judged.length;
  const mark = isAll ? MARK.holds : MARK.violated;
  const word = `${mark.text} ${isAll ? "CAUGHT" : "MISSED"}`;
  const verdict = isAll
    ? `all ${caught} bugs, each by the property that it names`
    : `${judged.length - caught} of ${judged.length} bugs are not caught by the property that they name`;
  const states = count(judged.reduce((sum, one) => sum + one.states, 0));
  const lines = [
    Line.of("aceslot check", "bold").add(" · every mutant", "soft"),
    new Line(),
    head,
    ...rows,
    new Line(),
    Line.of(word, mark.tone).add("  ").add(verdict, "bold"),
    new Line().put(word.length + 2, `exit ${isAll ? 0 : 1} · ${states} states, ${duration(seconds)}`, "soft"),
  ];
  return lines.map((line) => `${line.render(color)}\n`).join("");
}

function said({ verdict, property, caughtBy }: Judged): string {
  if (verdict === "caught") return property;
  if (verdict === "missed") return `nothing; it must be: ${property}`;
  return `${caughtBy}; it must be: ${property}`;
}

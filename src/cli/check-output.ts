// Where the result of `aceslot check` goes: to standard output, into the folder of --out, and the trace to a file.
import { accessSync, appendFileSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  githubSummary,
  REPORT_FILE,
  type ReportFormat,
  type ReportOptions,
  report,
} from "../../model/report/index.ts";
import type { CheckResult } from "../../model/result.ts";
import { quoted } from "../config/error.ts";
import type { Own } from "./check-rules.ts";
import { coloursOn, linesCanBeRewritten } from "./colour.ts";
import { complain, print, UsageError } from "./run.ts";

/** In the working folder where there is no --out: a name that is nobody else's. */
const TRACE_HERE = "aceslot-trace.json";
const COLUMNS_MAX = 100;

export const formatOf = (own: Own): ReportFormat => (own.format ?? "pretty") as ReportFormat;

/** The folder that --out names, made if there is none; found out before anything takes its time. */
export function outFolder(own: Own): string | null {
  if (typeof own.out !== "string") return null;
  try {
    mkdirSync(own.out, { recursive: true });
    accessSync(own.out, constants.W_OK);
  } catch (error) {
    throw unwritable(own.out, error);
  }
  return own.out;
}

const unwritable = (folder: string, error: unknown): UsageError =>
  new UsageError(
    `--out: ${quoted(folder)} cannot be written to (${codeOf(error)}): it must be a folder; name another one`,
  );

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));

/** What `pretty` has to know of the terminal. */
export function terminal(): Required<Pick<ReportOptions, "color" | "columns">> {
  return {
    color: coloursOn(),
    columns: Math.min(COLUMNS_MAX, process.stdout.columns || COLUMNS_MAX),
  };
}

/**
 * Prints the report. With a folder, the report goes there, and what is printed is for people, or for the runner
 * that reads workflow commands. `traceFile` is the trace that was replayed; null: a violation's is written.
 */
export async function publish(result: CheckResult, own: Own, traceFile: string | null = null): Promise<void> {
  const format = formatOf(own);
  const folder = outFolder(own);
  const trace = traceFile ?? (result.violation && writeTrace(result.violation.replay, folder));
  const command = result.violation && trace !== null ? `aceslot check --replay ${trace}` : null;
  const shown = { ...terminal(), command };
  const plain = { color: false, columns: COLUMNS_MAX, command };
  await print(report(folder === null || format === "github" ? format : "pretty", result, shown));
  if (folder !== null) writeReport(folder, format, report(format, result, plain));
  if (format === "github") summarise(githubSummary(result, plain));
}

/** Its path, or null after a word on stderr: what was found is worth more than the file. */
function writeTrace(trace: object, folder: string | null): string | null {
  const path = folder === null ? TRACE_HERE : join(folder, "trace.json");
  try {
    writeFileSync(path, `${JSON.stringify(trace, null, 2)}\n`);
    return path;
  } catch (error) {
    complain(
      `warning: the trace cannot be written to ${quoted(path)} (${codeOf(error)}): name a folder with --out`,
    );
    return null;
  }
}

export function writeReport(folder: string, format: ReportFormat, text: string): void {
  try {
    writeFileSync(join(folder, REPORT_FILE[format]), text);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** Where a workflow collects a summary, the picture goes there. */
function summarise(text: string): void {
  const path = process.env.GITHUB_STEP_SUMMARY;
  if (!path) return;
  try {
    appendFileSync(path, text);
  } catch (error) {
    complain(`warning: GITHUB_STEP_SUMMARY: ${quoted(path)} cannot be written to (${codeOf(error)})`);
  }
}

/** On a terminal, what is being looked at now; '' wipes it away. */
export function progress(text: string): void {
  if (!linesCanBeRewritten()) return;
  const room = (process.stderr.columns || 80) - 1;
  process.stderr.write(`\r\u001b[K${[...text].slice(0, room).join("")}`);
}

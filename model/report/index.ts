/**
 * Reports: what a check found, written for people and for other programs, and the page that walks the graph.
 * Nothing here explores, judges or writes files: a result (or a walker) goes in, text comes out.
 * The command line imports it.
 */
import type { CheckResult } from "../result.ts";
import { github } from "./github.ts";
import { itf } from "./itf.ts";
import { json } from "./json.ts";
import { junit } from "./junit.ts";
import { mermaid } from "./mermaid.ts";
import { type ReportOptions, type Written, written } from "./options.ts";
import { pretty } from "./pretty.ts";
import { sarif } from "./sarif.ts";

export { githubSummary } from "./github.ts";
export type { ReportOptions } from "./options.ts";
export { type ExploreApp, exploreApp, explorePage } from "./page/app.ts";

const REPORTS: Readonly<Record<ReportFormat, (result: CheckResult, options: Written) => string>> = {
  pretty,
  json,
  junit,
  github,
  sarif,
  mermaid,
  itf,
};

/**
 * - `pretty`: for people, as `aceslot check` prints it.
 * - `json`: the result itself.
 * - `junit`: test results, as GitLab, Jenkins and others read them.
 * - `github`: workflow commands, which become annotations on GitHub, Gitea and Forgejo.
 * - `sarif`: findings, as code scanning reads them.
 * - `mermaid`: the shortest trace as a sequence diagram; the slot machine where nothing is wrong.
 * - `itf`: the trace as TLA+'s tools read it.
 */
export type ReportFormat = "pretty" | "json" | "junit" | "github" | "sarif" | "mermaid" | "itf";

/** Every format of {@link report}. */
export const REPORT_FORMATS: readonly ReportFormat[] = [
  "pretty",
  "json",
  "junit",
  "github",
  "sarif",
  "mermaid",
  "itf",
];

/** What the file of a report is called, by format: `check.junit.xml`. */
export const REPORT_FILE: Readonly<Record<ReportFormat, string>> = {
  pretty: "check.txt",
  json: "check.json",
  junit: "check.junit.xml",
  github: "check.github.txt",
  sarif: "check.sarif",
  mermaid: "check.mmd",
  itf: "check.itf.json",
};

/**
 * A result, written down. Pure: the same result gives the same text.
 *
 * @returns the whole text, ending with a line end.
 * @throws {RangeError} for a format that there is none of.
 *
 * @example
 * ```ts
 * import { check, PRESETS, report } from "aceslot/check";
 *
 * const result = await check({ preset: PRESETS.incident });
 * console.log(report("pretty", result, { color: true }));
 * ```
 */
export function report(format: ReportFormat, result: CheckResult, options: ReportOptions = {}): string {
  if (!Object.hasOwn(REPORTS, format))
    throw new RangeError(`there is no format ${format}; there are ${REPORT_FORMATS.join(", ")}`);
  return REPORTS[format](result, written(options));
}

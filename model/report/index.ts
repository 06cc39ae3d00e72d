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
import type { ReportOptions } from "./options.ts";
import { pretty } from "./pretty.ts";
import { sarif } from "./sarif.ts";

export { githubSummary } from "./github.ts";
export type { ReportOptions } from "./options.ts";
export { type ExploreApp, exploreApp, explorePage } from "./page/app.ts";

const REPORTS = { pretty, json, junit, github, sarif, mermaid, itf };

export type ReportFormat = keyof typeof REPORTS;
export const REPORT_FORMATS: readonly ReportFormat[] = [
  "pretty",
  "json",
  "junit",
  "github",
  "sarif",
  "mermaid",
  "itf",
];

/** What a report is called in the folder that `--out` names. */
export const REPORT_FILE: Readonly<Record<ReportFormat, string>> = {
  pretty: "check.txt",
  json: "check.json",
  junit: "check.junit.xml",
  github: "check.github.txt",
  sarif: "check.sarif",
  mermaid: "check.mmd",
  itf: "check.itf.json",
};

/** The report as text, ending with a line end. Pure. */
export const report = (format: ReportFormat, result: CheckResult, options: ReportOptions): string =>
  REPORTS[format](result, options);

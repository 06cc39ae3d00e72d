/**
 * The check as a CI runs it, and `workflow.yml` is the job: a report for people, JUnit XML for what shows test results,
 * on GitHub an annotation and a summary with the trace as a picture. Exit 0: it holds; else the job is red.
 *
 *     node ci.ts [aborted-waiter|double-release]
 *
 * With the name of a bug it shows what red looks like. Without one it also puts each known bug in, and wants it found:
 * a check that finds nothing any more would be green for ever.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { checkModel, EXIT_CODE, githubSummary, type ReportFormat, report } from "aceslot/check";
import { semaphore } from "./model.ts";
import { BUGS } from "./pool.ts";

// Where an annotation stands: at the code that the properties are about.
const SOURCE = "docs/examples/semaphore/pool.ts";
const line =
  1 +
  readFileSync(SOURCE, "utf8")
    .split("\n")
    .findIndex((text) => text.includes("function step("));

const bug = BUGS.find((one) => one === process.argv[2]) ?? null;
const model = semaphore(2, 4, bug);
const properties = model.properties.map((one) => ({ ...one, source: { file: SOURCE, line } }));
// A limit that is reached only if something is very wrong: then the job ends with a report, and is red (exit 2).
const result = checkModel({ ...model, properties }, { maxMs: 60_000 });

const said = { command: `node docs/examples/semaphore/ci.ts ${bug ?? ""}`.trim() };
const text = (format: ReportFormat): string => report(format, result, said);
console.log(text("pretty"));
writeFileSync("check.junit.xml", text("junit"));
if (process.env.GITHUB_ACTIONS === "true") console.log(text("github"));
if (process.env.GITHUB_STEP_SUMMARY)
  appendFileSync(process.env.GITHUB_STEP_SUMMARY, githubSummary(result, said));
process.exitCode = EXIT_CODE[result.verdict];

if (bug === null)
  for (const known of BUGS) {
    const { verdict, violation } = checkModel(semaphore(1, 3, known));
    console.log(`${known}: ${violation ? `found, by "${violation.property}"` : `NOT FOUND (${verdict})`}`);
    if (violation === null) process.exitCode = 1;
  }

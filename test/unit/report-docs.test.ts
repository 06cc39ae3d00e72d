/** The examples in docs/check-reports.md are what the reports say. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPORT_FORMATS, report } from "../../model/report/index.ts";
import { HOLDS, VACUOUS, VIOLATED } from "../support/check-results.ts";

const RESULTS: Readonly<Record<string, typeof HOLDS>> = { HOLDS, VACUOUS, VIOLATED };
const PAGE = readFileSync(join(import.meta.dir, "../../docs/check-reports.md"), "utf8");
const EXAMPLES = [...PAGE.matchAll(/<!-- example: (\w+) (\w+) -->\n```\w*\n([\s\S]*?)\n```/gu)];

test("every format has one", () => {
  expect(EXAMPLES.map(([, format = ""]) => format).toSorted()).toEqual([...REPORT_FORMATS].toSorted());
});

for (const [, name = "", result = "", example = ""] of EXAMPLES)
  test(`${name}, what is left out marked with …`, () => {
    const [format = "pretty"] = REPORT_FORMATS.filter((each) => each === name);
    const found = RESULTS[result];
    if (found === undefined) throw new Error(`there is no result ${result}`);
    const text = report(format, found, {
      color: false,
      columns: 100,
      command: "aceslot check --replay cap.trace.json",
    });
    let at = 0;
    for (const part of example.split(/^…$/mu).map((each) => each.replace(/^\n|\n$/gu, ""))) {
      expect(text.slice(at)).toContain(part);
      at = text.indexOf(part, at) + part.length;
    }
  });

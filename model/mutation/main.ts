/** `make mutate`: every mutant of `src/slots/`, what killed it, and those that live without an explanation. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./court.ts";
import { EXPLAINED } from "./explained.ts";
import type { Verdict } from "./judge.ts";
import { changes } from "./naming.ts";
import { compare, schema, table } from "./report.ts";
import { judgeAll } from "./team.ts";

const ROOT = join(import.meta.dir, "../..");
const REPORT = join(ROOT, "dist/mutation/mutation.json");
const TELL_EVERY = 100;

const scratch = mkdtempSync(join(tmpdir(), "aceslot-mutation-"));
try {
  process.exitCode = await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function main(): Promise<number> {
  const from = performance.now();
  const minutes = (): string => ((performance.now() - from) / 60_000).toFixed(1);
  const places = { code: join(ROOT, "src/slots"), tests: join(ROOT, "test/unit/slots"), scratch };
  const mutants = await build(places);
  const workers = Math.max(1, Math.min(4, availableParallelism()));
  console.error(`${mutants.length} mutants, ${workers} workers`);
  const verdicts = new Map<string, Verdict>();
  const ids = mutants.map(({ id }) => id);
  const broken = new Set<string>();
  await judgeAll(places, ids, workers, {
    broken: (tests) => {
      for (const test of tests) broken.add(test);
    },
    verdict: (verdict) => {
      verdicts.set(verdict.id, verdict);
      if (verdicts.size % TELL_EVERY === 0) console.error(`${verdicts.size} judged after ${minutes()} min`);
    },
  });
  for (const test of broken) console.error(`left out, since it fails without any mutant: ${test}`);
  const sources = new Map(mutants.map(({ fileName }) => [fileName, readFileSync(fileName, "utf8")]));
  const findings = compare(mutants, verdicts, changes(mutants, sources), EXPLAINED);
  await Bun.write(REPORT, JSON.stringify(schema(findings, sources, ROOT), null, 1));
  console.log(table(findings));
  console.log(`${minutes()} min; the report is ${REPORT.slice(ROOT.length + 1)}`);
  return findings.unexplained.length + findings.outdated.length === 0 ? 0 : 1;
}

/** The unit tests of the selector, kept in one process and run against one mutant after another. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import type { Kept } from "./shim.ts";
import { SWITCHES } from "./switches.ts";

/** Random worlds of one run: fewer than the suite's own, since most mutants that survive so far survive all of them. */
const RANDOM_WORLDS = 300;

/** How much oftener than usual a mutant may be come by before its loop is called endless. */
const HITS_FACTOR = 100;
const HITS_MIN = 10_000;

/** A module that holds the tests of a folder; the last line gives a failing random world up at once. */
export async function bundleTests(
  folder: string,
  to: string,
  files: ReadonlyMap<string, string>,
): Promise<string> {
  const shim = join(import.meta.dir, "shim.ts");
  const entry = to.replace(/\.js$/, ".entry.ts");
  const tests = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
  await Bun.write(
    entry,
    [
      `import fc from ${JSON.stringify(Bun.resolveSync("fast-check", folder))};`,
      ...tests.sort().map((name) => `import ${JSON.stringify(join(folder, name))};`),
      `export { TESTS } from ${JSON.stringify(shim)};`,
      "fc.configureGlobal({ endOnFailure: true });",
    ].join("\n"),
  );
  return bundle(entry, to, files, shim);
}

/** Asked for before the tests are loaded. */
export function fewRandomWorlds(): void {
  process.env.CORE_RUNS = String(RANDOM_WORLDS);
}

export interface Suite {
  readonly tests: readonly Kept[];
  /** Tests that fail without any mutant, as those that ask for more random worlds do. */
  readonly broken: readonly string[];
  /** How often each test comes by each mutant. */
  readonly hits: Readonly<Record<string, Record<string, number>>>;
}

/** Runs all tests once, cheapest first from then on; `kept` are those of the bundle that notes what it comes by. */
export async function rehearse(kept: readonly Kept[]): Promise<Suite> {
  // A bundler drops what it is told has no side effects, and a court without tests would hear nobody.
  if (kept.length === 0) throw new Error("there are no tests in the bundle");
  const broken: string[] = [];
  const took = new Map<string, number>();
  SWITCHES.mutantCoverage.perTest = {};
  for (const test of kept) {
    SWITCHES.currentTestId = test.name;
    const from = performance.now();
    try {
      await test.run();
    } catch {
      broken.push(test.name);
    }
    took.set(test.name, performance.now() - from);
  }
  SWITCHES.currentTestId = undefined;
  const tests = [...kept].sort((a, b) => (took.get(a.name) ?? 0) - (took.get(b.name) ?? 0));
  return { tests, broken, hits: SWITCHES.mutantCoverage.perTest };
}

export interface Failure {
  readonly test: string;
  readonly error: unknown;
}

/** The first test that fails with the active mutant; null: none does. `kept` are those of the bundle to be tested. */
export async function firstFailure(
  suite: Suite,
  kept: readonly Kept[],
  mutant: string,
  isStatic: boolean,
): Promise<Failure | null> {
  const byName = new Map(kept.map((test) => [test.name, test]));
  for (const { name } of suite.tests) {
    const hits = suite.hits[name]?.[mutant] ?? 0;
    if (suite.broken.includes(name) || (hits === 0 && !isStatic)) continue;
    SWITCHES.hitCount = 0;
    SWITCHES.hitLimit = Math.max(HITS_MIN, hits * HITS_FACTOR);
    try {
      await byName.get(name)?.run();
    } catch (error) {
      return { test: name, error };
    }
  }
  return null;
}

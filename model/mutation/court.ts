/** Makes ready, once for a process, what all mutants are judged by. */
import { join } from "node:path";
import type { Property } from "../properties/property.ts";
import type { WorldSize } from "../world/size.ts";
import { bundle, load } from "./bundle.ts";
import { type CodeMutant, instrument, withoutCoverage } from "./instrument.ts";
import type { Court, Selector, Tests } from "./judge.ts";
import { bundleTests, fewRandomWorlds, rehearse } from "./scenes.ts";
import { SWITCHES } from "./switches.ts";
import { record } from "./tape.ts";

export interface Places {
  /** The folder that holds the selector, with its `index.ts`. */
  readonly code: string;
  /** Its unit tests; null: without them. */
  readonly tests: string | null;
  /** Where the bundles go. */
  readonly scratch: string;
}

/** Writes the bundles: selector and tests, each with and without notes of what they come by. */
export async function build(places: Places, only?: readonly string[]): Promise<readonly CodeMutant[]> {
  const { mutants, files } = await instrument(places.code, only);
  const quick = new Map([...files].map(([path, code]) => [path, withoutCoverage(code)]));
  const entry = join(places.code, "index.ts");
  await bundle(entry, join(places.scratch, "selector.noting.js"), files);
  await bundle(entry, join(places.scratch, "selector.js"), quick);
  if (places.tests === null) return mutants;
  await bundleTests(places.tests, join(places.scratch, "tests.noting.js"), files);
  await bundleTests(places.tests, join(places.scratch, "tests.js"), quick);
  return mutants;
}

/** Loads what `build` wrote, goes through the ladder and the tests once without any mutant, and is ready. */
export async function open(
  places: Places,
  ladder: readonly WorldSize[],
  properties: readonly Property[],
): Promise<Court> {
  const selector = join(places.scratch, "selector.js");
  const noting = await noted<Selector>(join(places.scratch, "selector.noting.js"));
  const tape = record(ladder, noting.loaded.step, properties);
  const court = {
    properties,
    tape,
    selector: { path: selector, loaded: await load<Selector>(selector) },
  };
  if (places.tests === null)
    return { ...court, suite: null, tests: null, onLoad: { selector: noting.mutants, tests: new Set() } };
  const tests = join(places.scratch, "tests.js");
  fewRandomWorlds();
  const notingTests = await noted<Tests>(join(places.scratch, "tests.noting.js"));
  return {
    ...court,
    suite: await rehearse(notingTests.loaded.TESTS),
    tests: { path: tests, loaded: await load<Tests>(tests) },
    onLoad: { selector: noting.mutants, tests: notingTests.mutants },
  };
}

/** A module, and the mutants that it comes by while it is loaded. */
async function noted<T>(path: string): Promise<{ loaded: T; mutants: ReadonlySet<string> }> {
  SWITCHES.mutantCoverage.static = {};
  const loaded = await load<T>(path);
  return { loaded, mutants: new Set(Object.keys(SWITCHES.mutantCoverage.static)) };
}

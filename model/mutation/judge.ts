/** One mutant before its judges: the ladder of small worlds, then the unit tests, then the ladder's larger worlds. */
import { search } from "../explore/search.ts";
import { propertyOfAssertion } from "../properties/choosing.ts";
import type { Property } from "../properties/property.ts";
import { type Stepper, World } from "../world/world.ts";
import { ask, type Heard } from "./asking.ts";
import { load } from "./bundle.ts";
import { firstFailure, type Suite } from "./scenes.ts";
import type { Kept } from "./shim.ts";
import { SWITCHES } from "./switches.ts";
import type { Rung, Tape } from "./tape.ts";

export interface Verdict {
  readonly id: string;
  readonly status: "Killed" | "Survived" | "Timeout" | "NoCoverage";
  readonly by: "ladder" | "tests" | null;
  /** The property or the test that failed, or what else went wrong. */
  readonly reason: string;
  /** The world in which it went wrong. */
  readonly rung: string;
  /** Where it answers otherwise than the selector, whether or not anybody minds: worlds and events. */
  readonly differs: readonly string[];
}

/** What a worker holds ready for all mutants. */
export interface Court {
  readonly properties: readonly Property[];
  readonly tape: Tape;
  /** Null: the ladder alone decides. */
  readonly suite: Suite | null;
  /** Paths of the bundles without bookkeeping, and what came of loading them once. */
  readonly selector: { readonly path: string; readonly loaded: Selector };
  readonly tests: { readonly path: string; readonly loaded: Tests } | null;
  /** Mutants that a module comes by when it is loaded: it must be loaded anew with each. */
  readonly onLoad: { readonly selector: ReadonlySet<string>; readonly tests: ReadonlySet<string> };
}

export interface Selector {
  readonly step: Stepper;
}
export interface Tests {
  readonly TESTS: readonly Kept[];
}

type Outcome = Omit<Verdict, "id" | "differs">;

/** Comings-by in one step before its loop is called endless. */
const HITS_PER_STEP_MAX = 100_000;
/** How far a world may outgrow its size before it is given up, as a factor, and in milliseconds. */
const GROWTH_MAX = 3;
const SEARCH_MS_MAX = 30_000;
/** Worlds with more states come after the tests, which are sooner done. */
const LARGE_STATES = 2500;

const NOTHING_HEARD: Heard = { differs: [], wrong: null, elsewhere: [] };

export async function judge(court: Court, id: string): Promise<Verdict> {
  SWITCHES.activeMutant = id;
  try {
    const step = await mutated(court, id);
    const which = court.onLoad.selector.has(id) ? court.tape.questions.keys() : court.tape.by.get(id);
    const heard =
      typeof step === "function" && which ? ask(court.tape, which, step, court.properties) : NOTHING_HEARD;
    const { differs, wrong, elsewhere } = heard;
    const worlds = (large: boolean): Outcome | null =>
      typeof step === "function"
        ? climb(
            elsewhere.filter(({ states }) => states > LARGE_STATES === large),
            step,
            court.properties,
          )
        : null;
    const judges = [
      () => (typeof step === "function" ? null : failed("ladder", step, "on loading")),
      () => wrong && failed("ladder", wrong.what, wrong.rung),
      () => worlds(false),
      () => rehearse(court, id),
      () => worlds(true),
    ];
    let unclear: Outcome | null = null;
    for (const one of judges) {
      const outcome = await one();
      if (outcome?.status === "Killed") return { id, differs, ...outcome };
      unclear ??= outcome;
    }
    return { id, differs, ...(unclear ?? left(court, id)) };
  } finally {
    SWITCHES.activeMutant = undefined;
  }
}

/** The selector with the mutant, or why it cannot be loaded. */
async function mutated({ selector, onLoad }: Court, id: string): Promise<Stepper | Error> {
  try {
    const { step } = onLoad.selector.has(id) ? await load<Selector>(selector.path) : selector.loaded;
    return (state, event) => {
      SWITCHES.hitCount = 0;
      SWITCHES.hitLimit = HITS_PER_STEP_MAX;
      return step(state, event);
    };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Nobody minded: was it come by at all? */
function left({ tape, suite, onLoad }: Court, id: string): Outcome {
  const isCovered =
    tape.by.has(id) ||
    onLoad.selector.has(id) ||
    onLoad.tests.has(id) ||
    Object.values(suite?.hits ?? {}).some((hits) => hits[id]);
  return { status: isCovered ? "Survived" : "NoCoverage", by: null, reason: "", rung: "" };
}

/** Goes through worlds, the smallest first, until one of them goes wrong. */
function climb(rungs: readonly Rung[], step: Stepper, properties: readonly Property[]): Outcome | null {
  let unclear: Outcome | null = null;
  for (const rung of [...rungs].sort((a, b) => a.states - b.states)) {
    const outcome = explore(rung, step, properties);
    if (outcome?.status === "Killed") return outcome;
    unclear ??= outcome;
  }
  return unclear;
}

function explore(
  { name, size, states }: Rung,
  step: Stepper,
  properties: readonly Property[],
): Outcome | null {
  const limits = {
    maxStates: states * GROWTH_MAX + 1000,
    maxMs: SEARCH_MS_MAX,
    clock: () => performance.now(),
  };
  try {
    const { found, complete } = search(new World({ size, step, properties }), limits, false);
    if (found) return failed("ladder", found.wrong.property, name);
    return complete
      ? null
      : { status: "Timeout", by: "ladder", reason: "the world outgrows its size", rung: name };
  } catch (error) {
    return failed("ladder", error, name);
  }
}

async function rehearse({ suite, tests, onLoad }: Court, id: string): Promise<Outcome | null> {
  if (!suite || !tests) return null;
  const isStatic = onLoad.tests.has(id);
  SWITCHES.hitCount = 0;
  SWITCHES.hitLimit = HITS_PER_STEP_MAX;
  try {
    const { TESTS } = isStatic ? await load<Tests>(tests.path) : tests.loaded;
    const failure = await firstFailure(suite, TESTS, id, isStatic);
    return failure && { ...failed("tests", failure.error, ""), reason: failure.test };
  } catch (error) {
    return failed("tests", error, "on loading");
  }
}

/** What went wrong: a property's name, or something thrown. */
function failed(by: "ladder" | "tests", what: unknown, rung: string): Outcome {
  if (typeof what === "string") return { status: "Killed", by, reason: what, rung };
  const [text = ""] = String(what).split("\n");
  if (text.includes("Hit count limit reached"))
    return { status: "Timeout", by, reason: "a loop without end", rung };
  const isAssertion = what instanceof Error && what.name === "InvariantError";
  const reason = isAssertion ? propertyOfAssertion(what.message) : `it breaks down: ${text}`;
  return { status: "Killed", by, reason, rung };
}

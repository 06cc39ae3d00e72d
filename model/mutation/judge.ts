/** One mutant before its judges: the ladder of small worlds, then the unit tests. */
import { search } from "../explore/search.ts";
import type { Property } from "../properties/property.ts";
import { type Stepper, World } from "../world/world.ts";
import { load } from "./bundle.ts";
import { firstFailure, type Suite } from "./scenes.ts";
import type { Kept } from "./shim.ts";
import { SWITCHES } from "./switches.ts";
import { type Difference, differences, type Rung, type Tape } from "./tape.ts";

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

/** Comings-by in one step before its loop is called endless. */
const HITS_PER_STEP_MAX = 100_000;
/** How far a world may outgrow its size before it is given up, as a factor, and in milliseconds. */
const GROWTH_MAX = 3;
const SEARCH_MS_MAX = 30_000;
/** Worlds with more states come after the tests. */
const LARGE_STATES = 2500;

type Outcome = Omit<Verdict, "id" | "differs">;

/**
 * Small worlds first, then the tests, then the larger worlds: nearly every mutant that a world tells is told by a
 * small one, and a test is sooner done than a large world.
 */
export async function judge(court: Court, id: string): Promise<Verdict> {
  SWITCHES.activeMutant = id;
  try {
    const { step, rungs, differs, failure } = await ask(court, id);
    const worlds = (large: boolean): Outcome | null =>
      step &&
      climb(
        rungs.filter(({ states }) => states > LARGE_STATES === large),
        step,
        court.properties,
      );
    const unclear: Outcome[] = [];
    for (const judges of [
      () => failure,
      () => worlds(false),
      () => rehearse(court, id),
      () => worlds(true),
    ]) {
      const outcome = await judges();
      if (outcome?.status === "Killed") return { id, differs, ...outcome };
      if (outcome) unclear.push(outcome);
    }
    return { id, differs, ...(unclear[0] ?? left(court, id)) };
  } finally {
    SWITCHES.activeMutant = undefined;
  }
}

const label = ({ tape }: Court, { rung, event }: Difference): string => `${tape.rungs[rung]?.name}: ${event}`;

/** Nobody minded: was it asked for at all? */
function left({ tape, suite, onLoad }: Court, id: string): Outcome {
  const isCovered =
    tape.by.has(id) ||
    onLoad.selector.has(id) ||
    onLoad.tests.has(id) ||
    Object.values(suite?.hits ?? {}).some((hits) => hits[id]);
  return { status: isCovered ? "Survived" : "NoCoverage", by: null, reason: "", rung: "" };
}

interface Asked {
  /** Null: it is not asked for anything, or cannot be loaded. */
  readonly step: Stepper | null;
  /** Where it answers otherwise, smallest world first. */
  readonly rungs: readonly Rung[];
  readonly differs: readonly string[];
  readonly failure: Outcome | null;
}

/** Puts the ladder's questions to a mutant. */
async function ask(court: Court, id: string): Promise<Asked> {
  const { tape } = court;
  const isStatic = court.onLoad.selector.has(id);
  const which = isStatic ? tape.questions.keys() : tape.by.get(id);
  if (!which) return { step: null, rungs: [], differs: [], failure: null };
  try {
    const selector = isStatic ? await load<Selector>(court.selector.path) : court.selector.loaded;
    const step: Stepper = (state, event) => {
      SWITCHES.hitCount = 0;
      SWITCHES.hitLimit = HITS_PER_STEP_MAX;
      return selector.step(state, event);
    };
    const found = differences(tape, step, which);
    const rungs = found.flatMap(({ rung }) => tape.rungs[rung] ?? []).sort((a, b) => a.states - b.states);
    return { step, rungs, differs: found.map((one) => label(court, one)), failure: null };
  } catch (error) {
    return { step: null, rungs: [], differs: [], failure: killed("ladder", error, "on loading") };
  }
}

/** Goes through worlds until one of them goes wrong. */
function climb(rungs: readonly Rung[], step: Stepper, properties: readonly Property[]): Outcome | null {
  let unclear: Outcome | null = null;
  for (const rung of rungs) {
    const outcome = explore(rung, step, properties);
    if (outcome?.status === "Killed") return outcome;
    unclear ??= outcome;
  }
  return unclear;
}

function explore(rung: Rung, step: Stepper, properties: readonly Property[]): Outcome | null {
  const limits = {
    maxStates: rung.states * GROWTH_MAX + 1000,
    maxMs: SEARCH_MS_MAX,
    clock: () => performance.now(),
  };
  try {
    const { found, complete } = search(new World({ size: rung.size, step, properties }), limits, false);
    if (found) return { status: "Killed", by: "ladder", reason: found.wrong.property, rung: rung.name };
    return complete
      ? null
      : { status: "Timeout", by: "ladder", reason: "the world outgrows its size", rung: rung.name };
  } catch (error) {
    return killed("ladder", error, rung.name);
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
    return failure && { ...killed("tests", failure.message, ""), reason: failure.test };
  } catch (error) {
    return killed("tests", error, "on loading");
  }
}

function killed(by: "ladder" | "tests", error: unknown, rung: string): Outcome {
  const [text = ""] = String(error).split("\n");
  if (text.includes("Hit count limit reached"))
    return { status: "Timeout", by, reason: "a loop without end", rung };
  const isBook = text.startsWith("InvariantError");
  return {
    status: "Killed",
    by,
    reason: isBook ? "the books never contradict themselves" : `it breaks down: ${text}`,
    rung,
  };
}

/**
 * Random walks through large worlds: fast-check draws a world and a list of numbers, each number picks one of the
 * happenings that are possible then, every property is looked at after every step. At the end of a walk the world is
 * brought to rest, first with everybody staying, then with everybody leaving.
 */

import fc from "fast-check";
import type { Wrong } from "./explore/search.ts";
import { PROPERTIES } from "./properties/index.ts";
import { type Failure, shorten } from "./random/shorten.ts";
import { LARGEST, sizes } from "./random/sizes.ts";
import { Walk } from "./random/walk.ts";
import { Watch } from "./random/watch.ts";
import type { RungResult, TraceFile, Violation } from "./result.ts";
import { sourceOf } from "./where.ts";
import { SMALLEST, sizeName, type WorldSize } from "./world/size.ts";
import { tell } from "./world/telling.ts";
import type { Stepper } from "./world/world.ts";

/** Numbers in a choice list, before the world is brought to rest. */
const CHOICES_MAX = 160;
/** Walks between two looks at the clock. */
const BATCH = 50;
/** Walks that fast-check may spend on shrinking a list of choices; after that, happenings are left out. */
const SHRINKS_MAX = 100;

export interface RandomOptions {
  readonly runs: number;
  readonly seed: number;
  readonly step: Stepper;
  readonly mutant: string | null;
  readonly maxMs: number;
  /** Milliseconds. */
  readonly clock: () => number;
  /** This world, instead of one drawn for each walk. */
  readonly size?: WorldSize;
}

export interface RandomWalks {
  readonly result: RungResult;
  readonly violation: Violation | null;
  readonly tested: Set<string>;
  readonly events: Map<string, number>;
  readonly effects: Map<string, number>;
  readonly moves: Map<string, number>;
}

type Drawn = readonly [size: WorldSize, choices: number[], order: number];

export function walkAtRandom(options: RandomOptions): RandomWalks {
  const { runs, seed, step, maxMs, clock } = options;
  const began = clock();
  const watch = new Watch();
  const name = nameOf(options);
  let steps = 0;
  let depth = 0;
  let rests = 0;
  let found: Wrong | null = null;
  let shrinks = 0;
  const drawn = fc.tuple(
    options.size ? fc.constant(options.size) : sizes,
    fc.array(fc.nat(), { maxLength: CHOICES_MAX, size: "max" }),
    fc.nat({ max: 9999 }),
  );
  const holds = ([size, choices, order]: Drawn): boolean => {
    if (found && shrinks++ >= SHRINKS_MAX) return true;
    const { walk, wrong } = walkBy(new Walk(size, step, found ? new Watch() : watch, false), choices, order);
    if (found) return wrong?.property !== found.property;
    steps += walk.codes.length;
    depth = Math.max(depth, walk.codes.length);
    if (!wrong) rests++;
    found = wrong;
    return wrong === null;
  };
  let violation: Violation | null = null;
  let done = 0;
  // In batches, so that the time can run out between two of them and all before it is the same every time.
  while (done < runs && !violation && clock() - began <= maxMs) {
    const numRuns = Math.min(BATCH, runs - done);
    const check = fc.check(fc.property(drawn, holds), { numRuns, seed: seed + done, unbiased: true });
    done += numRuns;
    const [counterexample] = check.counterexample ?? [];
    if (counterexample) violation = violationOf(counterexample, options, name);
  }
  const result: RungResult = {
    name,
    method: "random",
    states: steps,
    edges: steps,
    depth,
    terminals: rests,
    acyclic: null,
    complete: violation === null && done >= runs,
    seconds: (clock() - began) / 1000,
  };
  return {
    result,
    violation,
    tested: watch.tested,
    events: watch.events,
    effects: watch.effects,
    moves: watch.moves,
  };
}

const nameOf = ({ size }: Pick<RandomOptions, "size">): string =>
  size ? `random ${sizeName(size)}` : `random ≤ E${LARGEST.engines} C${LARGEST.cap} R${LARGEST.requests}`;

/** A walk by numbers, and the rest after it. */
function walkBy(walk: Walk, choices: readonly number[], order: number) {
  for (const choice of choices) {
    const wrong = walk.choose(choice);
    if (wrong) return { walk, wrong };
  }
  return { walk, wrong: walk.rest(order, false) ?? walk.rest(order, true) };
}

/** A walk by happenings, those that are not possible left out, and the rest after it. */
function walkAlong(walk: Walk, codes: readonly number[], order: number) {
  for (const code of codes) {
    if (walk.isSpent() || !walk.possible().includes(code)) continue;
    const wrong = walk.take(code);
    if (wrong) return { walk, wrong };
  }
  return { walk, wrong: walk.rest(order, false) ?? walk.rest(order, true) };
}

/** The shortest walk that could be found by which the same property is broken, told. */
function violationOf(
  [size, choices, order]: Drawn,
  { step, mutant }: RandomOptions,
  rung: string,
): Violation | null {
  const first = walkBy(new Walk(size, step, new Watch(), false), choices, order);
  if (!first.wrong) return null;
  const failure: Failure = { size, codes: first.walk.codes.slice(0, choices.length), wrong: first.wrong };
  const shortest = shorten(failure, (smaller, codes) =>
    walkAlong(new Walk(smaller, step, new Watch(), false), codes, order),
  );
  const { walk, wrong } = walkAlong(new Walk(shortest.size, step, new Watch(), true), shortest.codes, order);
  const file: TraceFile = {
    aceslotTrace: 1,
    rung,
    method: "random",
    size: { ...shortest.size },
    mutant,
    property: wrong?.property ?? first.wrong.property,
    choices: walk.choices,
  };
  return told(walk, wrong ?? first.wrong, file);
}

function told(walk: Walk, wrong: Wrong, replay: TraceFile): Violation {
  const property = PROPERTIES.find((one) => one.name === wrong.property);
  return {
    property: wrong.property,
    sentence: property?.sentence ?? "",
    detail: wrong.detail,
    rung: replay.rung,
    method: "random",
    trace: walk.happened.map((one) => tell(one.told)),
    loopsTo: null,
    replay,
    source: sourceOf(wrong.property),
  };
}

/** Runs the walk of a trace again: what goes wrong, or null. */
export function replayRandom(trace: TraceFile, step: Stepper): Violation | null {
  const walk = new Walk({ ...SMALLEST, ...trace.size }, step, new Watch(), true);
  for (const choice of trace.choices) {
    const wrong = walk.choose(choice);
    if (wrong) return told(walk, wrong, trace);
  }
  // What never ends is cut off somewhere; it is known by what it still owes.
  const restless = walk.watch.restless(walk.now, walk.size);
  const isRestless = restless.property === trace.property;
  const wrong = walk.isAtRest() ? walk.watch.atRest(walk.now, walk.size) : isRestless ? restless : null;
  return wrong ? told(walk, wrong, trace) : null;
}

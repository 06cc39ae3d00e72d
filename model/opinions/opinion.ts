/**
 * Second opinions: small plain worlds (nothing fails, nothing breaks) told again by hand for other checkers. What
 * they must agree on with our explorer: how many states there are, how many ways on, how deep, and what is wrong
 * with a known bug after how many happenings.
 */
import { step } from "../../src/slots/index.ts";
import { search } from "../explore/search.ts";
import { mutantNamed, stepOf } from "../mutants/index.ts";
import { PROPERTIES } from "../properties/index.ts";
import { size } from "../world/size.ts";
import { World } from "../world/world.ts";

export interface SmallWorld {
  readonly engines: number;
  readonly cap: number;
  readonly requests: number;
  readonly contents: number;
  /** Starts and ends are reported to the orchestrator, which takes them in later. */
  readonly reports: boolean;
  /** A known bug of `model/mutants`, put in place; null: the design as it is. */
  readonly mutant: string | null;
}

export interface Opinion {
  /** Distinct ones, the first included. */
  readonly states: number;
  /** Ways on, those that change nothing included. Null: the checker does not tell. */
  readonly transitions: number | null;
  /** Happenings on the longest of all shortest ways to a state; if something is wrong, on the way to that. */
  readonly depth: number;
  /** The property that does not hold. */
  readonly violated: string | null;
  readonly seconds: number;
  /** Null: the checker does not tell. */
  readonly memoryBytes: number | null;
}

export const world = (
  engines: number,
  cap: number,
  requests: number,
  more: Partial<SmallWorld> = {},
): SmallWorld => ({ engines, cap, requests, contents: requests, reports: true, mutant: null, ...more });

export const worldName = ({ engines, cap, requests, contents, reports, mutant }: SmallWorld): string =>
  `E${engines} C${cap} R${requests}` +
  (contents === requests ? "" : ` K${contents}`) +
  (reports ? "" : ", no reports") +
  (mutant === null ? "" : `, ${mutant}`);

/** Bugs that the other specifications know too, each in a world that is large enough for it. */
export const BUGS: readonly SmallWorld[] = [
  world(1, 1, 2, { mutant: "off-by-one" }),
  world(1, 1, 2, { mutant: "orig-race" }),
  world(1, 1, 2, { mutant: "half-early-release" }),
  world(1, 1, 2, { mutant: "release-on-ack" }),
  world(1, 1, 1, { mutant: "free-on-leave" }),
  world(1, 1, 1, { mutant: "double-release" }),
  world(1, 1, 2, { mutant: "lost-wakeup" }),
  world(1, 1, 3, { mutant: "lifo" }),
  world(1, 1, 2, { mutant: "linger-never-yields" }),
  world(1, 2, 3, { mutant: "yield-storm" }),
  world(1, 1, 1, { mutant: "leak-abort-pending" }),
  world(1, 1, 2, { mutant: "first-leaver-closes", contents: 1 }),
  world(1, 1, 2, { mutant: "share-only-active", contents: 1 }),
  world(1, 2, 2, { mutant: "content-twice", contents: 1 }),
];

/** Our own explorer's opinion, without symmetry, since nobody else has that. */
export function ourOpinion({ engines, cap, requests, contents, reports, mutant }: SmallWorld): Opinion {
  const wrong = mutant === null ? undefined : mutantNamed(mutant);
  if (mutant !== null && !wrong) throw new RangeError(`there is no mutant ${mutant}`);
  const began = performance.now();
  const graph = search(
    new World({
      size: size(engines, cap, requests, { contents, reports }),
      step: wrong ? stepOf(wrong) : step,
      properties: PROPERTIES,
      symmetry: false,
    }),
    { maxStates: Number.POSITIVE_INFINITY, maxMs: Number.POSITIVE_INFINITY, clock: () => performance.now() },
    false,
  );
  return {
    states: graph.states,
    transitions: graph.edges,
    depth: graph.found ? graph.found.path.length : graph.depth,
    violated: graph.found?.wrong.property ?? null,
    seconds: (performance.now() - began) / 1000,
    memoryBytes: null,
  };
}

/**
 * The incident of 2025-10-12 once more: the recorded requests and ends in their order and at their times, the
 * orchestrator showing what the log says that it showed, and a selector in the middle: ours, or one with a bug.
 */

import type { Wrong } from "./explore/search.ts";
import { runsOf } from "./incidents/log.ts";
import { CAP, Replica } from "./incidents/replica.ts";
import { seconds } from "./incidents/tale.ts";
import { tellIncident } from "./incidents/telling.ts";
import { PROPERTIES } from "./properties/index.ts";
import type { RungResult, Violation } from "./result.ts";
import { sourceOf } from "./where.ts";
import type { Stepper } from "./world/world.ts";

const NAME = "incident 2025-10-12";
/** Steps that a trace tells: the last ones. */
const TRACE_MAX = 60;

export interface Reenacted {
  readonly result: RungResult;
  readonly violation: Violation | null;
  /** Clients that were served, of the 63 that asked. */
  readonly served: number;
  /** The incident in a few sentences. */
  readonly told: readonly string[];
}

export function reenact(options: {
  readonly step: Stepper;
  readonly mutant: string | null;
  /** Milliseconds. */
  readonly clock: () => number;
}): Reenacted {
  const began = options.clock();
  const runs = runsOf();
  const replica = new Replica(runs, options.step);
  replica.play();
  const wrong = judge(replica);
  const { steps } = replica;
  const result: RungResult = {
    name: NAME,
    method: "incident",
    states: steps,
    edges: steps,
    depth: steps,
    terminals: wrong ? 0 : 1,
    acyclic: null,
    complete: wrong === null,
    seconds: (options.clock() - began) / 1000,
  };
  const violation = wrong && violationOf(replica, wrong, options.mutant);
  return { result, violation, served: replica.served.size, told: tellIncident(runs, replica) };
}

/** A trace of the incident has no choices: there is but one way through it. */
function violationOf({ size, tale }: Replica, wrong: Judged, mutant: string | null): Violation {
  const { property, detail } = wrong;
  const sentence = PROPERTIES.find((one) => one.name === property)?.sentence ?? "";
  const trace = tale.until(wrong.at, wrong.port).slice(-TRACE_MAX);
  const replay = {
    aceslotTrace: 1,
    rung: NAME,
    method: "incident",
    size: { ...size },
    mutant,
    property,
    choices: [],
  } as const;
  return {
    property,
    sentence,
    detail,
    rung: NAME,
    method: "incident",
    trace,
    loopsTo: null,
    replay,
    source: sourceOf(property),
  };
}

interface Judged extends Wrong {
  readonly at: number;
  /** The engine that it is about; 0: none in particular. */
  readonly port: number;
}

/** What the engines really carried comes first: it is what the incident was about. */
function judge(replica: Replica): Judged | null {
  const { above, runs, served, refused, wrong } = replica;
  const [first] = above;
  if (first) {
    const worst = above.reduce((a, b) => (b.load > a.load ? b : a), first);
    const detail = `engine ${worst.port} carries ${worst.load} streams at ${seconds(worst.at)}, the cap is ${CAP}`;
    return { property: "real load ≤ cap", detail, at: worst.at, port: worst.port };
  }
  if (wrong) return { ...wrong, at: replica.wrongAt, port: 0 };
  const unserved = runs.find((run) => !served.has(run.number));
  if (unserved) {
    const why = refused.get(unserved.number) ?? "no answer";
    return {
      property: "everybody is answered",
      detail: `client ${unserved.number} is not served: ${why}`,
      at: Number.POSITIVE_INFINITY,
      port: 0,
    };
  }
  return null;
}

/**
 * The broker as it ships, with its real awaits, in small worlds: every order of answers, timers and clients. It imports
 * `slots/` and `broker/`; the check command and tests import it.
 */

import type { PropertyResult, RungResult, TraceFile, Violation } from "../result.ts";
import { eventName } from "../world/answers.ts";
import { microtaskDrain } from "./drain.ts";
import { LADDERS } from "./ladder.ts";
import { SHELL_MUTANTS } from "./mutants/index.ts";
import { SHELL_PROPERTIES } from "./properties.ts";
import { search } from "./search.ts";
import { nameOf } from "./size.ts";
import { subjectOf, tell, tellFile } from "./trace.ts";
import type { ShellWorld } from "./world.ts";

export interface ShellOptions {
  readonly preset: keyof typeof LADDERS;
  /** One of `shellMutants`: only the property that must catch it is watched. */
  readonly mutant: string | null;
  readonly timeMs: number | null;
  /** For all rungs together. */
  readonly maxStates: number | null;
  onProgress?(text: string): void;
}

export interface ShellResult {
  readonly rungs: readonly RungResult[];
  readonly properties: readonly PropertyResult[];
  readonly violation: Violation | null;
  /** The selector's events, by how often they came while the graphs were explored. */
  readonly events: Readonly<Record<string, number>>;
  readonly assumptions: readonly string[];
}

export const shellMutants: readonly {
  readonly name: string;
  readonly history: string;
  readonly property: string;
}[] = SHELL_MUTANTS.map(({ name, history, property }) => ({ name, history, property }));

export const SHELL_ASSUMPTIONS: readonly string[] = [
  "Shell: an engine counts as carrying a session from the moment at which the start leaves the proxy.",
  "Shell: an engine has ended a session that nobody reads before its release deadline is over.",
  "Shell: a port answers in a turn of its own; of two answers that come at once either may be first.",
  "Shell: timers that nothing depends on fire as often as the world's budget of time-outs says.",
];

export async function exploreShell(options: ShellOptions): Promise<ShellResult> {
  const { mutant, onProgress } = options;
  const subject = subjectOf(mutant);
  const target = SHELL_MUTANTS.find(({ name }) => name === mutant)?.property;
  const watched = SHELL_PROPERTIES.filter(({ name }) => target === undefined || name === target);
  const settle = await microtaskDrain();
  const began = performance.now();
  const isOver = (): boolean => options.timeMs !== null && performance.now() - began > options.timeMs;
  const reachedIn = new Map<string, string>();
  const events = new Map<string, number>();
  const rungs: RungResult[] = [];
  let violation: Violation | null = null;
  let statesLeft = options.maxStates ?? Number.POSITIVE_INFINITY;

  for (const size of LADDERS[options.preset]) {
    const rung = nameOf(size);
    onProgress?.(rung);
    const rungBegan = performance.now();
    const found = await search({
      size,
      subject,
      settle,
      properties: watched,
      statesMax: statesLeft,
      isOver,
      onTurn(world) {
        for (const property of SHELL_PROPERTIES)
          if (!reachedIn.has(property.name) && property.isReached(world)) reachedIn.set(property.name, rung);
        countEvents(world, events);
      },
    });
    statesLeft -= found.states;
    const { states, edges, depth, terminals, acyclic, complete, broken } = found;
    const seconds = (performance.now() - rungBegan) / 1000;
    rungs.push({ name: rung, method: "shell", states, edges, depth, terminals, acyclic, complete, seconds });
    if (broken) {
      const { choices, property } = broken;
      violation = await tell({ size, mutant, choices, properties: [property], method: "shell" }, settle);
      break;
    }
    if (!complete) break;
  }

  const isComplete =
    rungs.length === LADDERS[options.preset].length && rungs.every(({ complete }) => complete);
  const properties = SHELL_PROPERTIES.map(({ name, sentence, sometimes }): PropertyResult => {
    const reached = reachedIn.get(name) ?? null;
    const held = !isComplete || !watched.some((each) => each.name === name) ? "incomplete" : "holds";
    const status =
      violation?.property === name ? "violated" : held === "holds" && reached === null ? "vacuous" : held;
    return { name, sentence, kind: "always", status, sometimes, reachedIn: reached };
  });
  return { rungs, properties, violation, events: Object.fromEntries(events), assumptions: SHELL_ASSUMPTIONS };
}

/** Plays a trace of the shell again; null if its property holds. Throws a RangeError for a trace that is none. */
export async function replayShell(trace: TraceFile): Promise<Violation | null> {
  return tellFile(trace, await microtaskDrain());
}

function countEvents(world: ShellWorld, events: Map<string, number>): void {
  for (const event of world.decisions) {
    const name = eventName(event);
    events.set(name, (events.get(name) ?? 0) + 1);
  }
}

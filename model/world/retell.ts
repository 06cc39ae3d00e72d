/**
 * A path told back with names that last: the same happenings, from the beginning, over a state whose sessions,
 * streams and engines keep their names, so that a person can follow them.
 */
import type { State } from "../../src/slots/index.ts";
import type { Wrong } from "../explore/search.ts";
import { assertion } from "./answers.ts";
import type { Environment } from "./environment.ts";
import type { Explored } from "./explored.ts";
import { happening } from "./happenings.ts";
import { beginning, letHappen, type Now, possible, type Told } from "./lasting.ts";
import { permutations } from "./naming.ts";

export type { Told } from "./lasting.ts";

export interface Tale {
  readonly begin: { readonly state: State; readonly env: Environment };
  readonly steps: readonly Told[];
  /** What the last happening breaks, in the tale's own names; null: nothing, or it is told of the state that it leads to. */
  readonly wrong: Wrong | null;
}

/** Tells a path back; its last happening may be the one that goes wrong. */
export function retell(world: Explored, path: readonly number[]): Tale {
  const ports = Array.from({ length: world.size.engines }, (_, index) => index + 1);
  // Where two engines were alike, the path may have gone on with either of them.
  for (const order of world.rules.engines ? permutations(ports) : [ports]) {
    const tale = tellWith(world, path, [0, ...order]);
    if (tale) return tale;
  }
  return tellAsExplored(world, path);
}

/**
 * Told with the names that each state was explored under: for a selector that decides by what should decide
 * nothing, such as a slot's place, so that under other names it would have gone another way.
 */
function tellAsExplored(world: Explored, path: readonly number[]): Tale {
  const begin = world.stateOf(0);
  let number = 0;
  const steps: Told[] = [];
  for (const choice of path) {
    const way = world.wayOf(number, choice);
    if (!way) throw new RangeError(`choice ${choice} is not possible after ${steps.length} steps`);
    const { state, env } = world.stateOf(number);
    steps.push(tryOne(world, { state, env, clients: state.clients.size }, way.code, (port) => port).told);
    if (way.to >= 0) number = way.to;
  }
  return { begin, steps, wrong: null };
}

function tellWith(world: Explored, path: readonly number[], order: readonly number[]): Tale | null {
  const idOf = (port: number): number => order[port] ?? port;
  const begin = beginning({ size: world.size, step: world.step, idOf });
  let now = begin;
  let number = 0;
  const steps: Told[] = [];
  let wrong: Wrong | null = null;
  for (const choice of path) {
    const way = world.wayOf(number, choice);
    if (!way) return null;
    const found = candidates(world, now, way.code).find((one) =>
      way.wrong ? one.wrong?.property === way.wrong.property : one.arrives === way.to,
    );
    if (!found) return null;
    steps.push(found.told);
    wrong = found.wrong;
    now = { state: found.told.after, env: found.told.env, clients: found.clients };
    number = way.to;
  }
  return { begin, steps, wrong };

  function candidates(of: Explored, at: Now, like: number) {
    const kind = like >> 16;
    const codes = possible(at, world.size).filter((code) => code >> 16 === kind);
    return codes.map((code) => tryOne(of, at, code, idOf));
  }
}

function tryOne(world: Explored, now: Now, code: number, idOf: (port: number) => number) {
  const { told, now: then, error } = letHappen({ size: world.size, step: world.step, idOf }, now, code);
  const { clients } = then;
  if (error) return { told, clients, arrives: -1, wrong: assertion(error) };
  const taken = told.taken?.step;
  const wrong = told.taken && taken ? world.check(told.before, told.taken.event, taken) : null;
  return { told, clients, ...(wrong ? { arrives: -1, wrong } : world.judge(told.after, told.env)) };
}

export const kindOf = (code: number): string => happening(code).kind;

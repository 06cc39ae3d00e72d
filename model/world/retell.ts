/**
 * A path told back with names that last: the same happenings, from the beginning, over a state whose sessions,
 * streams and engines keep their names, so that a person can follow them.
 */
import { InvariantError, type State, type Step } from "../../src/slots/index.ts";
import type { Wrong } from "../explore/search.ts";
import { deltaOf, happenTo } from "./delta.ts";
import { type Environment, firstEnvironment } from "./environment.ts";
import {
  allows,
  fromEnvironment,
  fromProxy,
  happen,
  happening,
  heardFromEnvironment,
  heardFromProxy,
  isFromProxy,
  snapshot,
} from "./happenings.ts";
import { emptyState, type Names, pastName, permutations } from "./naming.ts";
import type { World } from "./world.ts";

/** One happening, as it was. */
export interface Told {
  readonly code: number;
  readonly before: State;
  readonly envBefore: Environment;
  /** What the selector heard and answered; null: it heard nothing. */
  readonly taken: { readonly event: Parameters<World["step"]>[1]; readonly step: Step | null } | null;
  readonly after: State;
  readonly env: Environment;
}

export interface Tale {
  readonly begin: { readonly state: State; readonly env: Environment };
  readonly steps: readonly Told[];
}

interface Now {
  readonly state: State;
  readonly env: Environment;
  /** Clients that ever asked. */
  readonly clients: number;
}

/** Tells a path back; its last happening may be the one that goes wrong. */
export function retell(world: World, path: readonly number[]): Tale {
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
function tellAsExplored(world: World, path: readonly number[]): Tale {
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
  return { begin, steps };
}

function tellWith(world: World, path: readonly number[], order: readonly number[]): Tale | null {
  const { size } = world;
  const env = firstEnvironment(size);
  const idOf = (port: number): number => order[port] ?? port;
  const empty = emptyState(size.cap, size.spares);
  const begin = { state: plain(world.step(empty, snapshot(env, 0, size)(empty, idOf)).state), env };
  let now: Now = { ...begin, clients: 0 };
  let number = 0;
  const steps: Told[] = [];
  for (const choice of path) {
    const way = world.wayOf(number, choice);
    if (!way) return null;
    const found = candidates(world, now, way.code).find(({ arrives, wrong }) =>
      way.wrong ? wrong?.property === way.wrong.property : arrives === way.to,
    );
    if (!found) return null;
    steps.push(found.told);
    now = { state: found.told.after, env: found.told.env, clients: found.clients };
    number = way.to;
  }
  return { begin, steps };

  function candidates(of: World, at: Now, like: number) {
    const kind = like >> 16;
    const codes = [
      ...fromProxy(at.state, size, false).filter((code) => allows(at.env, code)),
      ...fromEnvironment(at.env, size),
    ].filter((code) => code >> 16 === kind);
    return codes.map((code) => tryOne(of, at, code, idOf));
  }
}

function tryOne(world: World, now: Now, code: number, idOf: (port: number) => number) {
  const { size } = world;
  const envMid = happen(now.env, code, size);
  const hearing = isFromProxy(code) ? heardFromProxy(code, size) : heardFromEnvironment(now.env, code, size);
  if (!hearing) {
    const told: Told = { code, before: now.state, envBefore: now.env, taken: null, after: now.state, env: envMid };
    return { told, clients: now.clients, ...world.judge(now.state, envMid) };
  }
  let event = hearing(now.state, idOf);
  if (event.type === "request") event = { ...event, client: now.clients + 1 };
  const clients = now.clients + (event.type === "request" ? 1 : 0);
  const before = event.type === "recover" ? emptyState(now.state.cap, size.spares) : now.state;
  let step: Step | null = null;
  let wrong: Wrong | null;
  try {
    step = world.step(before, event);
    wrong = world.check(before, event, step);
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    wrong = world.assertion(error);
  }
  if (!step) {
    const told: Told = { code, before, envBefore: now.env, taken: { event, step }, after: before, env: envMid };
    return { told, clients, arrives: -1, wrong };
  }
  const env = happenTo(envMid, deltaOf(before, event, step, sameNames(step.state)), size);
  const after = plain(step.state);
  const told: Told = { code, before, envBefore: now.env, taken: { event, step }, after, env };
  return { told, clients, ...(wrong ? { arrives: -1, wrong } : world.judge(after, env)) };
}

/** Ended names by their place, as the lists of a world call them; looks are counted from the last one. */
const plain = (state: State): State => ({
  ...state,
  past: state.past.map((_, index) => pastName(index + 1)),
  asked: state.asked > 0 ? 1 : 0,
});

function sameNames(state: State): Names {
  const same = (keys: Iterable<number>): Map<number, number> => new Map([...keys].map((key) => [key, key]));
  return {
    engines: Array.from({ length: 32 }, (_, port) => port),
    sessions: same(state.places.keys()),
    streams: same(state.streams.keys()),
    contents: Array.from({ length: 64 }, (_, content) => content),
  };
}

export const kindOf = (code: number): string => happening(code).kind;

/**
 * One happening over a state whose sessions, streams and engines keep the names that they were given, so that a
 * person can follow them, and so that worlds too large to be numbered can be walked through. Sessions that are gone
 * leave gaps in `env.held`.
 */
import { InvariantError, type Session, type Slot, type State, type Step } from "../../src/slots/index.ts";
import { deltaOf, happenTo } from "./delta.ts";
import { type Environment, firstEnvironment, tidy } from "./environment.ts";
import type { Explored } from "./explored.ts";
import {
  allows,
  fromEnvironment,
  fromProxy,
  happen,
  heardFromEnvironment,
  heardFromProxy,
  isFromProxy,
  snapshot,
} from "./happenings.ts";
import { emptyState, oldLabel, pastName, playbackName, sameNames, urlsOf } from "./naming.ts";
import type { WorldSize } from "./size.ts";

/** One happening, as it was. */
export interface Told {
  readonly code: number;
  readonly before: State;
  readonly envBefore: Environment;
  /** What the selector heard and answered; null: it heard nothing. */
  readonly taken: { readonly event: Parameters<Explored["step"]>[1]; readonly step: Step | null } | null;
  readonly after: State;
  readonly env: Environment;
}

export interface Now {
  readonly state: State;
  readonly env: Environment;
  /** Clients that ever asked. */
  readonly clients: number;
}

/** What a happening needs to know of its world. `idOf` gives the number in an engine's id. */
export interface Course {
  readonly size: WorldSize;
  readonly step: Explored["step"];
  readonly idOf: (port: number) => number;
}

export interface Happened {
  readonly told: Told;
  readonly now: Now;
  /** The core has found itself inconsistent; there is no step then. */
  readonly error: InvariantError | null;
}

/** The pool as it was looked at for the first time, and nobody there. */
export function beginning({ size, step, idOf }: Course): Now {
  const env = firstEnvironment(size);
  const empty = emptyState(size.cap, size.spares);
  return { state: plain(step(empty, snapshot(env, 0, size)(empty, idOf)).state), env, clients: 0 };
}

/** Everything that may happen now, always in the same order. */
export const possible = ({ state, env }: Now, size: WorldSize): number[] => [
  ...fromProxy(state, size, false).filter((code) => allows(env, code)),
  ...fromEnvironment(env, size),
];

export function letHappen({ size, step, idOf }: Course, now: Now, code: number): Happened {
  const envBefore = now.env;
  const envMid = happen(envBefore, code, size);
  const hearing = isFromProxy(code)
    ? heardFromProxy(code, size)
    : heardFromEnvironment(envBefore, code, size);
  if (!hearing) {
    const env = tidy(envMid);
    const told: Told = { code, before: now.state, envBefore, taken: null, after: now.state, env };
    return { told, now: { ...now, env }, error: null };
  }
  let event = hearing(now.state, idOf);
  if (event.type === "request") event = { ...event, client: now.clients + 1 };
  const clients = now.clients + (event.type === "request" ? 1 : 0);
  const before = event.type === "recover" ? emptyState(now.state.cap, size.spares) : now.state;
  let taken: Step;
  try {
    taken = step(before, event);
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    const told: Told = { code, before, envBefore, taken: { event, step: null }, after: before, env: envMid };
    return { told, now: { state: before, env: envMid, clients }, error };
  }
  const env = happenTo(envMid, deltaOf(before, event, taken, sameNames(taken.state)), size);
  const after = plain(taken.state);
  const told: Told = { code, before, envBefore, taken: { event, step: taken }, after, env };
  return { told, now: { state: after, env, clients }, error: null };
}

/**
 * Ended names by their place, and sessions of a former life by their new number, as the lists of a world call them;
 * looks are counted from the last one.
 */
function plain(state: State): State {
  let engines = state.engines;
  for (const [id, engine] of state.engines) {
    if (!engine.slots.some(isMisnamed)) continue;
    if (engines === state.engines) engines = new Map(engines);
    const slots = engine.slots.map(
      (slot): Slot => (slot.session && isMisnamed(slot) ? { ...slot, session: renamed(slot.session) } : slot),
    );
    (engines as Map<string, typeof engine>).set(id, { ...engine, slots });
  }
  return {
    ...state,
    engines,
    past: state.past.map((_, index) => pastName(index + 1)),
    asked: state.asked > 0 ? 1 : 0,
  };
}

const isMisnamed = ({ session }: Slot): boolean =>
  session !== null &&
  ((session.playbackSession !== null && session.playbackSession !== playbackName(session.id)) ||
    (session.formerLabel !== null && session.formerLabel !== oldLabel(playbackName(session.id))));

function renamed(session: Session): Session {
  const name = playbackName(session.id);
  return {
    ...session,
    urls: session.urls === null ? null : urlsOf(name),
    playbackSession: session.playbackSession === null ? null : name,
    formerLabel: session.formerLabel === null ? null : oldLabel(name),
  };
}

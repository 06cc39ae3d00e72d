/** What may happen in a state: the same list, by the same names, as in `leases.pml`. */
import { leaseFor, loads, memberOf, proxyOf, type Stage, type State } from "./state.ts";
import { type LeaseWorld, PROTOCOLS } from "./variants.ts";

export type Step =
  | { readonly type: "ask"; readonly session: number; readonly engine: number }
  | { readonly type: SessionStep; readonly session: number }
  | { readonly type: "settle"; readonly proxy: number; readonly session: number }
  | { readonly type: ProxyStep; readonly proxy: number };

type SessionStep =
  /** The store takes the claim; or looks for it, where that is not one command with the claim. */
  | "take"
  | "takeLate"
  /** The claim without a look of its own. */
  | "set"
  | "hear"
  | "check"
  | "send"
  /** The engine begins; is asked to stop; has stopped. */
  | "begin"
  | "finish"
  | "stop"
  | "prove"
  | "release";
type ProxyStep =
  /** Its term is over by its own clock; it notices; it renews, or joins again. */
  | "lapse"
  | "notice"
  | "renew"
  /** It joins, and has heard of nothing since it claimed what it does not name. */
  | "renewUnseen"
  /** It finds leases in the store that are its own, and of which it knows nothing. */
  | "look"
  /** Another one's renewal finds its term over in the store. */
  | "end"
  | "adopt"
  | "adoptUnheard"
  | "break"
  | "pause"
  | "resume"
  | "crash";

/** What need not happen: requests and misfortunes. */
export const OPTIONAL: ReadonlySet<Step["type"]> = new Set([
  "ask",
  "lapse",
  "adoptUnheard",
  "break",
  "pause",
  "crash",
]);

export const sessionsOf = ({ attempts }: LeaseWorld, proxy: number): number[] =>
  Array.from({ length: attempts }, (_, attempt) => proxy * attempts + attempt);

/** It can do something: it runs, and is not just about to send, which nothing comes between. */
const acts = (world: LeaseWorld, { modes, stages }: State, proxy: number): boolean =>
  modes[proxy] === "runs" && sessionsOf(world, proxy).every((session) => stages[session] !== "checked");

/** Its renewals reach the store, and their answers reach it. */
export const renews = (world: LeaseWorld, state: State, proxy: number): boolean =>
  acts(world, state, proxy) &&
  state.books.members.has(memberOf(proxy)) &&
  !state.lapsed[proxy] &&
  !state.broken[proxy];

export const isOrphaned = (world: LeaseWorld, state: State, session: number): boolean => {
  const lease = leaseFor(world, state, session);
  return lease !== null && !state.books.members.has(lease.owner);
};

/** The proxy's by the store, but not as far as it knows. */
export const isStray = (world: LeaseWorld, state: State, proxy: number, session: number): boolean => {
  if (leaseFor(world, state, session)?.owner !== memberOf(proxy) || state.adopted[proxy]?.[session])
    return false;
  const stage = state.stages[session];
  return proxyOf(world, session) !== proxy || stage === "stray" || stage === "done";
};

export function* stepsFrom(world: LeaseWorld, state: State): Generator<Step> {
  for (const session of state.stages.keys()) yield* sessionSteps(world, state, session);
  for (const proxy of state.modes.keys()) yield* proxySteps(world, state, proxy);
}

function* sessionSteps(world: LeaseWorld, state: State, session: number): Generator<Step> {
  const { stages, reals, lapsed, broken, adopted, modes } = state;
  const proxy = proxyOf(world, session);
  const may = acts(world, state, proxy);
  const stage = stages[session];
  const real = reals[session];
  const isNext = session % world.attempts === 0 || stages[session - 1] !== "idle";
  if (stage === "idle" && isNext && may && !lapsed[proxy] && !broken[proxy])
    for (let engine = 0; engine < world.engines; engine++) yield { type: "ask", session, engine };
  if (stage === "asked") yield { type: "take", session };
  if (stage === "lost" || stage === "stray") yield { type: "takeLate", session };
  if (stage === "room") yield { type: "set", session };
  if (stage === "answered" && may) yield { type: "hear", session };
  if (stage === "granted" && may) yield { type: "check", session };
  if (stage === "checked" && modes[proxy] === "runs") yield { type: "send", session };
  if (real === "sent") yield { type: "begin", session };
  if (stage === "playing" && may) yield { type: "finish", session };
  const isStopped =
    stage === "stopping" || modes[proxy] === "crashed" || adopted.some((told) => told[session]);
  if (real === "carried" && isStopped) yield { type: "stop", session };
  if (stage === "stopping" && real === "over" && may) yield { type: "prove", session };
  if ((stage === "proved" || stage === "lost") && may && !broken[proxy]) yield { type: "release", session };
  for (const heir of modes.keys())
    if (
      adopted[heir]?.[session] &&
      acts(world, state, heir) &&
      !broken[heir] &&
      isSettled(world, state, session)
    )
      yield { type: "settle", proxy: heir, session };
}

/** May whoever has taken the session over take it for over? */
function isSettled(world: LeaseWorld, { stages, reals }: State, session: number): boolean {
  const { proof, shortPauses } = PROTOCOLS[world.protocol];
  if (reals[session] === "over") return true;
  if (!proof) return reals[session] !== "carried";
  return reals[session] === "nowhere" && !(shortPauses && stages[session] === "checked");
}

/** Does it join with this, since it holds the session, or is to settle it? */
export const isNamed = (world: LeaseWorld, state: State, proxy: number, session: number): boolean =>
  state.adopted[proxy]?.[session] === true ||
  (proxyOf(world, session) === proxy && HELD.has(state.stages[session]) && !state.gone[session]);

/** Is it a claim of its own that it does not hold? The store may know of it, and the proxy not have heard that. */
export const isForgotten = (world: LeaseWorld, state: State, proxy: number, session: number): boolean =>
  proxyOf(world, session) === proxy &&
  leaseFor(world, state, session)?.owner === memberOf(proxy) &&
  state.stages[session] !== "stopping" &&
  !isNamed(world, state, proxy, session);

function* renewals(world: LeaseWorld, state: State, proxy: number): Generator<Step> {
  yield { type: "renew", proxy };
  const joins = state.broken[proxy] || !state.books.members.has(memberOf(proxy));
  if (joins && state.stages.some((_, session) => isForgotten(world, state, proxy, session)))
    yield { type: "renewUnseen", proxy };
}

const HELD: ReadonlySet<Stage | undefined> = new Set<Stage>(["granted", "playing", "stopping"]);
const UNDER_WAY: ReadonlySet<Stage | undefined> = new Set<Stage>(["asked", "room", "answered"]);
const VALID: ReadonlySet<Stage | undefined> = new Set<Stage>(["granted", "playing"]);

function* proxySteps(world: LeaseWorld, state: State, proxy: number): Generator<Step> {
  const { stages, reals, lapsed, broken, modes, left, books } = state;
  const { expiry, stops, timely, looks } = PROTOCOLS[world.protocol];
  const mode = modes[proxy];
  const own = sessionsOf(world, proxy);
  const may = acts(world, state, proxy);
  const isMember = books.members.has(memberOf(proxy));
  if (expiry !== "never" && !lapsed[proxy] && left.lapses > 0 && (may || mode === "paused"))
    yield { type: "lapse", proxy };
  if (stops && may && lapsed[proxy] && own.some((session) => VALID.has(stages[session])))
    yield { type: "notice", proxy };
  // Answers come in the order of the questions.
  if (may && (lapsed[proxy] || broken[proxy]) && !own.some((session) => UNDER_WAY.has(stages[session])))
    yield* renewals(world, state, proxy);
  if (
    looks &&
    renews(world, state, proxy) &&
    stages.some((_, session) => isStray(world, state, proxy, session))
  )
    yield { type: "look", proxy };
  const isOver = !own.some((session) => loads(reals[session]) || stages[session] === "checked");
  const others = [...modes.keys()].filter((other) => other !== proxy);
  if (isMember && lapsed[proxy] && (isOver || !timely) && others.some((other) => renews(world, state, other)))
    yield { type: "end", proxy };
  if (renews(world, state, proxy) && stages.some((_, session) => isOrphaned(world, state, session))) {
    yield { type: "adopt", proxy };
    if (left.breaks > 0) yield { type: "adoptUnheard", proxy };
  }
  if (mode !== "crashed" && !broken[proxy] && left.breaks > 0) yield { type: "break", proxy };
  if (mode === "runs" && left.pauses > 0) yield { type: "pause", proxy };
  if (mode === "paused") yield { type: "resume", proxy };
  if (mode !== "crashed" && left.crashes > 0) yield { type: "crash", proxy };
}

/**
 * The world outside the proxy, as it really is: which sessions the engines carry, what is on its way, what the
 * orchestrator lists, what the state file holds. Immutable; a happening or an effect makes a new one.
 */
import { BUDGETS, type Budget, type WorldSize } from "./size.ts";

/** A session at its engine. It loads the engine while `sent` or `running`. */
export interface RealSession {
  /** The engine's port, from 1. */
  readonly port: number;
  /** 0: it decides nothing any more. */
  readonly content: number;
  /** `written`: not sent yet, since the state file must have it first. `never`: the engine did not begin it, and will not. */
  readonly phase: "written" | "sent" | "running" | "over" | "never";
  /** What the proxy heard about its start. */
  readonly told: "nothing" | "started" | "no" | "unknown";
  /** A stop is on its way, again and again. */
  readonly stopping: boolean;
  /** The proxy's stream that reads its bytes; 0: none. */
  readonly reader: number;
  /** Media has come. */
  readonly played: boolean;
  /** Its release deadline runs. */
  readonly released: boolean;
  /** The proxy heard of its start after that deadline was armed. */
  readonly heardSince: boolean;
  readonly report: "none" | "start sent" | "listed" | "end sent" | "both sent";
  /** In which looks under way it is listed, one bit each. */
  readonly looks: number;
  /** In the state file: not, without URLs, or with them. */
  readonly filed: "no" | "bare" | "full";
  /** Started by a former life. */
  readonly old: boolean;
  /** Its place among the past names of the proxy; 0: not there. */
  readonly past: number;
}

export interface RealEngine {
  readonly exists: boolean;
  readonly listed: boolean;
  readonly alive: boolean;
  readonly draining: boolean;
  /** Listed a second time under another id. */
  readonly twin: boolean;
  /** Streams of others that run there. */
  readonly foreign: number;
}

/** A look at the pool under way: what the list showed when it was taken; the sessions bear their own marks. */
export interface Look {
  /** A newer look has been delivered. */
  readonly overtaken: boolean;
  readonly engines: readonly RealEngine[];
}

export interface Environment {
  /** Sessions that hold a slot, by the number that the proxy gave them (from 1: index 0 is session 1). */
  readonly held: readonly RealSession[];
  /** Sessions that hold none, but that a list or a file still shows. */
  readonly ended: readonly RealSession[];
  /** Index: port - 1. */
  readonly engines: readonly RealEngine[];
  readonly looks: readonly Look[];
  /** What is left of each budget. */
  readonly left: readonly number[];
  /** A new engine was asked for; the orchestrator has not answered. */
  readonly provisioning: boolean;
  /** The list has changed, or the proxy wants to know, since the last look was taken. */
  readonly news: boolean;
}

export const isLoad = (session: RealSession): boolean =>
  session.phase === "sent" || session.phase === "running";

export const left = (env: Environment, budget: Budget): number => env.left[BUDGETS.indexOf(budget)] ?? 0;

/** One less of a budget. */
export function spend(env: Environment, budget: Budget): Environment {
  const index = BUDGETS.indexOf(budget);
  return { ...env, left: env.left.map((value, at) => (at === index ? value - 1 : value)) };
}

export function firstEnvironment(size: WorldSize): Environment {
  const engines: RealEngine[] = [];
  for (let port = 1; port <= size.engines + size.spares; port++) {
    const exists = port <= size.engines;
    engines.push({ exists, listed: exists, alive: true, draining: false, twin: false, foreign: 0 });
  }
  return {
    held: [],
    ended: [],
    engines,
    looks: [],
    left: BUDGETS.map((budget) => size[budget]),
    provisioning: false,
    news: false,
  };
}

export const putEngine = (env: Environment, port: number, change: Partial<RealEngine>): Environment => ({
  ...env,
  engines: env.engines.map((engine, index) => (index === port - 1 ? { ...engine, ...change } : engine)),
});

/** Held sessions have numbers from 1, ended ones from -1 downwards. */
export const sessionAt = (env: Environment, at: number): RealSession | undefined =>
  at > 0 ? env.held[at - 1] : env.ended[-at - 1];

export function putSession(env: Environment, at: number, change: Partial<RealSession>): Environment {
  const list = at > 0 ? "held" : "ended";
  const index = Math.abs(at) - 1;
  return {
    ...env,
    [list]: env[list].map((session, position) => (position === index ? { ...session, ...change } : session)),
  };
}

export const NEW_SESSION: RealSession = {
  port: 0,
  content: 0,
  phase: "sent",
  told: "nothing",
  stopping: false,
  reader: 0,
  played: false,
  released: false,
  heardSince: false,
  report: "none",
  looks: 0,
  filed: "no",
  old: false,
  past: 0,
};

/** Ended sessions that nothing shows any more are gone; the rest is put in an order of its own. */
export function tidy(env: Environment): Environment {
  const kept = env.ended.filter(
    (session) =>
      session.report !== "none" || session.looks !== 0 || session.filed !== "no" || isLoad(session),
  );
  if (kept.length === 0) return env.ended.length === 0 ? env : { ...env, ended: [] };
  const ended = kept
    .map((session) => ({
      ...session,
      ...(isLoad(session) ? {} : { content: 0 }),
      reader: 0,
      played: false,
      stopping: false,
      released: false,
      heardSince: false,
    }))
    .map((session) => ({ session, code: sessionCode(session).join() }))
    .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0))
    .map(({ session }) => session);
  return { ...env, ended };
}

const PHASES = ["written", "sent", "running", "over", "never"] as const;
const TOLD = ["nothing", "started", "no", "unknown"] as const;
const REPORTS = ["none", "start sent", "listed", "end sent", "both sent"] as const;
const FILED = ["no", "bare", "full"] as const;

export function sessionCode(session: RealSession): number[] {
  return [
    session.port,
    session.content,
    PHASES.indexOf(session.phase) * 4 + TOLD.indexOf(session.told),
    Number(session.stopping) |
      (Number(session.played) << 1) |
      (Number(session.released) << 2) |
      (Number(session.heardSince) << 3) |
      (Number(session.old) << 4),
    session.reader,
    REPORTS.indexOf(session.report) * 4 + FILED.indexOf(session.filed),
    session.looks,
    session.past,
  ];
}

const engineCode = (engine: RealEngine): number[] => [
  Number(engine.exists) |
    (Number(engine.listed) << 1) |
    (Number(engine.alive) << 2) |
    (Number(engine.draining) << 3) |
    (Number(engine.twin) << 4),
  engine.foreign,
];

/** Tells one environment from another; equal keys are equal environments. */
export function environmentKey(env: Environment): string {
  return String.fromCharCode(
    env.held.length,
    env.ended.length,
    ...env.held.flatMap(sessionCode),
    ...env.ended.flatMap(sessionCode),
    ...env.engines.flatMap(engineCode),
    env.looks.length,
    ...env.looks.flatMap((look) => [Number(look.overtaken), ...look.engines.flatMap(engineCode)]),
    ...env.left,
    Number(env.provisioning) | (Number(env.news) << 1),
  );
}

/** The environment under other names: index is the old name, value the new one; 0: gone. */
export function renameEnvironment(
  env: Environment,
  names: {
    readonly engines: readonly number[];
    readonly sessions: readonly number[];
    readonly streams: readonly number[];
    readonly contents: readonly number[];
    readonly past: readonly number[];
  },
  /** Readers are streams' names. */
  namesReaders: boolean,
): Environment {
  const renamed = (session: RealSession): RealSession => ({
    ...session,
    port: names.engines[session.port] ?? session.port,
    content: session.content === 0 ? 0 : (names.contents[session.content] ?? 0),
    reader: namesReaders && session.reader !== 0 ? (names.streams[session.reader] ?? 0) : session.reader,
    past: session.past === 0 ? 0 : (names.past[session.past] ?? session.past),
  });
  const held: RealSession[] = [];
  env.held.forEach((session, index) => {
    const to = names.sessions[index + 1] ?? 0;
    if (to > 0) held[to - 1] = renamed(session);
  });
  const byPort = (engines: readonly RealEngine[]): RealEngine[] => {
    const out: RealEngine[] = [];
    engines.forEach((engine, index) => {
      out[(names.engines[index + 1] ?? index + 1) - 1] = engine;
    });
    return out;
  };
  return tidy({
    ...env,
    held,
    ended: env.ended.map(renamed),
    engines: byPort(env.engines),
    looks: env.looks.map((look) => ({ ...look, engines: byPort(look.engines) })),
  });
}

/**
 * What may happen next, in a state of the proxy and its environment: a number for each happening, whether it must
 * happen some day, what it does to the environment, and what the proxy hears of it.
 */
import type {
  Fault,
  ListedEngine,
  ListedStream,
  SelectorEvent,
  State,
  Timer,
} from "../../src/slots/index.ts";
import {
  type Environment,
  isLoad,
  left,
  putEngine,
  putSession,
  type RealSession,
  sessionAt,
  spend,
} from "./environment.ts";
import {
  BLOCKED,
  contentKey,
  contentOf,
  engineId,
  oldLabel,
  pastName,
  playbackName,
  twinId,
  urlsOf,
  WHO,
} from "./naming.ts";
import type { Budget, WorldSize } from "./size.ts";

/** All kinds, in the order in which they are tried. */
export const KINDS = [
  "request",
  "leave",
  "queue time-out",
  "linger time-out",
  "start time-out",
  "stall time-out",
  "provisioning time-out",
  "player stops reading",
  "ended by hand",
  "plays steadily",
  "engine answers again",
  "shutdown",
  "cap changed",
  "engine begins",
  "engine refuses",
  "engine never begins",
  "start answered",
  "start refused",
  "start answer lost",
  "unread session ends",
  "stop takes effect",
  "stop confirmed",
  "stop delayed",
  "media",
  "session gets on",
  "session breaks",
  "source ends",
  "release deadline",
  "start sent",
  "start not sent",
  "state written",
  "crash",
  "look taken",
  "look delivered",
  "report taken in",
  "orchestrator notices an end",
  "engine dies",
  "engine comes back",
  "engine vanishes",
  "engine is listed again",
  "engine drains",
  "engine drains no more",
  "foreign stream begins",
  "foreign stream ends",
  "engine listed twice",
  "list cannot be had",
  "new engine begins",
  "provisioned, named",
  "provisioned, not named",
  "provisioning refused",
  "message comes again",
] as const;
export type Kind = (typeof KINDS)[number];

/** These need not happen, whatever else does; all others must, if nothing else prevents them. */
const FREE: ReadonlySet<Kind> = new Set([
  "request",
  "leave",
  "start time-out",
  "player stops reading",
  "ended by hand",
  "plays steadily",
  "shutdown",
  "cap changed",
  "engine refuses",
  "start answer lost",
  "stop delayed",
  "session breaks",
  "crash",
  "engine dies",
  "engine vanishes",
  "engine drains",
  "foreign stream begins",
  "engine listed twice",
  "list cannot be had",
  "session gets on",
  "message comes again",
]);

/** What a happening of the proxy's own making costs. */
const COSTS: Partial<Record<Kind, Budget>> = {
  request: "requests",
  "start time-out": "timeouts",
  "player stops reading": "zaps",
  "ended by hand": "ends",
  shutdown: "drains",
  "cap changed": "recaps",
};

const FAULTS: readonly Fault[] = ["engine", "content", "timeout", "over"];

const code = (kind: Kind, a = 0, b = 0): number => KINDS.indexOf(kind) * 65536 + (a + 128) * 256 + b;

/** The same happening to another session; negative: an ended one. */
export const withSubject = (number: number, subject: number): number =>
  (number & ~0xff00) | ((subject + 128) << 8);

export interface Happening {
  readonly kind: Kind;
  /** A session, stream, engine or content; negative: an ended session. */
  readonly a: number;
  readonly b: number;
}

export function happening(number: number): Happening {
  const kind = KINDS[Math.floor(number / 65536)];
  if (kind === undefined) throw new RangeError(`no happening has the number ${number}`);
  return { kind, a: (Math.floor(number / 256) % 256) - 128, b: number % 256 };
}

/** Must it happen some day? `looks` apart, the kind decides. */
export function isFair(kind: Kind, env: Environment): boolean {
  return kind === "look taken" ? env.news : !FREE.has(kind);
}

/** Does the proxy's own state let it happen, or the world outside? */
export const isFromProxy = (number: number): boolean => number >> 16 < KINDS.indexOf("engine begins");

const group = (who: string, served: boolean): number =>
  WHO.indexOf(who as (typeof WHO)[number]) * 2 + Number(served);

/** What the proxy's own state lets happen, apart from what the environment must allow (`allows`). */
export function fromProxy(state: State, size: WorldSize, namesContents: boolean): number[] {
  const out: number[] = [];
  let used = size.contents;
  if (namesContents) {
    used = 0;
    for (const stream of state.streams.values())
      for (const key of stream.contents) used = Math.max(used, contentOf(key));
    for (const engine of state.engines.values())
      for (const { session } of engine.slots)
        for (const key of session?.contents ?? []) used = Math.max(used, contentOf(key));
  }
  for (let content = 1; content <= Math.min(used + 1, size.contents); content++)
    for (let who = 0; who < size.players; who++)
      for (let kind = 0; kind < (size.hashes ? 2 : 1); kind++)
        out.push(code("request", content, who * 2 + kind));
  for (const stream of state.streams.values()) {
    const groups = new Set<number>();
    for (const id of stream.clients) {
      const client = state.clients.get(id);
      if (!client) continue;
      const of = group(client.who, client.served);
      if (groups.has(of)) continue;
      groups.add(of);
      out.push(code("leave", stream.id, of));
      if (!client.served && stream.phase === "waiting" && !stream.live)
        out.push(code("queue time-out", stream.id, of));
    }
    if (stream.lingeringSince !== null) out.push(code("linger time-out", stream.id));
    if (stream.phase === "starting" && stream.place && size.timeouts > 0)
      out.push(code("start time-out", stream.place.session));
    if (stream.live && stream.phase !== "playing") out.push(code("stall time-out", stream.id));
    if (size.ends > 0) out.push(code("ended by hand", stream.id));
    if (stream.phase === "playing" && stream.failovers + stream.tried.length > 0)
      out.push(code("plays steadily", stream.id));
    if (size.zaps > 0 && stream.phase === "playing")
      for (const waiting of state.queue)
        if (mayZap(state, stream.id, waiting)) out.push(code("player stops reading", stream.id, waiting));
  }
  const { phase } = state.provisioning;
  if (phase === "asked" || phase === "blocked") out.push(code("provisioning time-out"));
  for (const engine of state.engines.values())
    if (engine.resting) out.push(code("engine answers again", engine.address.port));
  if (!state.draining) {
    if (size.drains > 0) out.push(code("shutdown"));
    if (size.recaps > 0)
      for (const cap of [state.cap - 1, state.cap + 1]) if (cap >= 1) out.push(code("cap changed", cap));
  }
  return out;
}

/** A player whose only stream plays and that waits for another one. */
function mayZap(state: State, former: number, waiting: number): boolean {
  const [watched] = state.streams.get(former)?.clients ?? [];
  const who = state.clients.get(watched ?? 0)?.who;
  return (state.streams.get(waiting)?.clients ?? []).some((id) => state.clients.get(id)?.who === who);
}

/** Does the environment let happen what the proxy's state would? */
export function allows(env: Environment, number: number): boolean {
  const { kind, a } = happening(number);
  const cost = COSTS[kind];
  if (cost !== undefined) return left(env, cost) > 0;
  return kind !== "engine answers again" || (env.engines[a - 1]?.alive ?? false);
}

/** What happens outside of the proxy. */
export function fromEnvironment(env: Environment, size: WorldSize): number[] {
  const out: number[] = [];
  const has = (budget: Budget): boolean => left(env, budget) > 0;
  // Where no engine can die, sessions do not say where they are.
  const alive = (port: number): boolean => port === 0 || (env.engines[port - 1]?.alive ?? false);
  env.held.forEach((session, index) => {
    const at = index + 1;
    const { phase, told } = session;
    if (phase === "written") {
      if (session.released) out.push(code("start not sent", at));
      else if (session.filed !== "no") out.push(code("start sent", at));
    }
    if (phase === "sent") {
      if (alive(session.port)) out.push(code("engine begins", at));
      if (has("refusals") && told === "nothing") out.push(code("engine refuses", at));
      if (told === "unknown") out.push(code("engine never begins", at));
    }
    if (told === "nothing" && phase !== "written") {
      if (phase === "running" || phase === "over") out.push(code("start answered", at));
      if (phase === "never") out.push(code("start refused", at, 0), code("start refused", at, 1));
      if (has("losses")) out.push(code("start answer lost", at, 0), code("start answer lost", at, 2));
    }
    if (phase === "running" && session.reader === 0 && (told === "unknown" || has("expiries")))
      out.push(code("unread session ends", at));
    if (session.stopping && alive(session.port)) {
      if (phase === "running") out.push(code("stop takes effect", at));
      else if (phase !== "sent") out.push(code("stop confirmed", at));
    }
    if (has("delays") && (session.stopping || (session.released && told === "nothing")))
      out.push(code("stop delayed", at));
    if (session.reader > 0 && told === "started") {
      if (phase === "running" && !session.played) {
        out.push(code("media", at));
        // It puts the start time-out off, and nothing else.
        if (size.timeouts > 0) out.push(code("session gets on", at));
      }
      if (phase === "running" && has("deaths")) out.push(code("session breaks", at));
      if (phase === "over")
        for (let fault = 0; fault < FAULTS.length; fault++) out.push(code("source ends", at, fault));
    }
    if (session.released && ((!isLoad(session) && phase !== "written") || session.heardSince))
      out.push(code("release deadline", at));
    if (has("doubles")) {
      if (session.released && told === "started") out.push(code("message comes again", at, 0));
      if (session.reader === 0 && told === "started") out.push(code("message comes again", at, 1));
      if (told === "started")
        out.push(code("message comes again", at, 2), code("message comes again", at, 3));
    }
  });
  if (has("doubles"))
    for (let message = 0; message <= 5; message++) out.push(code("message comes again", 0, message));
  for (const [list, sign] of [
    [env.held, 1],
    [env.ended, -1],
  ] as const)
    list.forEach((session, index) => {
      const at = (index + 1) * sign;
      if (session.report !== "none" && session.report !== "listed") out.push(code("report taken in", at));
      if (session.old && session.report === "listed" && !isLoad(session))
        out.push(code("orchestrator notices an end", at));
      if (sign < 0 && session.phase === "running") out.push(code("unread session ends", at));
    });
  if (size.crashes > 0 && isDirty(env)) out.push(code("state written"));
  if (has("crashes")) out.push(code("crash"));
  if (env.looks.length < 2 && (env.news || has("looks"))) out.push(code("look taken"));
  env.looks.forEach((_, index) => {
    out.push(code("look delivered", index));
  });
  env.engines.forEach((engine, index) => {
    const port = index + 1;
    if (!engine.exists) return;
    if (!engine.alive) out.push(code("engine comes back", port));
    else if (has("deaths")) out.push(code("engine dies", port));
    if (!engine.listed) out.push(code("engine is listed again", port));
    else if (has("vanishings")) out.push(code("engine vanishes", port));
    // The fallback is an engine that somebody named, never one that was provisioned.
    if (has("vanishings") && port <= size.engines) out.push(code("list cannot be had", port));
    if (engine.draining) out.push(code("engine drains no more", port));
    else if (has("vanishings")) out.push(code("engine drains", port));
    if (engine.foreign > 0) out.push(code("foreign stream ends", port));
    if (has("foreign")) out.push(code("foreign stream begins", port));
    if (has("twins") && !engine.twin) out.push(code("engine listed twice", port));
  });
  if (env.provisioning) {
    const spare = env.engines.findIndex((engine, index) => index >= size.engines && !engine.exists);
    const newest = env.engines.findLastIndex((engine, index) => index >= size.engines && engine.exists);
    if (spare >= 0) out.push(code("new engine begins", spare + 1));
    if (newest >= 0)
      out.push(code("provisioned, named", newest + 1), code("provisioned, not named", newest + 1));
    if (spare < 0 || has("refusals")) out.push(code("provisioning refused"));
  }
  return out;
}

const wanted = (session: RealSession): RealSession["filed"] => (session.told === "started" ? "full" : "bare");

const isDirty = (env: Environment): boolean =>
  env.held.some((session) => session.filed !== wanted(session)) ||
  env.ended.some((session) => session.filed !== "no");

/** What a happening changes outside of the proxy, before the proxy hears of it. */
export function happen(env: Environment, number: number, size: WorldSize): Environment {
  const { kind, a } = happening(number);
  const cost = COSTS[kind];
  const now = cost === undefined ? env : spend(env, cost);
  const session = sessionAt(env, a);
  switch (kind) {
    case "provisioning time-out":
      return { ...now, provisioning: false };
    case "engine begins": {
      const begun = putSession(now, a, { phase: "running" });
      // The newer player takes a content over.
      const held = begun.held.map((other, index) =>
        index !== a - 1 &&
        session &&
        session.port > 0 &&
        other.port === session.port &&
        other.content === session.content &&
        other.phase === "running"
          ? { ...other, phase: "over" as const }
          : other,
      );
      return { ...begun, held };
    }
    case "engine refuses":
      return putSession(spend(now, "refusals"), a, { phase: "never" });
    case "engine never begins":
      return putSession(now, a, { phase: "never" });
    case "start answered":
      return putSession(now, a, { told: "started", heardSince: session?.released ?? false });
    case "start refused":
      return putSession(now, a, { told: "no" });
    case "start answer lost":
      return putSession(spend(now, "losses"), a, { told: "unknown", heardSince: session?.released ?? false });
    case "unread session ends": {
      const free = a < 0 || session?.told === "unknown";
      return putSession(free ? now : spend(now, "expiries"), a, { phase: "over" });
    }
    case "stop takes effect":
      return putSession(now, a, { phase: "over" });
    case "stop delayed":
      return spend(now, "delays");
    case "media":
      return putSession(now, a, { played: true });
    case "session breaks":
      return putSession(spend(now, "deaths"), a, { phase: "over" });
    case "source ends":
      return putSession(now, a, { reader: 0 });
    case "start sent":
      return putSession(now, a, { phase: "sent" });
    case "start not sent":
      return putSession(now, a, { phase: "never", told: "no" });
    case "state written":
      return {
        ...now,
        held: now.held.map((one) => ({ ...one, filed: wanted(one) })),
        ended: now.ended.map((one) => ({ ...one, filed: "no" as const })),
      };
    case "crash":
      return afterCrash(spend(now, "crashes"));
    case "look taken": {
      const bit = 1 << now.looks.length;
      const mark = (one: RealSession): RealSession =>
        one.report === "listed" || one.report === "end sent" ? { ...one, looks: one.looks | bit } : one;
      return {
        ...(env.news ? now : spend(now, "looks")),
        news: false,
        looks: [...now.looks, { overtaken: false, engines: now.engines }],
        held: now.held.map(mark),
        ended: now.ended.map(mark),
      };
    }
    case "look delivered": {
      const low = (1 << a) - 1;
      const unmark = (one: RealSession): RealSession => ({
        ...one,
        looks: (one.looks & low) | ((one.looks >> (a + 1)) << a),
      });
      const isNew = !now.looks[a]?.overtaken;
      return {
        ...now,
        looks: now.looks
          .map((look, index) => (isNew && index < a ? { ...look, overtaken: true } : look))
          .filter((_, index) => index !== a),
        held: now.held.map(unmark),
        ended: now.ended.map(unmark),
      };
    }
    case "report taken in":
      return putSession(now, a, {
        report:
          session?.report === "start sent" ? "listed" : session?.report === "both sent" ? "end sent" : "none",
      });
    case "orchestrator notices an end":
      return putSession(now, a, { report: "none" });
    case "engine dies": {
      const died = putEngine(spend(now, "deaths"), a, { alive: false });
      const end = (one: RealSession): RealSession =>
        one.port !== a || !isLoad(one) ? one : { ...one, phase: one.phase === "running" ? "over" : "never" };
      return { ...died, held: died.held.map(end), ended: died.ended.map(end) };
    }
    case "engine comes back":
      return putEngine(now, a, { alive: true });
    case "engine vanishes":
      return { ...putEngine(spend(now, "vanishings"), a, { listed: false }), news: true };
    case "list cannot be had":
      return spend(now, "vanishings");
    case "engine is listed again":
      return { ...putEngine(now, a, { listed: true }), news: true };
    case "engine drains":
      return { ...putEngine(spend(now, "vanishings"), a, { draining: true }), news: true };
    case "engine drains no more":
      return { ...putEngine(now, a, { draining: false }), news: true };
    case "foreign stream begins":
    case "foreign stream ends": {
      const begins = kind === "foreign stream begins";
      const count = (env.engines[a - 1]?.foreign ?? 0) + (begins ? 1 : -1);
      return { ...putEngine(begins ? spend(now, "foreign") : now, a, { foreign: count }), news: true };
    }
    case "engine listed twice":
      return { ...putEngine(spend(now, "twins"), a, { twin: true }), news: true };
    case "new engine begins":
      return { ...putEngine(now, a, { exists: true, listed: true }), news: true };
    case "provisioned, named":
    case "provisioned, not named":
      return { ...now, provisioning: false };
    case "provisioning refused": {
      const isFree = !env.engines.some((engine, index) => index >= size.engines && !engine.exists);
      return { ...(isFree ? now : spend(now, "refusals")), provisioning: false };
    }
    case "message comes again":
      return spend(now, "doubles");
    default:
      return now;
  }
}

/** The next life knows the sessions that are in the file, in this order; reports that were not delivered are lost. */
function afterCrash(env: Environment): Environment {
  const reborn = (one: RealSession): RealSession => ({
    ...one,
    told: one.filed === "full" ? "started" : "unknown",
    phase: one.phase === "written" ? "never" : one.phase,
    stopping: false,
    reader: 0,
    played: false,
    released: false,
    heardSince: false,
    // A report that had left before may still arrive; one that had not is lost.
    report: one.report === "end sent" ? "listed" : one.report === "both sent" ? "start sent" : one.report,
    looks: 0,
    old: true,
    past: 0,
  });
  // Where sessions keep their numbers there are gaps among them.
  const all = [...env.held.filter(() => true), ...env.ended];
  return {
    ...env,
    held: all.filter((one) => one.filed !== "no").map(reborn),
    ended: all.filter((one) => one.filed === "no").map(reborn),
    looks: [],
    provisioning: false,
    news: true,
  };
}

/** What the proxy hears; null: nothing. `idOf` gives the number in an engine's id. */
export type Hearing = (state: State, idOf: (port: number) => number) => SelectorEvent;

const timer = (due: Timer): SelectorEvent => ({ type: "timer", timer: due });

/** Events that the proxy's own state and the happening's number make out. */
export function heardFromProxy(number: number, size: WorldSize): Hearing {
  const { kind, a, b } = happening(number);
  const clientOf = (state: State): number => {
    for (const id of state.streams.get(a)?.clients ?? []) {
      const client = state.clients.get(id);
      if (client && group(client.who, client.served) === b) return id;
    }
    return 0;
  };
  switch (kind) {
    case "request":
      return (state) => ({
        type: "request",
        client: Math.max(0, ...state.clients.keys()) + 1,
        content: contentKey(b % 2, a),
        variant: "",
        who: WHO[b >> 1] ?? "tv",
      });
    case "leave":
      return (state) => ({ type: "leave", client: clientOf(state) });
    case "queue time-out":
      return (state) => timer({ kind: "queue", client: clientOf(state) });
    case "linger time-out":
      return () => timer({ kind: "linger", stream: a });
    case "start time-out":
      return () => timer({ kind: "start", session: a });
    case "stall time-out":
      return () => timer({ kind: "stall", stream: a });
    case "provisioning time-out":
      return () => timer({ kind: "provision" });
    case "player stops reading":
      return (state) => {
        const [client = 0] = state.streams.get(a)?.clients ?? [];
        const who = state.clients.get(client)?.who;
        const rival =
          (state.streams.get(b)?.clients ?? []).find((id) => state.clients.get(id)?.who === who) ?? 0;
        return { type: "idle", client, rival };
      };
    case "ended by hand":
      return () => ({ type: "end", stream: a, reason: "by hand" });
    case "plays steadily":
      return (state) => ({ type: "steady", session: state.streams.get(a)?.place?.session ?? 0 });
    case "engine answers again":
      return (_, idOf) => ({ type: "recovered", engine: engineId(idOf(a)) });
    case "shutdown":
      return () => ({ type: "drain" });
    case "cap changed":
      return () => ({ type: "configure", cap: a, provisioning: size.spares > 0 });
    default:
      throw new RangeError(`${kind} does not come from the proxy's own state`);
  }
}

/** Events that the environment makes out, before it changes; null: the proxy hears nothing. */
export function heardFromEnvironment(env: Environment, number: number, size: WorldSize): Hearing | null {
  const { kind, a, b } = happening(number);
  const fault = FAULTS[b] ?? "engine";
  const started = (): Hearing => () => ({
    type: "started",
    session: a,
    answer: {
      urls: urlsOf(playbackName(a)),
      infohash: size.hashes ? `${sessionAt(env, a)?.content ?? 0}` : null,
      playbackSession: playbackName(a),
      isLive: true,
    },
  });
  switch (kind) {
    case "start answered":
      return started();
    case "start refused":
      return () => ({ type: "startFailed", session: a, fault, opened: "no", message: "refused" });
    case "start not sent":
      return () => ({ type: "startFailed", session: a, fault: "content", opened: "no", message: "not sent" });
    case "start answer lost":
      return () => ({ type: "startFailed", session: a, fault, opened: "unknown", message: "lost" });
    case "stop confirmed":
      return () => ({ type: "stopConfirmed", session: a, proof: "stop confirmed" });
    case "stop delayed":
      return () => ({ type: "stopDelayed", session: a });
    case "media":
      return () => ({ type: "media", session: a });
    case "session gets on":
      return () => ({ type: "progress", session: a });
    case "source ends":
      return () => ({ type: "sourceEnded", session: a, fault, message: fault });
    case "release deadline":
      return () => timer({ kind: "release", session: a });
    case "crash":
      return recovery(afterCrash(env));
    case "look delivered":
      return snapshot(env, a, size);
    case "list cannot be had":
      return (_, idOf) => ({ type: "fallback", engines: [listedEngine(engineId(idOf(a)), a, false)] });
    case "provisioned, named":
      return (_, idOf) => ({ type: "provisioned", engine: engineId(idOf(a)) });
    case "provisioned, not named":
      return () => ({ type: "provisioned", engine: null });
    case "provisioning refused":
      return () => ({ type: "provisionFailed", blocked: BLOCKED });
    case "message comes again":
      switch (b) {
        case 0:
          return () => ({ type: "media", session: a });
        case 1:
          return () => ({ type: "sourceEnded", session: a, fault: "engine", message: "late" });
        case 2:
          return started();
        case 3:
          return () => ({
            type: "startFailed",
            session: a,
            fault: "engine",
            opened: "unknown",
            message: "late",
          });
        case 4:
          return () => timer({ kind: "release", session: a });
        default:
          return () => ({ type: "stopConfirmed", session: a, proof: "stop confirmed" });
      }
    default:
      return null;
  }
}

const address = (port: number) => ({ scheme: "http", host: "10.0.0.1", port }) as const;

function recovery(env: Environment): Hearing {
  return (_, idOf) => ({
    type: "recover",
    sessions: env.held.map((session, index) => {
      const name = playbackName(index + 1);
      const isFull = session.filed === "full";
      return {
        engine: engineId(idOf(session.port)),
        name: engineId(idOf(session.port)),
        address: address(session.port),
        contents: session.content === 0 ? [] : [contentKey(0, session.content)],
        urls: isFull ? urlsOf(name) : null,
        playbackSession: isFull ? name : null,
        reportedAs: isFull ? oldLabel(name) : null,
      };
    }),
  });
}

/** What the list is called in which a session is shown. */
function listed(
  session: RealSession,
  at: number,
  state: State,
  labels: boolean,
): Omit<ListedStream, "engine"> {
  const name =
    at > 0
      ? session.told === "started"
        ? playbackName(at)
        : `h${at}`
      : session.past > 0
        ? pastName(session.past)
        : `o${-at}`;
  return {
    contents: session.content === 0 ? [] : [contentKey(0, session.content)],
    playbackSession: name,
    label: labels ? (session.old ? oldLabel(name) : `${state.life}${name}`) : null,
    urls: urlsOf(name),
  };
}

const listedEngine = (id: string, port: number, draining: boolean): ListedEngine => ({
  id,
  name: id,
  address: address(port),
  health: "healthy",
  draining,
  forwarded: false,
  usedAtMs: null,
});

export function snapshot(env: Environment, at: number, size: WorldSize): Hearing {
  const look = env.looks[at];
  return (state, idOf) => {
    const engines: ListedEngine[] = [];
    const streams: ListedStream[] = [];
    for (const [index, seen] of (look?.engines ?? env.engines).entries()) {
      if (!seen.exists || !seen.listed) continue;
      const port = index + 1;
      for (const id of seen.twin ? [engineId(idOf(port)), twinId(idOf(port))] : [engineId(idOf(port))])
        engines.push(listedEngine(id, port, seen.draining));
      for (let n = 1; n <= seen.foreign; n++)
        streams.push({
          engine: engineId(idOf(port)),
          contents: n === 1 ? [contentKey(0, 1)] : [],
          playbackSession: `f${port}.${n}`,
          label: null,
          urls: null,
        });
    }
    for (const [list, sign] of [
      [env.held, 1],
      [env.ended, -1],
    ] as const)
      list.forEach((session, index) => {
        if ((session.looks & (1 << at)) === 0) return;
        const about = listed(session, (index + 1) * sign, state, size.labels);
        streams.push({ engine: engineId(idOf(session.port)), ...about });
      });
    return { type: "snapshot", asked: look?.overtaken ? 1 : 2, engines, streams };
  };
}

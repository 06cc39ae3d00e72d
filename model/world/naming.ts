/**
 * Names for what a state holds. Sessions, streams and clients get ever new numbers, engines and contents are named
 * at will: states that differ only in such names are one state. `canonical` finds the names under which it is
 * known, `rename` writes it with them. What is left out of the key decides nothing: texts for people, slot indices,
 * the age of streams that never queue again, the order of sessions where no two can turn out to be one content.
 */
import type { Client, Engine, Place, Session, Slot, State, Stream } from "../../src/slots/index.ts";
import { initialState } from "../../src/slots/index.ts";

/** What may be renamed in a world. */
export interface NamingRules {
  readonly engines: boolean;
  readonly contents: boolean;
  /** Streams with a place may queue again, by age. */
  readonly age: boolean;
  /** Contents have two names, so that two sessions may turn out to play one: then the later one counts. */
  readonly hashes: boolean;
  /** Names of ended sessions matter: lists may still show them. */
  readonly past: boolean;
  /** Slots of an engine are interchangeable: the cap does not change, so that none of them lies above it. */
  readonly slots: boolean;
  /** Engines that there are, in the pool or not. */
  readonly ports: number;
}

/** From the names in a state to canonical ones, all from 1; 0: no such thing any more. */
export interface Names {
  /** Index: port. */
  readonly engines: readonly number[];
  readonly sessions: ReadonlyMap<number, number>;
  readonly streams: ReadonlyMap<number, number>;
  /** Index: content. */
  readonly contents: readonly number[];
}

export interface Canonical {
  readonly key: string;
  /** All ways of naming that give this key: more than one where parts of the state are alike. */
  readonly ways: readonly Names[];
}

export const engineId = (port: number): string => `e${port}`;
export const twinId = (port: number): string => `e${port}b`;
/**
 * The port of an engine by its id, be it its second one, or of one that is not in the pool (any more): then the
 * id's own number tells, by the ids that were given to ports (index: port; absent: each its own).
 */
export function portOf(state: State, id: string, ids?: readonly number[]): number {
  const port = state.engines.get(id)?.address.port;
  if (port !== undefined) return port;
  for (const engine of state.engines.values())
    if (engine.listedAs === id || engine.aliases.includes(id)) return engine.address.port;
  const number = Number.parseInt(id.slice(1), 10);
  return ids ? Math.max(0, ids.indexOf(number)) : number;
}

const KINDS = ["id:", "infohash:"] as const;
export const contentKey = (kind: number, content: number): string => `${KINDS[kind]}${content}`;
export const contentOf = (key: string): number => Number(key.slice(key.indexOf(":") + 1));
const kindOf = (key: string): number => (key.startsWith("id:") ? 0 : 1);

const PHASES = ["waiting", "starting", "playing"] as const;
const SLOTS = ["free", "pending", "active", "released"] as const;
const STARTS = ["sent", "answered", "failed"] as const;
const HEALTH = ["healthy", "unknown", "unhealthy"] as const;
const PROVISIONING = ["impossible", "idle", "asked", "blocked"] as const;
export const WHO = ["tv", "phone", "tablet", "laptop"] as const;

const bits = (...values: readonly boolean[]): number =>
  values.reduce((sum, value, index) => sum | (value ? 1 << index : 0), 0);

/** Ranks of some numbers: equal ones share a rank, 0 and null keep 0. */
function ranks(values: Iterable<number | null>): Map<number, number> {
  const sorted = [...new Set([...values].filter((value): value is number => !!value))].sort((a, b) => a - b);
  return new Map(sorted.map((value, index) => [value, index + 1]));
}

interface NamedSlot {
  readonly slot: Slot;
  readonly code: readonly number[];
  readonly sort: string;
}
interface NamedEngine {
  readonly engine: Engine;
  readonly head: readonly number[];
  readonly slots: readonly NamedSlot[];
  readonly sort: string;
}

const text = (codes: readonly number[]): string => String.fromCharCode(...codes);

/** `ids`: see `portOf`. */
export function canonical(state: State, rules: NamingRules, ids?: readonly number[]): Canonical {
  const streams = [...state.streams.values()];
  const turns = ranks([...state.engines.values()].map((engine) => engine.turn));
  const lingering = ranks(streams.map((stream) => stream.lingeringSince));
  const ages = new Map(streams.map((stream, index) => [stream.id, index + 1]));
  const waiting = streams.filter((stream) => stream.phase === "waiting");

  const streamCode = (stream: Stream): number[] => {
    const groups = new Map<number, number>();
    for (const id of stream.clients) {
      const client = state.clients.get(id);
      const group =
        WHO.indexOf((client?.who ?? "tv") as (typeof WHO)[number]) * 2 + Number(client?.served ?? false);
      groups.set(group, (groups.get(group) ?? 0) + 1);
    }
    const clients = [...groups].sort(([a], [b]) => a - b).flatMap(([group, count]) => [group + 1, count]);
    return [
      PHASES.indexOf(stream.phase),
      bits(stream.live, stream.lastMessage !== "", stream.variant !== ""),
      lingering.get(stream.lingeringSince ?? 0) ?? 0,
      stream.contentFaults,
      stream.failovers,
      stream.tried.length,
      ...clients,
      0,
    ];
  };
  const heirCode = (heir: number | null): number => {
    if (heir === null) return 0;
    return rules.age ? (ages.get(heir) ?? 0) : waiting.findIndex((stream) => stream.id === heir) + 1;
  };
  const slotCode = ({ state: at, session }: Slot): number[] => {
    if (!session) return [SLOTS.indexOf(at)];
    const stream = session.stream === null ? undefined : state.streams.get(session.stream);
    return [
      SLOTS.indexOf(at),
      STARTS.indexOf(session.start),
      bits(
        session.urls !== null,
        session.playbackSession !== null,
        session.isLive,
        session.stopDelayed,
        session.formerLabel !== null,
        session.reportedTo !== null,
        session.reportedTo?.endsWith("b") ?? false,
      ),
      heirCode(session.heir),
      stream ? 1 : 0,
      ...(stream ? streamCode(stream) : []),
      stream && rules.age ? (ages.get(stream.id) ?? 0) : 0,
    ];
  };
  const nameEngine = (engine: Engine): NamedEngine => {
    const slots = engine.slots.map((slot): NamedSlot => {
      const code = slotCode(slot);
      return { slot, code, sort: text(code) };
    });
    // Held ones first: which slot a session has decides nothing but when one above a lowered cap goes.
    if (rules.slots) slots.sort((a, b) => (a.sort < b.sort ? 1 : a.sort > b.sort ? -1 : 0));
    const head = [
      bits(
        engine.listed,
        engine.draining,
        engine.fallback,
        engine.resting,
        engine.forwarded,
        engine.listedAs.endsWith("b"),
        engine.id.endsWith("b"),
      ),
      engine.aliases.length,
      HEALTH.indexOf(engine.health),
      turns.get(engine.turn) ?? 0,
      engine.faults,
      engine.foreign.length,
      engine.slots.length,
    ];
    return { engine, head, slots, sort: text(head) + slots.map((slot) => slot.sort).join("") };
  };

  const engines = [...state.engines.values()].map(nameEngine);
  if (rules.engines) engines.sort((a, b) => (a.sort < b.sort ? 1 : a.sort > b.sort ? -1 : 0));
  else engines.sort((a, b) => a.engine.address.port - b.engine.address.port);

  const isAlike = (a: { readonly sort: string }, b: { readonly sort: string } | undefined): boolean =>
    b !== undefined && a.sort === b.sort;
  const areAlike = engines.some(
    (engine, index) =>
      (rules.engines && isAlike(engine, engines[index + 1])) ||
      (rules.slots &&
        engine.slots.some((slot, at) => slot.slot.session !== null && isAlike(slot, engine.slots[at + 1]))),
  );
  if (!areAlike) {
    const { key, names } = write(
      state,
      rules,
      engines,
      engines.map(({ slots }) => slots),
      waiting,
      streamCode,
      ids,
    );
    return { key, ways: [names] };
  }
  let best: string | null = null;
  let ways: Names[] = [];
  for (const order of arrangements(engines, (a, b) => rules.engines && a.sort === b.sort))
    for (const slots of product(
      order.map((engine) =>
        arrangements(engine.slots, (a, b) => rules.slots && a.sort === b.sort && a.slot.session !== null),
      ),
    )) {
      const { key, names } = write(state, rules, order, slots, waiting, streamCode, ids);
      if (best === null || key < best) {
        best = key;
        ways = [names];
      } else if (key === best) ways.push(names);
    }
  return { key: best ?? "", ways };
}

/** The key under one order of engines and slots, and the names that come of it. */
function write(
  state: State,
  rules: NamingRules,
  order: readonly NamedEngine[],
  slots: readonly (readonly NamedSlot[])[],
  waiting: readonly Stream[],
  streamCode: (stream: Stream) => number[],
  ids: readonly number[] | undefined,
): { readonly key: string; readonly names: Names } {
  const engines: number[] = [];
  const sessions = new Map<number, number>();
  const streams = new Map<number, number>();
  const contents: number[] = [];
  const ages = rules.age ? [...state.streams.keys()] : [];
  let nextContent = 1;
  const named = (content: number): number => {
    if (!rules.contents) contents[content] = content;
    contents[content] ??= nextContent++;
    return contents[content];
  };
  const contentsCode = (keys: readonly string[]): number[] => {
    const out: number[] = [];
    for (const key of keys) out.push(named(contentOf(key)) * 2 + kindOf(key) + 1);
    if (rules.hashes) out.push(0);
    return out;
  };
  for (const [index, { engine }] of order.entries())
    engines[engine.address.port] = rules.engines ? index + 1 : engine.address.port;
  // Those that are not in the pool take what is left.
  for (let port = 1, free = order.length + 1; port <= rules.ports; port++)
    engines[port] ??= rules.engines ? free++ : port;
  const triedCode = (stream: Stream): number =>
    stream.tried.reduce((sum, id) => sum | (1 << (engines[portOf(state, id, ids)] ?? 0)), 0);
  for (const id of ages) streams.set(id, streams.size + 1);
  // Which of two sessions was started later decides if they turn out to play one content.
  if (rules.hashes)
    for (const id of [...state.places.keys()].sort((a, b) => a - b)) sessions.set(id, sessions.size + 1);

  const { provisioning } = state;
  const out: number[] = [
    state.cap,
    bits(state.draining, state.drained, state.halted, state.asked > 0),
    PROVISIONING.indexOf(provisioning.phase),
    provisioning.phase === "asked"
      ? provisioning.engine === null
        ? 0
        : (engines[portOf(state, provisioning.engine, ids)] ?? 0)
      : 0,
    provisioning.phase === "asked" ? bits(provisioning.answered, provisioning.engine !== null) : 0,
    rules.past ? state.past.length : 0,
    order.length,
  ];
  for (const [index, { engine, head }] of order.entries()) {
    out.push(engines[engine.address.port] ?? 0, ...head);
    for (const { slot, code } of slots[index] ?? []) {
      out.push(...code);
      const { session } = slot;
      if (!session) continue;
      if (rules.hashes) out.push(sessions.get(session.id) ?? 0);
      else sessions.set(session.id, sessions.size + 1);
      out.push(...contentsCode(session.contents));
      const stream = session.stream === null ? undefined : state.streams.get(session.stream);
      if (!stream) continue;
      if (!rules.age) streams.set(stream.id, streams.size + 1);
      out.push(triedCode(stream));
      if (rules.hashes) out.push(...contentsCode(stream.contents));
    }
    for (const key of engine.foreign) out.push(key === "" ? 1 : named(contentOf(key)) + 1);
  }
  out.push(waiting.length);
  for (const stream of waiting) {
    if (!rules.age) streams.set(stream.id, streams.size + 1);
    else out.push(streams.get(stream.id) ?? 0);
    out.push(...streamCode(stream), ...contentsCode(stream.contents), triedCode(stream));
  }
  return { key: text(out), names: { engines, sessions, streams, contents } };
}

/** All orders of a list in which only neighbours that are alike change places. */
function arrangements<T>(list: readonly T[], alike: (a: T, b: T) => boolean): T[][] {
  const groups: T[][] = [];
  for (const item of list) {
    const last = groups.at(-1);
    const [first] = last ?? [];
    if (last && first !== undefined && alike(first, item)) last.push(item);
    else groups.push([item]);
  }
  return product(groups.map(permutations)).map((chosen) => chosen.flat());
}

export function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((item, index) =>
    permutations([...list.slice(0, index), ...list.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

function product<T>(lists: readonly (readonly T[])[]): T[][] {
  let all: T[][] = [[]];
  for (const list of lists) all = all.flatMap((head) => list.map((item) => [...head, item]));
  return all;
}

/** Where a session is read, asked and stopped, by what lists call it. */
export const urlsOf = (name: string) => ({ playback: name, stat: `${name}/stat`, command: `${name}/cmd` });

/** What sessions are called in lists: held ones by number, ended ones by their place among the past ones. */
export const playbackName = (session: number): string => `p${session}`;
export const pastName = (place: number): string => `x${place}`;
/** The label of a former life. */
export const oldLabel = (name: string): string => `aceslot/old/${name}`;

/**
 * The state under other names, with engines in the order of `ids` (index: canonical port, value: the number in the
 * engine's id). Ids other than `e<port>` change nothing but what a tie between engines is broken by.
 */
export function rename(
  state: State,
  names: Names,
  rules: NamingRules,
  ids?: readonly number[],
  /** The order by which the state's own ids were given: see `portOf`. */
  given?: readonly number[],
): State {
  const idOf = (port: number): number => ids?.[port] ?? port;
  const engineName = (id: string): string => {
    const engine = portOf(state, id, given);
    const isTwin = id.endsWith("b");
    const to = idOf(names.engines[engine] ?? engine);
    return isTwin ? twinId(to) : engineId(to);
  };
  const keyName = (key: string): string =>
    key === "" ? "" : contentKey(kindOf(key), names.contents[contentOf(key)] ?? contentOf(key));
  const turns = ranks([...state.engines.values()].map((engine) => engine.turn));
  const lingering = ranks([...state.streams.values()].map((stream) => stream.lingeringSince));
  const streamName = (id: number | null): number | null =>
    id === null ? null : (names.streams.get(id) ?? null);

  const sessionAs = (session: Session): Session => {
    const id = names.sessions.get(session.id) ?? 0;
    const name = playbackName(id);
    return {
      ...session,
      id,
      of: streamName(session.stream),
      stream: streamName(session.stream),
      contents: session.contents.map(keyName),
      urls: session.urls === null ? null : urlsOf(name),
      playbackSession: session.playbackSession === null ? null : name,
      formerLabel: session.formerLabel === null ? null : oldLabel(name),
      reportedTo: session.reportedTo === null ? null : engineName(session.reportedTo),
      heir: streamName(session.heir),
      endCause: session.endCause === "" ? "" : "over",
    };
  };
  const engines: Engine[] = [];
  const places = new Map<number, Place>();
  for (const engine of state.engines.values()) {
    const port = names.engines[engine.address.port] ?? 0;
    const slots = engine.slots.map(
      (slot): Slot => (slot.session ? { state: slot.state, session: sessionAs(slot.session) } : slot),
    );
    if (rules.slots) slots.sort((a, b) => (a.session?.id ?? 1000) - (b.session?.id ?? 1000));
    const id = engineName(engine.id);
    for (const [slot, { session }] of slots.entries())
      if (session) places.set(session.id, { engine: id, slot, session: session.id });
    engines.push({
      ...engine,
      id,
      name: id,
      address: { ...engine.address, port },
      aliases: engine.aliases.map(engineName),
      listedAs: engineName(engine.listedAs),
      turn: turns.get(engine.turn) ?? 0,
      foreign: engine.foreign.map(keyName),
      slots,
    });
  }
  engines.sort((a, b) => idOf(a.address.port) - idOf(b.address.port));

  const streams: Stream[] = [];
  const clients = new Map<number, Client>();
  const byName = [...state.streams.values()].sort(
    (a, b) => (names.streams.get(a.id) ?? 0) - (names.streams.get(b.id) ?? 0),
  );
  for (const stream of byName) {
    const id = names.streams.get(stream.id) ?? 0;
    const members = stream.clients
      .map((client) => state.clients.get(client))
      .filter((client): client is Client => client !== undefined)
      .sort((a, b) => Number(a.served) - Number(b.served) || (a.who < b.who ? -1 : a.who > b.who ? 1 : 0));
    const numbers = members.map((client) => {
      const number = clients.size + 1;
      clients.set(number, { ...client, stream: id });
      return number;
    });
    const session = stream.place === null ? 0 : (names.sessions.get(stream.place.session) ?? 0);
    streams.push({
      ...stream,
      id,
      contents: stream.contents.map(keyName),
      place: stream.place === null ? null : (places.get(session) ?? null),
      clients: numbers,
      lingeringSince: stream.lingeringSince === null ? null : (lingering.get(stream.lingeringSince) ?? 1),
      tried: stream.tried.map(engineName).sort(),
      lastMessage: stream.lastMessage === "" ? "" : "failed",
    });
  }
  const { provisioning } = state;
  return {
    ...state,
    engines: new Map(engines.map((engine) => [engine.id, engine])),
    streams: new Map(streams.map((stream) => [stream.id, stream])),
    clients,
    places: new Map([...places].sort(([a], [b]) => a - b)),
    queue: streams.filter((stream) => stream.phase === "waiting").map((stream) => stream.id),
    past: rules.past ? state.past.map((_, index) => pastName(index + 1)) : [],
    provisioning:
      provisioning.phase === "asked"
        ? {
            ...provisioning,
            engine: provisioning.engine === null ? null : engineName(provisioning.engine),
          }
        : provisioning.phase === "blocked"
          ? { phase: "blocked", blocked: BLOCKED }
          : provisioning,
    asked: state.asked > 0 ? 1 : 0,
    nextStream: streams.length + 1,
    nextSession: places.size + 1,
    turn: 100,
  };
}

export const BLOCKED = { code: "vpn_disconnected", message: "no VPN", retryAfterSeconds: null };

/** A pool that nobody has looked at. */
export const emptyState = (cap: number, spares: number): State =>
  initialState({ cap, life: "new", provisioning: spares > 0 });

/** Ports and contents that there may be in any world. */
const PORTS_MAX = 32;
const CONTENTS_MAX = 64;

/** Names under which everything in a state is called what it is called already. */
export function sameNames(state: State): Names {
  const same = (keys: Iterable<number>): Map<number, number> => new Map([...keys].map((key) => [key, key]));
  return {
    engines: Array.from({ length: PORTS_MAX }, (_, port) => port),
    sessions: same(state.places.keys()),
    streams: same(state.streams.keys()),
    contents: Array.from({ length: CONTENTS_MAX }, (_, content) => content),
  };
}

/** Names as a row: index is the old name, value the new one; 0: gone. */
export function rowOf(names: ReadonlyMap<number, number>): number[] {
  const row: number[] = [];
  for (const [from, to] of names) {
    while (row.length < from) row.push(0);
    row[from] = to;
  }
  return row;
}

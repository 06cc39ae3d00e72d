/** The pool: what engines there are, what others run on them, and which may take one stream more. */
import { type Draft, FREE_SLOT } from "./draft.ts";
import { best } from "./ranking.ts";
import type { Engine, Slot, State, Stream } from "./state.ts";
import type { Address, ContentKey, EngineId, ListedEngine, ListedStream, Owner } from "./words.ts";

export function addressText(address: Address): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** What tells one place from another: all names of this machine are one, so that an engine is not taken for two. */
export function placeKey(address: Address): string {
  const isHere = address.host === "localhost" || address.host === "::1";
  return addressText(isHere ? { ...address, host: "127.0.0.1" } : address);
}

/** May it be given anything new, its load aside? */
export function isUsable(engine: Engine): boolean {
  return engine.listed && !engine.draining && !engine.resting;
}

/** Why nothing is free, in words: full is not the same as out of order. */
export function whyNothingIsFree(engines: ReadonlyMap<EngineId, Engine>): string {
  if (engines.size === 0) return "no engine is known";
  return some(engines.values(), isUsable) ? "all engines are full" : "no engine is usable";
}

/** Has it room for one stream more? */
export function isOpen({ state, parts }: Draft, engine: Engine): boolean {
  return isUsable(engine) && !engine.blocked && parts.loadOf(engine) < state.cap;
}

/**
 * An engine serves a content to one player at a time, and the newer one takes it over: so a content never
 * goes to an engine that still holds it, or on which somebody else plays it.
 */
export function holdsContent(
  engine: Engine,
  contents: readonly ContentKey[],
  /** Slots that shall not count. */
  except: (slot: Slot) => boolean = () => false,
): boolean {
  if (engine.foreign.length === 0 && engine.own === 0 && engine.claims.length === 0) return false;
  if (engine.foreign.some((key) => contents.includes(key))) return true;
  if (engine.claims.some((claim) => claim.contents.some((key) => contents.includes(key)))) return true;
  return engine.slots.some(
    (slot) => !except(slot) && slot.session?.contents.some((key) => contents.includes(key)),
  );
}

/**
 * Which engines may carry the stream some day: listed ones that have not failed it. A stream that has played may
 * come back to one that did, since that may have recovered; how often it fails over is bounded elsewhere.
 */
export function mayCarry(stream: Stream): (engine: Engine) => boolean {
  return (engine) => engine.listed && !engine.draining && (stream.live || !stream.tried.includes(engine.id));
}

/** Is there an engine that may carry the stream some day? */
export function hasCandidate(state: State, stream: Stream): boolean {
  return some(state.engines.values(), mayCarry(stream));
}

function some<T>(items: Iterable<T>, holds: (item: T) => boolean): boolean {
  for (const item of items) if (holds(item)) return true;
  return false;
}

/** The engine for a waiting stream, of those that have room; undefined: none now. */
export function choose({ parts }: Draft, stream: Stream, open: readonly Engine[]): Engine | undefined {
  const may = mayCarry(stream);
  const fitting = open.filter((engine) => may(engine) && !parts.holdsContent(engine, stream.contents));
  const untried = fitting.filter(({ id }) => !stream.tried.includes(id));
  const willing = untried.filter((engine) => !parts.isOwing(engine));
  return best(willing, parts.rank) ?? best(untried, parts.rank) ?? best(fitting, parts.rank);
}

/** Does it owe the end of a session, which it should have confirmed by now? */
export const isOwing = ({ own, slots }: Engine): boolean =>
  own > 0 && slots.some(({ state, session }) => state === "released" && session?.stopDelayed === true);

export function openEngines(draft: Draft): Engine[] {
  const open: Engine[] = [];
  for (const engine of draft.state.engines.values()) if (draft.parts.isOpen(draft, engine)) open.push(engine);
  return open;
}

/** As many slots as the cap says; those above it go as soon as they are free. */
export function fitSlots(draft: Draft, id: EngineId): void {
  const engine = draft.engine(id);
  if (!engine) return;
  const slots = engine.slots.slice();
  while (slots.length < draft.state.cap) slots.push(FREE_SLOT);
  while (slots.length > draft.state.cap && slots.at(-1)?.state === "free") slots.pop();
  if (slots.length !== engine.slots.length) draft.putEngine({ ...engine, slots });
}

/** Forgets an engine that no list names any more and that holds nothing. */
export function dropIfGone(draft: Draft, id: EngineId): void {
  const engine = draft.engine(id);
  if (!engine || engine.listed || engine.own > 0) return;
  draft.deleteEngine(id);
  draft.record({ type: "engine_gone", engine: id });
}

/** A new engine in the pool, with all its slots free. */
export function addEngine(draft: Draft, seen: Pick<ListedEngine, "id" | "name" | "address">): Engine {
  const engine: Engine = {
    id: seen.id,
    name: seen.name,
    address: seen.address,
    place: placeKey(seen.address),
    aliases: [],
    listedAs: seen.id,
    listed: false,
    draining: false,
    health: "unknown",
    forwarded: false,
    fallback: false,
    usedAtMs: null,
    turn: 0,
    resting: false,
    faults: 0,
    foreign: [],
    claims: draft.state.claims.get(placeKey(seen.address)) ?? [],
    blocked: false,
    slots: Array.from({ length: draft.state.cap }, () => FREE_SLOT),
    own: 0,
  };
  draft.putEngine(engine);
  draft.record({ type: "engine_seen", engine: seen.id, name: seen.name, address: addressText(seen.address) });
  return engine;
}

/**
 * Takes a listed engine in and gives the id of its record. One address is one engine with one cap: under a
 * second id it is the same record, so that what the first id still holds goes on counting.
 */
export function takeIn(
  draft: Draft,
  seen: ListedEngine,
  fallback: boolean,
  idAt: Map<string, EngineId>,
): EngineId {
  const where = placeKey(seen.address);
  const known = draft.engine(seen.id) ?? draft.engine(idAt.get(where) ?? "") ?? addEngine(draft, seen);
  const isAlias = known.id !== seen.id && !known.aliases.includes(seen.id);
  if (isAlias)
    draft.record({
      type: "engine_seen",
      engine: known.id,
      name: seen.name,
      address: addressText(seen.address),
    });
  // It is being asked at its former address.
  if (known.resting && addressText(known.address) !== addressText(seen.address))
    draft.emit({ type: "probe", engine: known.id, address: seen.address, faults: known.faults });
  draft.putEngine({
    ...known,
    name: seen.name,
    address: seen.address,
    place: where,
    claims: known.place === where ? known.claims : (draft.state.claims.get(where) ?? []),
    // Nobody will say that the turn of others is over at a place where it is no more.
    blocked: known.place === where && known.blocked,
    aliases: isAlias ? [...known.aliases, seen.id] : known.aliases,
    listedAs: seen.id,
    listed: true,
    draining: seen.draining,
    health: seen.health,
    forwarded: seen.forwarded,
    fallback,
    usedAtMs: seen.usedAtMs,
  });
  idAt.set(where, known.id);
  return known.id;
}

/** The engine that is listed under an id, be it its second one. */
export function engineCalled(state: State, id: EngineId): Engine | undefined {
  const engine = state.engines.get(id);
  if (engine) return engine;
  for (const other of state.engines.values()) if (other.aliases.includes(id)) return other;
  return undefined;
}

/** The engines as they stand, by address. */
export function idsByAddress(state: State): Map<string, EngineId> {
  const ids = new Map<string, EngineId>();
  for (const engine of state.engines.values()) ids.set(placeKey(engine.address), engine.id);
  return ids;
}

/**
 * A stream that carries our label, or a name that we know, is counted already or is over, whatever the list's age. One
 * of an earlier life that we hold no slot for must be stopped. All others are foreign.
 */
export function ownerOf(state: State, listed: ListedStream, known: ReadonlySet<string>): Owner {
  const { playbackSession: name, label } = listed;
  if (name && known.has(name)) return "known";
  if (label !== null && known.has(label)) return "known";
  if (label?.startsWith(state.life)) return "known";
  if (label?.startsWith(state.instance)) return "former";
  return "foreign";
}

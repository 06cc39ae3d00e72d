/**
 * A state of the lease protocol alone: the store's books as `keep` has them, what each proxy knows, and what the
 * engines really carry. Two states are one if their keys are equal; what a key leaves out is said there.
 */
import { type Books, type Lease, NO_BOOKS } from "../../../src/leases/books.ts";
import { keep } from "../../../src/leases/keeping.ts";
import type { LeaseWorld } from "./variants.ts";

/** Where a session's proxy is with it. */
export type Stage =
  | "idle"
  /** The claim is on its way to the store. */
  | "asked"
  /** It was, when the connection broke, and it still is. */
  | "lost"
  /** As lost, and the slot has been given back meanwhile. */
  | "stray"
  /** Without an atomic claim: room was seen, and the claim is on its way. */
  | "room"
  /** The grant is on its way back. */
  | "answered"
  | "granted"
  /** The lease was looked at; the start is what comes next. */
  | "checked"
  | "playing"
  | "stopping"
  /** There is proof that it is over; the store is to be told. */
  | "proved"
  | "done";

/** A session at its engine; it loads the engine while `sent` or `carried`. */
export type Real = "nowhere" | "sent" | "carried" | "over";

export type Mode = "runs" | "paused" | "crashed";

export interface State {
  readonly books: Books;
  /** By session; those of one proxy stand together. */
  readonly stages: readonly Stage[];
  /** 0 while it does not matter. */
  readonly engines: readonly number[];
  readonly reals: readonly Real[];
  /** By proxy. */
  readonly modes: readonly Mode[];
  /** By the proxy's own clock its leases are over, whether it has noticed or not. */
  readonly lapsed: readonly boolean[];
  /** The connection broke, and it has not joined again. */
  readonly broken: readonly boolean[];
  /** By proxy and session: it was told to settle what another has left behind. */
  readonly adopted: readonly (readonly boolean[])[];
  /** By session: its proxy was told that another has taken it over, and does not name it any more. */
  readonly gone: readonly boolean[];
  readonly left: {
    readonly pauses: number;
    readonly crashes: number;
    readonly breaks: number;
    readonly lapses: number;
  };
}

export const TTL_MS = 10_000;
/** The same in every state: what the protocol does never depends on the hour. */
const NOW = 1_000_000;
export const SERVER = { run: "store", time: NOW };

/** A life of a proxy. */
export const memberOf = (proxy: number): string => `proxy${proxy}/1`;
export const leaseOf = (world: LeaseWorld, session: number): string =>
  `${memberOf(proxyOf(world, session))}/${session}`;
export const placeOf = (engine: number): string => `engine${engine}:6878`;
export const proxyOf = (world: LeaseWorld, session: number): number => Math.floor(session / world.attempts);

export const loads = (real: Real | undefined): boolean => real === "sent" || real === "carried";

/** The store's lease for a session. */
export function leaseFor(world: LeaseWorld, { books }: Pick<State, "books">, session: number): Lease | null {
  const id = leaseOf(world, session);
  for (const leases of books.engines.values()) for (const lease of leases) if (lease.id === id) return lease;
  return null;
}

/** Everybody has joined a store that is empty and has been there for long. */
export function beginning(world: LeaseWorld): State {
  const { proxies, attempts, pauses, crashes, breaks, lapses } = world;
  const all = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
  let books: Books = { ...NO_BOOKS, run: SERVER.run, time: NOW, clock: NOW };
  for (let proxy = 0; proxy < proxies; proxy++)
    books = keep(
      books,
      { type: "join", member: memberOf(proxy), ttl: TTL_MS, seen: 0, info: "", held: [], witnessed: [] },
      SERVER,
    ).books;
  return {
    books: settled(books),
    stages: all<Stage>(proxies * attempts, "idle"),
    engines: all(proxies * attempts, 0),
    reals: all<Real>(proxies * attempts, "nowhere"),
    modes: all<Mode>(proxies, "runs"),
    lapsed: all(proxies, false),
    broken: all(proxies, false),
    adopted: all(proxies, all(proxies * attempts, false)),
    gone: all(proxies * attempts, false),
    left: { pauses, crashes, breaks, lapses },
  };
}

/**
 * The books without what the protocol's safety does not rest on: fences and running numbers, the line of members that
 * wait and whose turn it is, and how long ago anybody renewed (a step says when a term has passed without that).
 */
export function settled(books: Books): Books {
  const members = [...books.members].map(([name]) => [name, { end: NOW + TTL_MS, info: "" }] as const);
  const engines = [...books.engines].map(
    ([place, leases]) => [place, leases.map((lease) => ({ ...lease, fence: 0 }))] as const,
  );
  const isOrphan = ({ owner }: Lease): boolean => !books.members.has(owner);
  return {
    ...books,
    time: NOW,
    clock: NOW,
    fence: 0,
    seq: 0,
    // A hint that there may be some: only one that is wrong the other way round decides anything.
    hasOrphans: books.hasOrphans && [...books.engines.values()].some((leases) => leases.some(isOrphan)),
    members: new Map(members),
    engines: new Map(engines),
    queue: [],
    freed: new Map(),
  };
}

const STAGES: readonly Stage[] = [
  "idle",
  "asked",
  "lost",
  "stray",
  "room",
  "answered",
  "granted",
  "checked",
  "playing",
  "stopping",
  "proved",
  "done",
];
const REALS: readonly Real[] = ["nowhere", "sent", "carried", "over"];
const MODES: readonly Mode[] = ["runs", "paused", "crashed"];

/**
 * The variables that `leases.pml` has as well, a character each; and the hint of orphans, which it has not: if that
 * told states apart, counts would differ.
 */
export function keyOf(world: LeaseWorld, state: State): string {
  const { books, stages, engines, reals, gone, modes, lapsed, broken, adopted, left } = state;
  const codes: number[] = [];
  for (const [session, stage] of stages.entries()) {
    const lease = leaseFor(world, state, session);
    const owner = modes.findIndex((_, proxy) => memberOf(proxy) === lease?.owner);
    if (lease !== null && owner < 0) throw new Error(`a lease is ${lease.owner}'s, who is nobody`);
    codes.push(STAGES.indexOf(stage), engines[session] ?? 0, REALS.indexOf(reals[session] ?? "nowhere"));
    codes.push(owner + 1, Number(gone[session]));
  }
  for (const [proxy, mode] of modes.entries()) {
    codes.push(MODES.indexOf(mode), Number(lapsed[proxy]), Number(broken[proxy]));
    codes.push(Number(books.members.has(memberOf(proxy))));
    for (const told of adopted[proxy] ?? []) codes.push(Number(told));
  }
  codes.push(left.pauses, left.crashes, left.breaks, left.lapses, Number(books.hasOrphans));
  return String.fromCharCode(...codes);
}

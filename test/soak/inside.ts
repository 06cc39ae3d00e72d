/** What the process says that it holds (`/api/v1/debug`), and what of it is too much once nobody is there. Pure but for the asking. */
import type { RunningBinary } from "../support/binary.ts";
import type { Outside } from "./outside.ts";

type Counts = Readonly<Record<string, number>>;

export interface Inside {
  readonly slots: Counts & { readonly sessions: number };
  readonly streams: Counts;
  readonly clients: Counts;
  readonly timers: {
    readonly byKind: Counts;
    readonly doubts: number;
    readonly watched: number;
    readonly probed: number;
  };
  readonly work: { readonly mailbox: number; readonly sessions: number; readonly moments: number };
  readonly data: Counts;
  readonly connections: Counts;
  readonly backlog: Counts;
  readonly memory: {
    readonly heapUsedBytes: number;
    readonly objects: number;
    readonly objectsByKind: Counts;
  };
}

/** `sweep`: the heap is swept first, so that its objects are those that somebody holds. */
export const inside = (proxy: RunningBinary, sweep = false): Promise<Inside> =>
  proxy.get<Inside>(`/api/v1/debug?collect=${sweep ? 1 : 0}`);

/** The request that asks is one itself. */
const OWN_REQUESTS = 1;

/** What is held although nobody is there: one line each. Bounded memories that forget late are not among it. */
export function heldFor(nobody: Inside): readonly string[] {
  const { slots, streams, clients, timers, work, data, connections, backlog } = nobody;
  const { droppedEarly, ...bodies } = data;
  const counts: Readonly<Record<string, Counts>> = {
    slots: { pending: slots.pending ?? 0, active: slots.active ?? 0, released: slots.released ?? 0 },
    sessions: { held: slots.sessions, underWay: work.sessions },
    streams,
    clients: { ...clients, httpRequests: (clients.httpRequests ?? 0) - OWN_REQUESTS },
    timers: { ...timers.byKind, doubts: timers.doubts, watched: timers.watched, probed: timers.probed },
    mailbox: { events: work.mailbox },
    data: bodies,
    connections,
    backlog,
  };
  return Object.entries(counts).flatMap(([group, of]) =>
    Object.entries(of).flatMap(([name, count]) => (count > 0 ? `${group}: ${count} ${name}` : [])),
  );
}

/** Threads of the runtime's pools come when they are needed, and may stay. */
export const THREADS_MORE_MAX = 8;

/** What the system counts that was not there before; one line each. */
export function leakedOutside(before: Outside, after: Outside): readonly string[] {
  return [
    ...grown("descriptors", before.descriptors, after.descriptors),
    ...grown("connections", before.connections, after.connections),
    ...(after.threads > before.threads + THREADS_MORE_MAX
      ? [`threads: ${after.threads}, were ${before.threads}`]
      : []),
  ];
}

const grown = (what: string, before: Counts, after: Counts): string[] =>
  Object.entries(after).flatMap(([kind, count]) =>
    count > (before[kind] ?? 0) ? `${what}: ${count} ${kind}, were ${before[kind] ?? 0}` : [],
  );

/**
 * Objects of a swept heap that there are more of than before: what the code has compiled and cached meanwhile is
 * some thousands, once; what leaks grows with what was done. `perDone` is allowed for each thing done.
 */
export function leakedObjects(
  before: Inside,
  after: Inside,
  done: number,
  perDone = OBJECTS_PER_DONE_MAX,
): readonly string[] {
  const more = after.memory.objects - before.memory.objects;
  if (more <= OBJECTS_MORE_MAX + done * perDone) return [];
  const kinds = grown("objects", before.memory.objectsByKind, after.memory.objectsByKind);
  return [`objects: ${more} more after ${done} clients (${kinds.join(", ")})`];
}

/** Histories that are kept on purpose: journal lines, ended streams, figures of the last minutes. */
export const OBJECTS_MORE_MAX = 40_000;
/** Each client that leaks leaves at least its record, its cursor, its sink and their closures behind: dozens. */
export const OBJECTS_PER_DONE_MAX = 2;

/** The page shows five minutes of figures: until then every second of a run adds to what is kept on purpose. */
export const HISTORIES_MINUTES = 6;

export type Grown = readonly (readonly [kind: string, more: number])[];

/** Of which kinds there are more objects in the last of these heaps than in the first, most first. */
export function grownIn(heaps: readonly Counts[]): Grown {
  const [first = {}, last = {}] = [heaps.at(0), heaps.at(-1)];
  return Object.entries(last)
    .map(([kind, count]) => [kind, count - (first[kind] ?? 0)] as const)
    .filter(([, more]) => more > 0)
    .toSorted(([, one], [, other]) => other - one);
}

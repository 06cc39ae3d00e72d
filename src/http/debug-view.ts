/** What the process holds, counted from inside: `/api/v1/debug`. Reading it changes nothing. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { z } from "zod";
import { openConnections } from "../net/outgoing.ts";
import { isAllowed } from "../permissions.ts";
import { VERSION } from "../version.ts";
import type { DebugAnswer } from "./api/schemas/debug.ts";
import type { AppOptions } from "./routes.ts";

export interface Counted extends Pick<AppOptions, "broker" | "bodies" | "slates"> {
  readonly requestsUnderWay: number;
  readonly listeners: number;
}

/** Kinds of objects that are named: the most frequent ones. */
const OBJECT_KINDS = 25;

/** `collect`: the heap is swept first, which stops everything for some milliseconds. */
export function debugView(counted: Counted, collect: boolean): z.infer<typeof DebugAnswer> {
  const { broker, bodies, slates, requestsUnderWay, listeners } = counted;
  const { state } = broker;
  const { held } = broker;
  return {
    version: VERSION,
    runtime: runtime(),
    uptimeSeconds: Math.round(process.uptime()),
    slots: {
      engines: state.engines.size,
      sessions: state.places.size,
      ...tally(
        [...state.engines.values()].flatMap(({ slots }) => slots.map((slot) => slot.state)),
        ["free", "pending", "active", "released"],
      ),
    },
    streams: tally(
      [...state.streams.values()].map(({ phase }) => phase),
      ["waiting", "starting", "playing"],
    ),
    clients: {
      known: state.clients.size,
      unanswered: held.unanswered,
      counted: held.counted,
      queued: state.queue.length,
      httpRequests: requestsUnderWay,
      eventListeners: listeners,
      slateViewers: slates?.figures.viewers ?? 0,
    },
    timers: {
      byKind: { ...held.timers },
      doubts: held.doubts,
      watched: held.watched,
      probed: held.probed,
    },
    work: { mailbox: held.mailbox, sessions: held.underWay, moments: held.moments },
    data: { ...bodies.held },
    connections: { ...openConnections() },
    backlog: { reports: broker.reportsPending, journalLines: broker.journal.linesPending },
    memory: memory(collect),
    descriptors: descriptors(),
    threads: threads(),
  };
}

function tally<Word extends string>(found: readonly Word[], all: readonly Word[]): Record<Word, number> {
  const counts = Object.fromEntries(all.map((word) => [word, 0])) as Record<Word, number>;
  for (const word of found) counts[word] += 1;
  return counts;
}

function runtime(): string {
  const { bun, deno, node } = process.versions;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`;
}

/** As much of Bun's `bun:jsc` as is asked. */
interface HeapModule {
  heapStats(): { readonly objectCount: number; readonly objectTypeCounts: Readonly<Record<string, number>> };
}

interface BunGlobal {
  gc(isWaiting: boolean): void;
}

function memory(collect: boolean): z.infer<typeof DebugAnswer>["memory"] {
  const { Bun: bun } = globalThis as unknown as { readonly Bun?: BunGlobal };
  if (collect) bun?.gc(true);
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const heap = bun === undefined ? null : heapModule();
  const stats = heap?.heapStats() ?? null;
  return {
    residentBytes: rss,
    heapBytes: heapTotal,
    heapUsedBytes: heapUsed,
    externalBytes: external,
    arrayBufferBytes: arrayBuffers,
    objects: stats?.objectCount ?? null,
    objectsByKind:
      stats === null
        ? null
        : Object.fromEntries(
            Object.entries(stats.objectTypeCounts)
              .sort(([, a], [, b]) => b - a)
              .slice(0, OBJECT_KINDS),
          ),
  };
}

/** Asked for by name at run time: no other runtime, and no bundler, is to look for it. */
function heapModule(): HeapModule | null {
  const { getBuiltinModule } = process as unknown as { getBuiltinModule?(name: string): unknown };
  return (getBuiltinModule?.("bun:jsc") as HeapModule | undefined) ?? null;
}

/** Open files by what they are: `socket`, `pipe`, `file`, …; null: the system does not tell. */
function descriptors(): Record<string, number> | null {
  if (!isAllowed({ name: "read", path: "/proc/self/fd" })) return null;
  try {
    const counts: Record<string, number> = {};
    for (const number of readdirSync("/proc/self/fd")) {
      const kind = kindOf(number);
      if (kind !== null) counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  } catch {
    return null;
  }
}

/** Null: it is closed by now, as that of the list itself. */
function kindOf(number: string): string | null {
  try {
    const target = readlinkSync(`/proc/self/fd/${number}`);
    return /^anon_inode:\[?(\w+)/.exec(target)?.[1] ?? /^(\w+):\[/.exec(target)?.[1] ?? "file";
  } catch {
    return null;
  }
}

function threads(): number | null {
  if (!isAllowed({ name: "read", path: "/proc/self/status" })) return null;
  try {
    const [, count] = /^Threads:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return count === undefined ? null : Number(count);
  } catch {
    return null;
  }
}

/**
 * What an orchestrator knows: engines and streams. Each generation brings its own bookkeeping rules; here are
 * the records, and the read view, which may lag behind the events.
 */
import { createHash } from "node:crypto";
import { nowMs, Timers } from "./clock.ts";
import type { ListedEngine } from "./engine.ts";

/** An engine, as an orchestrator keeps it. */
export interface EngineRecord {
  /** 64 hex digits. */
  containerId: string;
  /** As it is listed. */
  containerName: string;
  /** As it is listed. */
  host: string;
  /** As it is listed. */
  port: number;
  /** The simulated engine behind it; null for a phantom made out of an event. */
  engine: ListedEngine | null;
  /** As it was provisioned with. */
  labels: Record<string, string>;
  /** When it was registered. */
  firstSeen: Date;
  /** When it was last found alive. */
  lastSeen: Date;
  /** When its last stream began or ended; null: none has. */
  lastStreamUsage: Date | null;
  /** As the last check found it. */
  health: "healthy" | "unhealthy" | "unknown";
  /** Whether its VPN forwards a port. */
  forwarded: boolean;
  /** It is to take no further stream. */
  draining: boolean;
  /** Ids of its running streams, in order of their start. */
  streamIds: string[];
  /** Generation 2's counter, which drifts. */
  streamCount: number;
}

/** A stream, as an orchestrator keeps it. */
export interface StreamRecord {
  /** Generation 1: the label of the start event; generation 2: the content. */
  id: string;
  /** `content_id`, `infohash`, `url` or `magnet`. */
  keyType: string;
  /** The number by which it was started. */
  key: string;
  /** The engine that plays it. */
  containerId: string;
  /** The engine's session. */
  playbackSessionId: string;
  /** Where its statistics are. */
  statUrl: string;
  /** Where it is stopped. */
  commandUrl: string;
  /** As the engine said. */
  isLive: boolean;
  /** When the start event came. */
  startedAt: Date;
  /** Null: it runs. */
  endedAt: Date | null;
  /** Whether it runs. */
  status: "started" | "ended";
}

export interface Books {
  /** By container id, in order of registration. */
  readonly engines: Map<string, EngineRecord>;
  /** By stream id, in order of their first start. */
  readonly streams: Map<string, StreamRecord>;
}

export const emptyBooks = (): Books => ({ engines: new Map(), streams: new Map() });

/** A change to the books; the answer it gives is that of the truth. Must do the same whenever it is run. */
export type Change<R> = (books: Books) => R;

/**
 * The truth, and the view that readers are shown: every change reaches the truth at once, and the view in the
 * same order `lagMs` later.
 */
export class LaggingBooks {
  readonly truth = emptyBooks();
  readonly view = emptyBooks();
  readonly timers = new Timers();
  readonly #waiting: { dueMs: number; change: Change<unknown> }[] = [];
  lagMs: number;

  constructor(lagMs: number) {
    this.lagMs = lagMs;
  }

  /** An event: readers see it late. */
  write<R>(change: Change<R>): R {
    const result = change(this.truth);
    this.#waiting.push({ dueMs: nowMs() + this.lagMs, change });
    this.timers.after(this.lagMs, () => this.#catchUp());
    return result;
  }

  /** What the orchestrator's own watching of its containers finds: seen at once. */
  writeThrough<R>(change: Change<R>): R {
    change(this.view);
    return change(this.truth);
  }

  /** A restart: the view has nothing left to catch up with. */
  forget(change: Change<unknown>): void {
    this.#waiting.length = 0;
    this.timers.clear();
    this.writeThrough(change);
  }

  #catchUp(): void {
    // In order even when the lag was shortened in between; a timer may fire a little before its time.
    while (this.#waiting[0] !== undefined && this.#waiting[0].dueMs <= nowMs() + 1) {
      this.#waiting.shift()?.change(this.view);
    }
    const next = this.#waiting[0];
    if (next !== undefined) this.timers.after(Math.max(1, next.dueMs - nowMs()), () => this.#catchUp());
  }
}

/** A Docker-like container id: 64 hex digits, always the same for the same seed. */
export const containerIdOf = (seed: string): string => createHash("sha256").update(seed).digest("hex");

export const runningStreams = (books: Books): StreamRecord[] =>
  [...books.streams.values()].filter((stream) => stream.status === "started");

/** A stream's start or end as the events tell it, whatever the generation. */
export interface StartedEvent {
  containerId: string | null;
  host: string;
  port: number;
  keyType: string;
  key: string;
  playbackSessionId: string;
  statUrl: string;
  commandUrl: string;
  isLive: boolean;
  labels: Record<string, string>;
  at: Date;
}

/** One end as either generation's event tells it. */
export interface EndedEvent {
  containerId: string | null;
  streamId: string | null;
  contentId: string | null;
  at: Date;
}

/** Makes the record of a started stream. */
export function streamOf(event: StartedEvent, id: string, containerId: string): StreamRecord {
  return {
    id,
    keyType: event.keyType,
    key: event.key,
    containerId,
    playbackSessionId: event.playbackSessionId,
    statUrl: event.statUrl,
    commandUrl: event.commandUrl,
    isLive: event.isLive,
    startedAt: event.at,
    endedAt: null,
    status: "started",
  };
}

/** The engine that an event means: by container id, else by address. */
export function findEngine(books: Books, event: { containerId: string | null; host: string; port: number }) {
  const named = event.containerId === null ? undefined : books.engines.get(event.containerId);
  if (named !== undefined) return named;
  return [...books.engines.values()].find(
    (record) => record.host === event.host && record.port === event.port,
  );
}

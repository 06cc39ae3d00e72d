/** What a proxy tells while it runs: every line of its journal, by kind, and every stream that ended. */
import type { Broker, EndedStream, JournalLine, LeaseRecord } from "../broker/index.ts";
import type { Log } from "../log.ts";
import type { JournalRecord } from "../slots/index.ts";

/** What every line of the journal has. */
export interface Stamp {
  /** Rises by one with each line of this proxy. */
  readonly seq: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The proxy's name. */
  readonly proxy: string;
}

type Recorded<Type extends string> = Stamp & Extract<JournalRecord, { readonly type: Type }>;

/** A slot moved: free → pending → active → released → free. */
export type TransitionEvent = Stamp & Exclude<JournalRecord, { readonly type: string }>;
/** A stream got a slot. `load`: of its engine, this stream included. */
export type GrantEvent = Recorded<"grant">;
/** A request was refused, and why. */
export type RejectEvent = Recorded<"reject">;
/** A look at the pool: how many engines there are, and whose streams are on them. */
export type SnapshotEvent = Recorded<"snapshot">;
/** An engine is in the pool, or goes by another id or address. */
export type EngineSeenEvent = Recorded<"engine_seen">;
/** An engine is in the pool no more, and holds nothing. */
export type EngineGoneEvent = Recorded<"engine_gone">;
/** A new engine was asked for, came, or did not. */
export type ProvisionEvent = Recorded<"provision">;
/** The cap that counts from here on. */
export type ConfigureEvent = Recorded<"configure">;
/** What became of a slot's lease in a shared store. */
export type LeaseEvent = Stamp & LeaseRecord;

/**
 * What there is to listen to, by name. Slots are named after the journal's records (`docs/configuration.md`), so that
 * what is heard here, in the file and at `/api/v1/events` is the same.
 *
 * @example
 * ```ts
 * proxy.on("reject", ({ content, code, message }) => console.warn(`${content}: ${code}: ${message}`));
 * ```
 */
export interface ProxyEvents {
  readonly transition: TransitionEvent;
  readonly grant: GrantEvent;
  readonly reject: RejectEvent;
  readonly snapshot: SnapshotEvent;
  readonly engine_seen: EngineSeenEvent;
  readonly engine_gone: EngineGoneEvent;
  readonly provision: ProvisionEvent;
  readonly configure: ConfigureEvent;
  readonly lease: LeaseEvent;
  /** All of the above, each line as the journal has it. */
  readonly journal: JournalLine;
  /** A stream is over: why, on which engine, how much it sent. */
  readonly ended: EndedStream;
}

export const EVENTS: readonly (keyof ProxyEvents)[] = [
  ...(["transition", "grant", "reject", "snapshot", "engine_seen", "engine_gone", "provision"] as const),
  ...(["configure", "lease", "journal", "ended"] as const),
];

/** It may be asynchronous: nobody waits for it, and one that rejects is logged. */
export type Listener<Type extends keyof ProxyEvents> = (event: ProxyEvents[Type]) => unknown;

/** Those who listen to one proxy. Whoever throws is logged, and the others hear it all the same. */
export class Listeners {
  readonly #log: Log;
  readonly #listeners = new Map<string, Set<(event: never) => unknown>>();
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The answer takes the listener off again; so does `signal`. */
  on<Type extends keyof ProxyEvents>(type: Type, listener: Listener<Type>, signal?: AbortSignal): () => void {
    if (this.#closed || signal?.aborted) return () => {};
    // One function may listen twice, and each time is taken off by itself.
    const hears = (event: ProxyEvents[Type]): unknown => listener(event);
    const heard = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, heard.add(hears));
    const off = (): void => {
      heard.delete(hears);
      signal?.removeEventListener("abort", off);
    };
    signal?.addEventListener("abort", off, { once: true });
    return off;
  }

  /** Hears the broker from now on. */
  hear(broker: Broker): void {
    broker.journal.listen((line) => {
      this.#tell("type" in line ? line.type : "transition", line);
      this.#tell("journal", line);
    });
    broker.ended.listen((stream) => this.#tell("ended", stream));
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }

  #tell(type: string, event: unknown): void {
    if (this.#closed) return;
    // Those who come or go meanwhile are for the next event.
    for (const listener of [...(this.#listeners.get(type) ?? [])])
      try {
        const promise: unknown = listener(event as never);
        if (promise instanceof Promise) promise.catch((error) => this.#failed(type, error));
      } catch (error) {
        this.#failed(type, error);
      }
  }

  #failed(type: string, error: unknown): void {
    this.#log.error("a listener failed", { event: type, error: errorText(error) });
  }
}

const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? String(error)) : String(error);

/** What a proxy tells while it runs: every line of its journal, by kind, and every stream that ended. */
import type { Broker, EndedStream } from "../broker/index.ts";
import { errorText, ifRejected } from "../foreign.ts";
import type { Log } from "../log.ts";
import type {
  ConfigureEvent,
  EngineGoneEvent,
  EngineSeenEvent,
  GrantEvent,
  JournalLine,
  LeaseEvent,
  ProvisionEvent,
  RejectEvent,
  SnapshotEvent,
  TransitionEvent,
} from "./records.ts";

/**
 * What there is to listen to, by name. The names are those of the journal's lines, so that what is heard here, stands in
 * the file and comes from `/api/v1/events` is the same.
 *
 * @example
 * ```ts
 * import { createProxy } from "aceslot";
 *
 * await using proxy = createProxy({ engines: ["127.0.0.1:6878"] });
 * proxy.on("reject", ({ content, code, message }) => console.warn(`${content}: ${code}: ${message}`));
 * proxy.on("transition", ({ engine, slot, from, to }) => console.log(`${engine}/${slot}: ${from} → ${to}`));
 * ```
 */
export interface ProxyEvents {
  /** A slot moved. */
  readonly transition: TransitionEvent;
  /** A stream got a slot. */
  readonly grant: GrantEvent;
  /** A request was refused, and why. */
  readonly reject: RejectEvent;
  /** A look at the pool: how many engines there are, and whose streams are on them. */
  readonly snapshot: SnapshotEvent;
  /** An engine is in the pool, or goes by another id or address. */
  readonly engine_seen: EngineSeenEvent;
  /** An engine is in the pool no more. */
  readonly engine_gone: EngineGoneEvent;
  /** A new engine was asked for, came, or did not. */
  readonly provision: ProvisionEvent;
  /** The cap changed. */
  readonly configure: ConfigureEvent;
  /** What became of a slot's lease in a shared store. */
  readonly lease: LeaseEvent;
  /** All of the above, each line as the journal has it. */
  readonly journal: JournalLine;
  /** A stream is over: why, on which engine, how much it sent. */
  readonly ended: EndedStream;
}

/** It may be asynchronous: nobody waits for it, and one that rejects is logged. */
export type Listener<Type extends keyof ProxyEvents> = (event: ProxyEvents[Type]) => unknown;

/** Those who listen to one proxy. Whoever throws is logged, and the others hear it all the same. */
export class Listeners {
  readonly #log: Log;
  readonly #listeners = new Map<string, Set<(event: never) => unknown>>();
  /** Each takes a listener off, and its signal's listener with it: the signal may live longer than the proxy. */
  readonly #offs = new Set<() => void>();
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
      this.#offs.delete(off);
      signal?.removeEventListener("abort", off);
    };
    signal?.addEventListener("abort", off, { once: true });
    this.#offs.add(off);
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
    for (const off of this.#offs) off();
  }

  #tell(type: string, event: unknown): void {
    if (this.#closed) return;
    // Those who come or go meanwhile are for the next event.
    for (const listener of [...(this.#listeners.get(type) ?? [])])
      try {
        ifRejected(listener(event as never), (error) => this.#failed(type, error));
      } catch (error) {
        this.#failed(type, error);
      }
  }

  #failed(type: string, error: unknown): void {
    this.#log.error("a listener failed", { event: type, error: errorText(error) });
  }
}

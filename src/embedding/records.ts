/** What the lines of the journal say, kind by kind. `test/types/` holds them to what the core and the broker write. */
import type { RejectCode, SlotState } from "../slots/index.ts";

/** What every line of the journal has. */
export interface Stamp {
  /** Rises by one with each line of this proxy. */
  readonly seq: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The proxy's name. */
  readonly proxy: string;
}

/** A slot moved: free → pending → active → released → free. The one kind of line without a `type`. */
export interface TransitionEvent extends Stamp {
  /** Not there: this tells it apart from the other lines. */
  readonly type?: never;
  /** The engine's id. */
  readonly engine: string;
  /** The slot's number, from 0. */
  readonly slot: number;
  /** Its state before. */
  readonly from: SlotState;
  /** Its state from now on. */
  readonly to: SlotState;
  /** The stream that it is, or was, for; null: one of a former life. */
  readonly stream: number | null;
  /** `id:<40 hex digits>` or `infohash:<40 hex digits>`; null: not known. */
  readonly content: string | null;
  /** Why, in words. */
  readonly cause: string;
}

/** A stream got a slot. */
export interface GrantEvent extends Stamp {
  /** Which kind of line it is. */
  readonly type: "grant";
  /** The engine's id. */
  readonly engine: string;
  /** The slot's number, from 0. */
  readonly slot: number;
  /** The run that begins in it; never used again in this proxy. */
  readonly session: number;
  /** The stream's number. */
  readonly stream: number;
  /** `id:<40 hex digits>` or `infohash:<40 hex digits>`. */
  readonly content: string;
  /** The engine's load, this stream included. */
  readonly load: number;
}

/** A request was refused. */
export interface RejectEvent extends Stamp {
  /** Which kind of line it is. */
  readonly type: "reject";
  /** The client's number. */
  readonly client: number;
  /** `id:<40 hex digits>` or `infohash:<40 hex digits>`. */
  readonly content: string;
  /** Why: the `code` of the error that the client got. */
  readonly code: RejectCode;
  /** Why, in words. */
  readonly message: string;
}

/** A look at the pool was taken in. */
export interface SnapshotEvent extends Stamp {
  /** Which kind of line it is. */
  readonly type: "snapshot";
  /** How many engines are listed. */
  readonly engines: number;
  /** Streams of others, by the engine's id; an engine that is not named has none. */
  readonly foreign: Readonly<Record<string, number>>;
  /** Engines that are known and were not listed. */
  readonly missing: readonly string[];
}

/** An engine is in the pool, or goes by another id or address. */
export interface EngineSeenEvent extends Stamp {
  /** Which kind of line it is. */
  readonly type: "engine_seen";
  /** The engine's id. */
  readonly engine: string;
  /** For people. */
  readonly name: string;
  /** `host:port`. */
  readonly address: string;
}

/** An engine is in the pool no more, and holds nothing. */
export interface EngineGoneEvent extends Stamp {
  /** Which kind of line it is. */
  readonly type: "engine_gone";
  /** The engine's id. */
  readonly engine: string;
}

/** A new engine was asked for, came, or did not. */
export interface ProvisionEvent extends Stamp {
  /** Which kind of line it is. */
  readonly type: "provision";
  /** What became of it. */
  readonly outcome: "asked" | "provisioned" | "failed";
  /** The engine's id, or why there is none, in words. */
  readonly detail: string;
}

/** The cap changed. */
export interface ConfigureEvent extends Stamp {
  /** Which kind of line it is. */
  readonly type: "configure";
  /** The cap that counts from here on. */
  readonly cap: number;
}

/** What became of a slot's lease in a shared store. */
export interface LeaseEvent extends Stamp {
  /** Which kind of line it is. */
  readonly type: "lease";
  /** `adopted`: another proxy's, which is no more; its session is being stopped here. */
  readonly outcome: "granted" | "refused" | "lost" | "released" | "adopted";
  /** `<instance>/<life>/<session>` of the proxy that it was granted to. */
  readonly lease: string;
  /** The engine's address as all proxies know it: `host:port`. */
  readonly place: string;
  /** The engine's id. */
  readonly engine: string;
  /** The slot's number; null: no slot is held for it. */
  readonly slot: number | null;
  /** The run that it is for; null: none. */
  readonly session: number | null;
  /** Of a grant: higher than those of all grants before it, in the whole store. */
  readonly fence: number | null;
  /** Why it was refused, lost or adopted, in words. */
  readonly message: string;
}

/** Any line of the journal, as the file has it. Told apart by `type`; a slot's move has none. */
export type JournalLine =
  | TransitionEvent
  | GrantEvent
  | RejectEvent
  | SnapshotEvent
  | EngineSeenEvent
  | EngineGoneEvent
  | ProvisionEvent
  | ConfigureEvent
  | LeaseEvent;

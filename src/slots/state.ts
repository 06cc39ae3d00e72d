/** The selector's state: immutable, comparable, and small enough to be explored. */
import type { SlotState } from "./slot.ts";
import type {
  Address,
  Blocked,
  Claim,
  ClientId,
  ContentKey,
  EngineId,
  Health,
  SessionId,
  SessionUrls,
  StreamId,
} from "./words.ts";

/** One run of a stream in one slot, from the reservation until there is proof that it is over. */
export interface Session {
  /** Its number, never used again. */
  readonly id: SessionId;
  /** The stream that it plays; null once the stream needs it no more. */
  readonly stream: StreamId | null;
  /** The stream that it was reserved for, for the journal. */
  readonly of: StreamId | null;
  /** Every name of what it plays. */
  readonly contents: readonly ContentKey[];
  /** `sent`: the engine has not answered the start; its answer is still wanted, whatever became of the stream. */
  readonly start: "sent" | "answered" | "failed";
  /** Where it is read, asked and stopped; null: the engine has not answered. */
  readonly urls: SessionUrls | null;
  /** The engine's own name for it; null: not answered. */
  readonly playbackSession: string | null;
  /** A broadcast, as the engine says; else it has an end. */
  readonly isLive: boolean;
  /** The engine's id in the report of its start, which its end must name as well; null: not reported. */
  readonly reportedTo: EngineId | null;
  /** The label of a former life; null: ours is made from the session's number. */
  readonly formerLabel: string | null;
  /** Its lease in a shared store, if that is not named by our label: it was another's. */
  readonly lease: string | null;
  /** A stop went unanswered: nobody should count on the slot soon. */
  readonly stopDelayed: boolean;
  /** Who gets the place when it is free: it was handed over by the same client. */
  readonly heir: StreamId | null;
  /** Why it ended, in words for the journal; "" while it goes on. */
  readonly endCause: string;
}

/** One of an engine's places. */
export interface Slot {
  /** Where it is on its way from free to free. */
  readonly state: SlotState;
  /** Null exactly when the slot is free. */
  readonly session: Session | null;
}

/** What is known of an engine when it is chosen: a ranking looks at nothing else. */
export interface RankedEngine {
  /** The container's id, else its `host:port`. */
  readonly id: EngineId;
  /** The container's name, else its `host:port`. */
  readonly name: string;
  /** Where it is reached. */
  readonly address: Address;
  /** The address as all proxies know it: `host:port`. */
  readonly place: string;
  /** What the pool's source says of it. */
  readonly health: Health;
  /** Has a forwarded port, so it finds peers faster. */
  readonly forwarded: boolean;
  /** Used only because the pool's source is down. */
  readonly fallback: boolean;
  /** When somebody last used it, as listed; ms since 1970. */
  readonly usedAtMs: number | null;
  /** Our own last grant there, as a running number; 0: none. */
  readonly turn: number;
  /** Faults in a row: the pause grows with them. */
  readonly faults: number;
  /** At least `cap` of them; more only while slots above a lowered cap are held. */
  readonly slots: readonly { readonly state: SlotState }[];
  /** Slots that are not free: the index that is asked instead of the slots. */
  readonly own: number;
  /** One entry per stream of somebody else: the content's key, or "" if not told. */
  readonly foreign: readonly ContentKey[];
  /** Slots that other proxies claim, where a store is shared. */
  readonly claims: readonly Claim[];
}

/** An engine with all that the selector keeps of it. */
export interface Engine extends RankedEngine {
  /** Other ids under which the same address is, or was, listed. */
  readonly aliases: readonly EngineId[];
  /** The id under which the pool's source knows it now: reports go there. */
  readonly listedAs: EngineId;
  /** Named by the last snapshot; one that is not gets nothing new, and keeps its slots. */
  readonly listed: boolean;
  /** On its way out, as the pool's source says: gets nothing new. */
  readonly draining: boolean;
  /** Set aside after a fault, or not yet ready; being probed. */
  readonly resting: boolean;
  /** Other proxies come first there for a moment. */
  readonly blocked: boolean;
  /** Its places, each with what it holds. */
  readonly slots: readonly Slot[];
}

/** Where a session runs. */
export interface Place {
  /** The engine's id. */
  readonly engine: EngineId;
  /** The slot's number, from 0. */
  readonly slot: number;
  /** What holds it. */
  readonly session: SessionId;
}

/** How far a stream has come. */
export type Phase =
  /** In the queue for a slot. */
  | "waiting"
  /** Has a slot; no media byte yet. */
  | "starting"
  | "playing";

/** One content that is played, or to be played, once for all its clients. */
export interface Stream {
  /** Its number. */
  readonly id: StreamId;
  /** The key that was asked for first; more as engines tell them. */
  readonly contents: readonly ContentKey[];
  /** Parameters that the engine gets as well, as a query; "" for none. */
  readonly variant: string;
  /** How far it has come. */
  readonly phase: Phase;
  /** Where it runs; null: it waits. */
  readonly place: Place | null;
  /** In the order of arrival. */
  readonly clients: readonly ClientId[];
  /** Clients are being served: it has played before, whatever it does now. */
  readonly live: boolean;
  /** No clients; kept for a while. Smaller numbers began to linger earlier. */
  readonly lingeringSince: number | null;
  /** Engines that failed it. */
  readonly tried: readonly EngineId[];
  /** How often an engine said that the content cannot be played. */
  readonly contentFaults: number;
  /** How often it has changed engines without playing for long. */
  readonly failovers: number;
  /** What went wrong last, in words; "": nothing. */
  readonly lastMessage: string;
}

/** One HTTP consumer of a stream. */
export interface Client {
  /** What it watches, or waits for. */
  readonly stream: StreamId;
  /** Tells players apart: address, User-Agent, token. */
  readonly who: string;
  /** It gets bytes; else it waits. */
  readonly served: boolean;
}

/** Whether a new engine is asked for. */
export type Provisioning =
  | { readonly phase: "impossible" }
  | { readonly phase: "idle" }
  /** Asked for one engine; `engine` is its id as soon as it is told. */
  | { readonly phase: "asked"; readonly engine: EngineId | null; readonly answered: boolean }
  /** Refused; not asked again before the timer. */
  | { readonly phase: "blocked"; readonly blocked: Blocked };

/** All that the selector knows: immutable, plain data. */
export interface State {
  /** The most streams an engine may carry. */
  readonly cap: number;
  /** Begins the label of every stream that this instance ever reported: `<instance>/`. */
  readonly instance: string;
  /** Begins the labels of this life: `<instance>/<life>/`. */
  readonly life: string;
  /** No grants from here on; everything is given back. */
  readonly draining: boolean;
  /** Everything has been given back. */
  readonly drained: boolean;
  /** The books have contradicted themselves: nothing is granted any more. */
  readonly halted: boolean;
  /** Every engine that is listed, or holds a slot of ours. */
  readonly engines: ReadonlyMap<EngineId, Engine>;
  /** Every stream that is not over. */
  readonly streams: ReadonlyMap<StreamId, Stream>;
  /** Every client that is not gone. */
  readonly clients: ReadonlyMap<ClientId, Client>;
  /** Held sessions: where each is. */
  readonly places: ReadonlyMap<SessionId, Place>;
  /** Waiting streams, oldest first: stream numbers rise, so this is sorted. */
  readonly queue: readonly StreamId[];
  /**
   * The engines' names of sessions of ours that are over, and of those that other proxies have leases for: a list that
   * shows them shows nobody else's load. Oldest first.
   */
  readonly past: readonly string[];
  /** Why the shared store grants nothing now; null: it does, or there is none. */
  readonly leaseTrouble: string | null;
  /** What other proxies claim, by place; engines that are not in the pool too. */
  readonly claims: ReadonlyMap<string, readonly Claim[]>;
  /** Whether a new engine is asked for. */
  readonly provisioning: Provisioning;
  /** The question of the newest snapshot taken in. */
  readonly asked: number;
  /** The number of the next stream. */
  readonly nextStream: StreamId;
  /** The number of the next session. */
  readonly nextSession: SessionId;
  /** The number of the last grant. */
  readonly turn: number;
}

/** An empty pool. `instance` and `life` are plain words without `/`. */
export function initialState(options: {
  readonly cap: number;
  readonly instance?: string;
  readonly life?: string;
  readonly provisioning?: boolean;
}): State {
  const instance = `${options.instance ?? "aceslot"}/`;
  return {
    cap: options.cap,
    instance,
    life: `${instance}${options.life ?? "0"}/`,
    draining: false,
    drained: false,
    halted: false,
    engines: new Map(),
    streams: new Map(),
    clients: new Map(),
    places: new Map(),
    queue: [],
    past: [],
    leaseTrouble: null,
    claims: new Map(),
    provisioning: { phase: options.provisioning ? "idle" : "impossible" },
    asked: 0,
    nextStream: 1,
    nextSession: 1,
    turn: 0,
  };
}

/**
 * Own slots that are not free + streams of others + slots that other proxies claim.
 *
 * @example
 * ```ts
 * import { createProxy, loadOf } from "aceslot";
 *
 * // The fullest engine first, so that the others can be shut down.
 * await using proxy = createProxy({ rank: (a, b) => loadOf(b) - loadOf(a) });
 * await proxy.ready;
 * ```
 */
export function loadOf(engine: RankedEngine): number {
  return engine.own + engine.foreign.length + engine.claims.length;
}

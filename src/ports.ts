/**
 * What the core's shell needs from outside, named by what it wants. Adapters (`engine/`, `orchestrator/`,
 * `stream/`, `broker/` for files) implement these; nothing else crosses the border.
 */
import type {
  Address,
  Blocked,
  Claimed,
  ClientId,
  ContentKey,
  Fault,
  FormerSession,
  JournalRecord,
  ListedEngine,
  ListedStream,
  SessionId,
  SessionUrls,
  Started,
  StreamId,
} from "./slots/index.ts";

/** Time and timers; monotonic, so that a clock that jumps ends no deadline. */
export interface Clock {
  /** Wall time, ms since 1970: for people and journals only. */
  now(): number;
  /** Monotonic milliseconds since some fixed moment. */
  monotonicMs(): number;
  /**
   * Calls `fire` once after `delayMs`; the answer takes the timer back. `what` says what is waited for: a clock
   * that lets a check choose which timer fires tells them apart by it.
   */
  after(delayMs: number, fire: () => void, what?: string): () => void;
}

export interface StartOrder {
  readonly address: Address;
  readonly content: ContentKey;
  /** Further parameters for the engine, as a query string without `?`; empty: none. */
  readonly variant: string;
}

/** What came of a start. A value, never an exception. */
export type StartOutcome =
  | { readonly kind: "started"; readonly answer: Started }
  | {
      readonly kind: "failed";
      readonly fault: Fault;
      /** `no`: the engine certainly carries nothing; `unknown`: it may. */
      readonly opened: "no" | "unknown";
      /** The engine's own words where it has any. */
      readonly message: string;
    };

export type StopOutcome =
  | { readonly kind: "confirmed"; readonly proof: "stop confirmed" | "unknown session" }
  | { readonly kind: "unconfirmed"; readonly message: string };

export type StatOutcome =
  | {
      readonly kind: "stat";
      readonly status: string;
      readonly peers: number;
      readonly downloadedBytes: number;
      readonly speedDownKBps: number;
      readonly speedUpKBps: number;
    }
  /** Proof that the session is over. */
  | { readonly kind: "gone" }
  | { readonly kind: "unavailable"; readonly message: string };

/** An AceStream engine. No method rejects; every call has a deadline and a size limit of its own. */
export interface EnginePort {
  /** Waits for the answer as long as `signal` lets it: an answer that comes late is wanted too. */
  start(order: StartOrder, signal: AbortSignal): Promise<StartOutcome>;
  /** One try to stop. */
  stop(urls: SessionUrls): Promise<StopOutcome>;
  stat(urls: SessionUrls): Promise<StatOutcome>;
  /** Whether the engine answers at all. */
  alive(address: Address): Promise<boolean>;
}

/** One look at the pool. */
export interface PoolView {
  /** Every engine there is. */
  readonly engines: readonly ListedEngine[];
  /** Every stream that plays on them, ours too. */
  readonly streams: readonly ListedStream[];
  /** Records that made no sense, each named with the reason; the rest serves. */
  readonly skipped: readonly string[];
}

/** What became of the wish for a new engine. */
export type ProvisionOutcome =
  /** `engine`: its id where the source tells it. */
  | { readonly kind: "provisioned"; readonly engine: string | null }
  | { readonly kind: "failed"; readonly blocked: Blocked };

/** Where engines come from: an orchestrator or a plain list. */
export interface PoolPort {
  /** Rejects with an error whose message a person can use when the source cannot be asked. */
  look(): Promise<PoolView>;
  /** Null: this source cannot start engines. */
  readonly provision: (() => Promise<ProvisionOutcome>) | null;
  /** Engines to use while the source is down; empty: none. */
  readonly fallback: readonly ListedEngine[];
  /** Which source this is, for people: `orchestrator http://… (generation 2)` or `3 engines`. */
  describe(): string;
}

export interface StartReport {
  /** Our name for the session: `<instance>/<life>/<session>`. */
  readonly label: string;
  readonly engine: string;
  readonly address: Address;
  readonly content: ContentKey;
  readonly answer: Started;
}

/** Tells the pool's source what we started and ended. Ordered per content, retried; nobody waits for it. */
export interface ReportPort {
  started(report: StartReport): void;
  /** `former`: the start was reported (and acknowledged, as far as known) in a former life. */
  ended(end: {
    readonly label: string;
    readonly engine: string;
    readonly content: ContentKey;
    readonly reason: string;
    readonly former: boolean;
  }): void;
  /** Resolves when all is delivered, or after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  readonly pending: number;
}

/** What the data plane tells the broker about a session that it reads. */
export interface SourceEvents {
  media(session: SessionId): void;
  progress(session: SessionId): void;
  steady(session: SessionId): void;
  ended(session: SessionId, fault: Fault, message: string): void;
}

/** What it tells of the clients that it serves as well. */
export interface StreamsEvents extends SourceEvents {
  /** The client, one that watches by HLS aside, takes its first media byte. */
  firstByte(client: ClientId): void;
  left(client: ClientId, reason: string): void;
}

/** What is known of a stream's bytes, and what its engine said last. */
export interface StreamNumbers {
  /** Media bytes from engines. */
  readonly bytesIn: number;
  /** Media bytes to clients. */
  readonly bytesOut: number;
  /** As the engine's statistics said last; null: they never said. */
  readonly peers: number | null;
  /** The engine's word for what it does: `prebuf`, `dl`… */
  readonly status: string | null;
  /** By the engine's own count. */
  readonly downloadedBytes: number | null;
  /** KB/s from peers, by the engine's own count. */
  readonly speedDownKBps: number | null;
  /** KB/s to peers, by the engine's own count. */
  readonly speedUpKBps: number | null;
}

/** The data plane: rings, readers and clients. It decides nothing about slots. */
export interface StreamsPort {
  /** Reads `urls` into the stream's ring; a former session of the stream is read no more. */
  play(order: {
    readonly stream: StreamId;
    readonly session: SessionId;
    readonly urls: SessionUrls;
    readonly isLive: boolean;
  }): void;
  /** A client's cursor goes on in another stream's ring. */
  move(client: ClientId, to: StreamId): void;
  /** Breaks a client's connection. */
  drop(client: ClientId, reason: string): void;
  /**
   * No more bytes for the stream: its reader ends. Clients that are left are broken off; if `clean`, they take what
   * the ring holds for them and end.
   */
  close(stream: StreamId, reason: string, clean?: boolean): void;
  /**
   * Bytes that the client has taken so far, and whether the ring holds bytes that it has not taken.
   * Null: the client is not being served.
   */
  taken(client: ClientId): { readonly bytes: number; readonly moreWaiting: boolean } | null;
  /** Null for a stream that has no session yet, or is over. */
  figures(stream: StreamId): StreamNumbers | null;
}

/** Where proxies that share a store claim the right to ask for a new engine: a place with one slot, and no engine. */
export const PROVISION_PLACE = "provision";

/** A slot that is to be claimed in a shared store. */
export interface ClaimOrder {
  /** Our label for the session. */
  readonly lease: string;
  /** The engine, by the address that all proxies know it by: `host:port`. */
  readonly place: string;
  readonly contents: readonly ContentKey[];
  /** What another proxy needs to stop the session if this one is no more. */
  readonly session: FormerSession;
  readonly cap: number;
  /** Other streams wait for a slot too. */
  readonly more: boolean;
  /** A lease of ours at that place that ends with the grant: its slot was handed over. It is given back in any case. */
  readonly instead: string | null;
}

export type ClaimOutcome =
  | { readonly kind: "granted"; readonly fence: number }
  /** `full`: the engine has no slot; `turn`: others come first; `down`: the store grants nothing, or cannot be asked. */
  | {
      readonly kind: "refused";
      readonly why: "full" | "content" | "turn" | "down";
      readonly message: string;
    };

/** What the leases tell the broker. */
export interface LeaseEvents {
  /** Why nothing is granted now; null: slots are granted. */
  trouble(why: string | null): void;
  /** What other proxies claim, at some places or, if `whole`, everywhere. */
  claims(whole: boolean, places: readonly Claimed[]): void;
  /** These leases are over, or will be in a moment. */
  lost(leases: readonly string[], why: string): void;
  /** Sessions of proxies that are no more, now ours to stop. */
  orphans(sessions: readonly FormerSession[]): void;
}

/** Who holds what in the shared store, and how far what we know may differ from it: for people. */
export interface LeaseView {
  /** Such as `redis://store:6379/0`; no secret in it. */
  readonly store: string;
  /** Our name there: `<instance>/<life>`. */
  readonly member: string;
  /** Why nothing is granted now; null: slots are granted. */
  readonly trouble: string | null;
  /** Until our leases end unless they are renewed, ms; 0: they have ended. */
  readonly validMs: number;
  /** From asking the store until its last answer, ms; null: it has never answered. */
  readonly roundTripMs: number | null;
  /** The highest fence that was seen. */
  readonly fence: number;
  readonly members: readonly { readonly member: string; readonly info: string }[];
  readonly leases: readonly {
    readonly lease: string;
    readonly owner: string;
    readonly place: string;
    readonly fence: number;
    readonly contents: readonly ContentKey[];
  }[];
  /** Proxies that wait for a slot, in the order of their turns. */
  readonly queue: readonly string[];
  /** Differences between what we hold and what the store says that we hold; empty: there are none. */
  readonly drift: readonly string[];
}

/**
 * Claims slots in a store that several proxies share. No method rejects or throws. A lease is held from a grant until
 * it is released or lost; whoever holds it may send to the engine, and nobody else may.
 */
export interface LeasePort {
  /** Joins the store, stays in it and tells what happens there. `former`: sessions of an earlier life, with places. */
  start(
    events: LeaseEvents,
    former: readonly { readonly lease: string; readonly place: string; readonly session: FormerSession }[],
  ): void;
  /** One round trip. A slow store delays the answer; one that does not answer refuses. */
  claim(order: ClaimOrder): Promise<ClaimOutcome>;
  /** May anything be sent for it at this moment? To be asked right before each send. */
  isHeld(lease: string): boolean;
  /** More is known of the session of a held lease: its URLs, further names of its content. */
  note(lease: string, contents: readonly ContentKey[], session: FormerSession): void;
  /** The slot is free, with proof. Told to the store as soon as it can be. */
  release(lease: string): void;
  /** Do streams wait for a slot? */
  waiting(yes: boolean): void;
  /** No more orphans are taken over. */
  drain(): void;
  readonly view: LeaseView;
  /** Leaves the store: what is still held is for others to stop. */
  close(): Promise<void>;
}

/** Where journal lines go. Never throws; failures are counted and told once. */
export interface JournalPort {
  /** Whether lines go anywhere now. */
  readonly isOpen: boolean;
  append(line: string): void;
  flush(): Promise<void>;
  /** Lines that could not be written. */
  readonly linesLost: number;
  /** Lines that wait for the disk; left out: none ever does. */
  readonly linesPending?: number;
}

export type { JournalRecord };

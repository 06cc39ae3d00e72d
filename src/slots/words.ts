/** The core's nouns: identities and what is known of engines and contents. Data only. */

/** An engine: its container id, else its `host:port`. */
export type EngineId = string;
/** One content played for its clients, however many engines it passes through. */
export type StreamId = number;
/** One run of a stream in one slot. Never used again: a late answer of an earlier run finds nobody. */
export type SessionId = number;
/** One HTTP consumer, from its request to its end. */
export type ClientId = number;

/** `id:<40 hex>` or `infohash:<40 hex>`, lower case. Two keys may turn out to name one content. */
export type ContentKey = string;

/** How an engine is reached: scheme, host (IPv6 without brackets) and port. */
export interface Address {
  /** Engines speak plain HTTP; what stands in front of one may not. */
  readonly scheme: "http" | "https";
  /** A name or an address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Where a session is read, asked and stopped: absolute URLs on the engine's own address. */
export interface SessionUrls {
  /** The endless MPEG-TS body. */
  readonly playback: string;
  /** Asks how the session is. */
  readonly stat: string;
  /** Ends it, with `?method=stop`. */
  readonly command: string;
}

/** What the engine said when a start succeeded. */
export interface Started {
  /** Where the session is read, asked and stopped. */
  readonly urls: SessionUrls;
  /** The torrent's hash, the one name that a content has whatever it was asked by; null if not told. */
  readonly infohash: string | null;
  /** The engine's own name for the session: how the orchestrator's list shows it. */
  readonly playbackSession: string;
  /** A broadcast, as the engine says; else it has an end. */
  readonly isLive: boolean;
}

/** What the pool's source says of an engine. */
export type Health = "healthy" | "unknown" | "unhealthy";

/** An engine as the pool's source lists it. */
export interface ListedEngine {
  /** As it is called there. */
  readonly id: EngineId;
  /** For people. */
  readonly name: string;
  /** Where it is reached. */
  readonly address: Address;
  /** What the source says of it. */
  readonly health: Health;
  /** On its way out: gets nothing new. */
  readonly draining: boolean;
  /** Has a forwarded port, so it finds peers faster. */
  readonly forwarded: boolean;
  /** When anybody last started a stream there, ms since 1970; null: never or not told. */
  readonly usedAtMs: number | null;
}

/** A started stream as the pool's source lists it. */
export interface ListedStream {
  /** Where it runs. */
  readonly engine: EngineId;
  /** Keys under which its content is known; empty if the list does not tell. */
  readonly contents: readonly ContentKey[];
  /** The engine's own name for the session; null: not told. */
  readonly playbackSession: string | null;
  /** The label that whoever reported it gave it; ours begin with our instance's name. */
  readonly label: string | null;
  /** Where it is asked and stopped; null: not told. */
  readonly urls: SessionUrls | null;
}

/**
 * Whose a listed stream is: of one that is counted as it is, or over (this life's, or of a proxy that shares our store
 * of leases), an earlier life's that nothing is known of, or somebody else's.
 */
export type Owner = "known" | "former" | "foreign";

/** Why nothing can be provisioned at present. */
export interface Blocked {
  /** One of the orchestrator's words, such as `vpn_disconnected`. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** When trying again makes sense, in seconds; null: not told. */
  readonly retryAfterSeconds: number | null;
}

/** A session of a former life: it may still run, and counts until there is proof that it does not. */
export interface FormerSession {
  /** Where it ran, as it was called then. */
  readonly engine: EngineId;
  /** The engine's name, for people. */
  readonly name: string;
  /** Where the engine is reached. */
  readonly address: Address;
  /** Every name of what it played. */
  readonly contents: readonly ContentKey[];
  /** Null: the life ended before the engine answered. */
  readonly urls: SessionUrls | null;
  /** The engine's own name for the session; null: not known. */
  readonly playbackSession: string | null;
  /** The label under which its start was reported, if it was. */
  readonly reportedAs: string | null;
  /** The lease that it is known by in a shared store, where there is one. */
  readonly lease?: string | null;
}

/** A slot that another proxy claims: its lease's name, and every name of the content that it is for. */
export interface Claim {
  /** The lease's name in the store. */
  readonly lease: string;
  /** Every name of the content. */
  readonly contents: readonly ContentKey[];
  /** The engine's own name for the session, as lists show it; null: it has not answered yet, or that is not known. */
  readonly playbackSession?: string | null;
}

/** What other proxies claim at one place. */
export interface Claimed {
  /** `host:port`. */
  readonly place: string;
  /** One for each slot that another proxy claims there. */
  readonly claims: readonly Claim[];
  /** Others come first there for a moment: nothing new goes to it. */
  readonly blocked: boolean;
}

/**
 * Everything that can happen (events), everything that the core may ask for (effects) and everything
 * that it writes down (records). All of it is plain data.
 */
import type { SlotState } from "./slot.ts";
import type {
  Address,
  Blocked,
  Claimed,
  ClientId,
  ContentKey,
  EngineId,
  FormerSession,
  ListedEngine,
  ListedStream,
  SessionId,
  SessionUrls,
  Started,
  StreamId,
} from "./words.ts";

/**
 * Whose fault a failed run was. `engine`: another engine may do better, and this one is set aside.
 * `content`: the engine says that the content cannot be played. `timeout`: no answer, or no progress.
 * `over`: nobody's; the content has an end, and it was reached.
 */
export type Fault = "engine" | "content" | "timeout" | "over";

/** A clock outside the core; the core names what it waits for, the shell knows how long that is. */
export type Timer =
  /** `resumed`: goes on with what was left of it, as if it had not been disarmed. */
  | { readonly kind: "queue"; readonly client: ClientId; readonly resumed?: true }
  | { readonly kind: "linger"; readonly stream: StreamId }
  | { readonly kind: "start"; readonly session: SessionId }
  | { readonly kind: "release"; readonly session: SessionId }
  | { readonly kind: "stall"; readonly stream: StreamId }
  | { readonly kind: "provision" };

/**
 * Everything that can happen to the selector. `client`, `session` and `stream` are numbers that it, or the caller,
 * gave.
 */
export type SelectorEvent =
  /** A client asks for a content. `who` tells players apart for the hand-over: address, User-Agent, token. */
  | {
      readonly type: "request";
      readonly client: ClientId;
      readonly content: ContentKey;
      /** Parameters that the engine gets as well; a different variant is a different stream. */
      readonly variant: string;
      readonly who: string;
    }
  /** A client is gone, at whatever moment. */
  | { readonly type: "leave"; readonly client: ClientId }
  /** The engine began the playback. */
  | { readonly type: "started"; readonly session: SessionId; readonly answer: Started }
  /** The start failed. `opened`: whether the engine may carry the session all the same. */
  | {
      readonly type: "startFailed";
      readonly session: SessionId;
      readonly fault: Fault;
      readonly opened: "no" | "unknown";
      readonly message: string;
    }
  /** The first real media byte of a session is here. */
  | { readonly type: "media"; readonly session: SessionId }
  /** A session that plays no media yet gets on (peers, bytes): its start time-out begins anew. */
  | { readonly type: "progress"; readonly session: SessionId }
  /** A session has played long enough for its stream to have earned its fail-overs back. */
  | { readonly type: "steady"; readonly session: SessionId }
  /** The bytes of a session ended or will not come. */
  | {
      readonly type: "sourceEnded";
      readonly session: SessionId;
      readonly fault: Fault;
      readonly message: string;
    }
  /** Proof that the engine let go of a session. */
  | {
      readonly type: "stopConfirmed";
      readonly session: SessionId;
      readonly proof: "stop confirmed" | "unknown session";
    }
  /** A stop, or a start that is to be stopped, goes unanswered: nobody should count on that slot soon. */
  | { readonly type: "stopDelayed"; readonly session: SessionId }
  /** The pool as its source showed it. `asked` numbers the question, so that answers cannot overtake. */
  | {
      readonly type: "snapshot";
      readonly asked: number;
      readonly engines: readonly ListedEngine[];
      readonly streams: readonly ListedStream[];
    }
  /** The pool's source is down: these engines may be used besides the known ones. */
  | { readonly type: "fallback"; readonly engines: readonly ListedEngine[] }
  /** An engine that was set aside answers again. */
  | { readonly type: "recovered"; readonly engine: EngineId }
  /** The source has started a new engine; `engine` is null where it does not tell which. */
  | { readonly type: "provisioned"; readonly engine: EngineId | null }
  | { readonly type: "provisionFailed"; readonly blocked: Blocked }
  /** While `rival` waited, `client` took no byte although there were some: it has zapped. */
  | { readonly type: "idle"; readonly client: ClientId; readonly rival: ClientId }
  | { readonly type: "timer"; readonly timer: Timer }
  /** Sessions of a former life, once, before anything else; or of another proxy that is no more. */
  | { readonly type: "recover"; readonly sessions: readonly FormerSession[] }
  /**
   * What other proxies claim, as the shared store knows it: at these places (`host:port`), or, if `whole`, at all
   * places there are.
   */
  | {
      readonly type: "claims";
      readonly whole: boolean;
      readonly places: readonly Claimed[];
    }
  /** The shared store cannot be asked, and why: no grants until it can; null: it can. */
  | { readonly type: "leasing"; readonly trouble: string | null }
  /** The shared store did not grant a slot. Nothing has left for the engine. */
  | { readonly type: "leaseRefused"; readonly session: SessionId; readonly message: string }
  /** Leases are over, or soon will be: nothing may be sent for them any more but stops. */
  | { readonly type: "leasesLost"; readonly sessions: readonly SessionId[]; readonly message: string }
  | { readonly type: "configure"; readonly cap: number; readonly provisioning: boolean }
  /** Somebody ends a stream by hand. */
  | { readonly type: "end"; readonly stream: StreamId; readonly reason: string }
  /** No grants from here on; everything is given back. */
  | { readonly type: "drain" };

/** Why a client gets no stream: the `code` of the error that it is told. */
export type RejectCode =
  | "no_capacity"
  | "provisioning_blocked"
  | "draining"
  | "engine_error"
  | "engine_timeout"
  /** By hand. */
  | "ended";

/** Everything that the selector may ask for: whoever calls it carries it out, in order. */
export type Effect =
  | {
      readonly type: "start";
      readonly session: SessionId;
      readonly stream: StreamId;
      readonly engine: EngineId;
      readonly address: Address;
      readonly content: ContentKey;
      readonly variant: string;
      /** The session whose place was handed over to it, settled in this step; null: none. */
      readonly instead: SessionId | null;
    }
  /** Read the session's bytes into the stream's ring (instead of a former session's). */
  | {
      readonly type: "play";
      readonly stream: StreamId;
      readonly session: SessionId;
      readonly engine: EngineId;
      readonly urls: SessionUrls;
      readonly isLive: boolean;
    }
  /** Stop the session, again and again, until there is proof; `settled` ends it. */
  | {
      readonly type: "stop";
      readonly session: SessionId;
      readonly engine: EngineId;
      readonly urls: SessionUrls;
    }
  /** The session holds its slot no more: nothing of it is waited for. */
  | {
      readonly type: "settled";
      readonly session: SessionId;
      /** The lease that it was known by, if that is not our own label. */
      readonly lease: string | null;
    }
  | { readonly type: "serve"; readonly client: ClientId; readonly stream: StreamId }
  /** A client that is being served goes on with another stream of the same content. */
  | { readonly type: "move"; readonly client: ClientId; readonly stream: StreamId }
  | {
      readonly type: "reject";
      readonly client: ClientId;
      readonly code: RejectCode;
      readonly message: string;
      readonly retryAfterSeconds: number | null;
    }
  /** Break the connection of a client that is being served: never a clean end. */
  | { readonly type: "drop"; readonly client: ClientId; readonly reason: string }
  /** The stream is over. `clean`: so is its content; its clients may take what is left, and are not broken off. */
  | { readonly type: "close"; readonly stream: StreamId; readonly reason: string; readonly clean: boolean }
  | {
      readonly type: "reportStarted";
      readonly session: SessionId;
      /** The id under which the pool's source knows the engine. */
      readonly engine: EngineId;
      readonly address: Address;
      readonly content: ContentKey;
      readonly answer: Started;
    }
  | {
      readonly type: "reportEnded";
      readonly session: SessionId;
      readonly engine: EngineId;
      readonly content: ContentKey;
      readonly label: string | null;
      readonly reason: string;
    }
  | { readonly type: "refresh" }
  | { readonly type: "provision" }
  /** Ask the engine, after a pause that grows with `faults`, until it answers; then `recovered`. */
  | { readonly type: "probe"; readonly engine: EngineId; readonly address: Address; readonly faults: number }
  /** See whether `client` takes a byte, for as long as `rival` waits. Told when a pair comes about; again if it does so anew. */
  | { readonly type: "watch"; readonly client: ClientId; readonly rival: ClientId }
  | { readonly type: "arm"; readonly timer: Timer }
  | { readonly type: "disarm"; readonly timer: Timer }
  | { readonly type: "drained" };

/** The journal's lines, without number, time and proxy, which the shell adds. */
export type JournalRecord =
  | {
      readonly engine: EngineId;
      readonly slot: number;
      readonly from: SlotState;
      readonly to: SlotState;
      readonly stream: StreamId | null;
      readonly content: ContentKey | null;
      readonly cause: string;
    }
  | {
      readonly type: "engine_seen";
      readonly engine: EngineId;
      readonly name: string;
      readonly address: string;
    }
  | { readonly type: "engine_gone"; readonly engine: EngineId }
  /** `foreign`: streams of others by engine; an engine that is not named has none. */
  | {
      readonly type: "snapshot";
      readonly engines: number;
      readonly foreign: Readonly<Record<EngineId, number>>;
      readonly missing: readonly EngineId[];
    }
  | {
      readonly type: "grant";
      readonly engine: EngineId;
      readonly slot: number;
      readonly session: SessionId;
      readonly stream: StreamId;
      readonly content: ContentKey;
      readonly load: number;
    }
  | {
      readonly type: "reject";
      readonly client: ClientId;
      readonly content: ContentKey;
      readonly code: RejectCode;
      readonly message: string;
    }
  | {
      readonly type: "provision";
      readonly outcome: "asked" | "provisioned" | "failed";
      readonly detail: string;
    }
  | { readonly type: "configure"; readonly cap: number };

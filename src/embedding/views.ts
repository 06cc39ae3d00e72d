/** What a proxy shows of itself: the same as `/api/v1/…` answers, as plain objects. A test holds both equal. */

/** A slot of an engine. */
export interface SlotView {
  /** Its number, from 0. */
  slot: number;
  /** `released` is still held: the engine has not proved yet that it let go. */
  state: "free" | "pending" | "active" | "released";
  /** How long it has been in this state, ms; null: since before this proxy knew it. */
  forMs: number | null;
  /** The stream's number; null: none, or its stream needs it no more. */
  stream: number | null;
  /** `id:<40 hex digits>` or `infohash:<40 hex digits>`. */
  content: string | null;
}

/** A slot that another proxy claims in the shared store. */
export interface ClaimView {
  /** `<instance>/<life>/<session>` of the proxy that holds it. */
  lease: string;
  /** Every name of what it plays there. */
  contents: string[];
}

/** An engine and its slots. */
export interface EngineView {
  /** Its container id, else its host:port. */
  id: string;
  /** For people. */
  name: string;
  /** `host:port`. */
  address: string;
  /** As the engine tells it; null: it has not been asked yet, or does not tell. */
  version: string | null;
  /** Named by the pool's source the last time; one that is not gets nothing new. */
  listed: boolean;
  /** As the pool's source tells it. */
  health: "healthy" | "unknown" | "unhealthy";
  /** On its way out: gets nothing new. */
  draining: boolean;
  /** Has a forwarded port, and so finds peers faster. */
  forwarded: boolean;
  /** Set aside after a fault, or not ready yet, until it answers. */
  resting: boolean;
  /** Faults in a row. */
  faults: number;
  /** The most streams it may carry. */
  cap: number;
  /** Own slots that are not free, streams of others, and claims of other proxies. */
  load: number;
  /** Streams of others on it. */
  foreign: number;
  /** Slots that other proxies claim there, where a store is shared. */
  claims: ClaimView[];
  /** At least `cap`; more only while slots above a lowered cap are held. */
  slots: SlotView[];
}

/** What is counted for a stream, and what its engine said last. */
export interface FiguresView {
  /** Media bytes from engines. */
  bytesIn: number;
  /** Media bytes to clients. */
  bytesOut: number;
  /** Bytes that are kept for clients. */
  bufferedBytes: number;
  /** What is kept, by the program's own clock, ms; null: not known. */
  bufferedMs: number | null;
  /** By the program's own clock; null: not known yet. */
  bitsPerSecond: number | null;
  /** Packets that are missing, by their counters. */
  continuityErrors: number;
  /** Times that the packets' beat was lost. */
  resyncs: number;
  /** Bytes that belonged to no packet. */
  discardedBytes: number;
  /** Packets that say themselves that they are damaged. */
  transportErrors: number;
  /** Packets that cannot be looked into. */
  scrambledPackets: number;
  /** Times that a client was too slow and was moved forward. */
  skips: number;
  /** Times that the engine was kept waiting for a client. */
  holds: number;
  /** Null packets that stood in for bytes while there were none. */
  fillerPackets: number;
  /** As the engine's statistics said last; null: they never said. */
  peers: number | null;
  /** The engine's word for what it does: `prebuf`, `dl`… */
  status: string | null;
  /** By the engine's own count. */
  downloadedBytes: number | null;
  /** KB/s from peers, by the engine's own count. */
  speedDownKBps: number | null;
  /** KB/s to peers, by the engine's own count. */
  speedUpKBps: number | null;
}

/** A stream that waits for a slot, starts or plays. */
export interface StreamView extends FiguresView {
  /** Its number; not used again in this proxy. */
  id: number;
  /** What was asked for, then further names of the same content. */
  contents: string[];
  /** Parameters that the engine got as well, as a query; empty: none. */
  variant: string;
  /** In the queue; has a slot, but no media yet; media comes. */
  phase: "waiting" | "starting" | "playing";
  /** When it was first asked for, RFC 3339, UTC; null: not known. */
  startedAt: string | null;
  /** Since then, ms. */
  ageMs: number | null;
  /** It has no clients, and is kept for a while. */
  lingering: boolean;
  /** How long it has had none, ms; null: it has clients. */
  lingeringMs: number | null;
  /** The engine's id; null: it has none yet. */
  engine: string | null;
  /** That engine's name; null: none, or it is gone. */
  engineName: string | null;
  /** Its slot's number. */
  slot: number | null;
  /** Clients, those that wait among them. */
  clients: number;
  /** Times that it went to another engine; a long play earns them back. */
  failovers: number;
}

/** A stream that is over. */
export interface EndedView {
  /** Its number. */
  stream: number;
  /** Every name of what was played. */
  contents: string[];
  /** The engine that it was on last; null: none. */
  engine: string | null;
  /** That engine's name; null: none, or it is gone. */
  engineName: string | null;
  /** When it was first asked for, RFC 3339, UTC. */
  startedAt: string | null;
  /** When it ended. */
  at: string;
  /** Why, in words. */
  reason: string;
  /** Clients had media of it. */
  played: boolean;
  /** What was counted in all; null: no session had begun. */
  last: FiguresView | null;
}

/** One who watches, or waits to. */
export interface ClientView {
  /** Its number; not used again in this proxy. */
  id: number;
  /** Its stream's number. */
  stream: number;
  /** What it asked for: `id:<40 hex digits>` or `infohash:<40 hex digits>`; null: its stream is gone. */
  content: string | null;
  /** It gets its stream; false: it waits for it. */
  served: boolean;
  /** One endless answer, or a playlist with segments; null: it is not being served. */
  kind: "ts" | "hls" | null;
  /** Its address; behind a trusted proxy the one that this proxy tells; empty: nothing tells it. */
  address: string;
  /** Its User-Agent, cut short, control characters replaced; it may hold anything else. */
  agent: string;
  /** When it asked, RFC 3339, UTC. */
  since: string | null;
  /** Since then, ms. */
  ageMs: number | null;
  /** How long it has waited for a slot, ms; null: it does not wait for one. */
  waitedMs: number | null;
  /** Bytes that it has taken. */
  bytes: number;
  /** What it has not taken of what is kept; null: it is not being served. */
  behindBytes: number | null;
  /** The same by the program's own clock, ms; null: not known. */
  behindMs: number | null;
}

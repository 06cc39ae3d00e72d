/**
 * The data plane: one ring per stream, written by one reader, read by cursors. It is told what to play and for
 * whom; it decides nothing about slots. The broker leads it through `StreamsPort`, `http/` takes bodies from it.
 */
import type { Log } from "../log.ts";
import type { Clock, EnginePort, StreamsEvents, StreamsPort } from "../ports.ts";
import type { ClientId, StreamId } from "../slots/index.ts";
import { Client } from "./client.ts";
import { type StreamsHeld, streamsHeld } from "./held.ts";
import { HlsClient, type HlsSession } from "./hls/client.ts";
import { CLIENT_CHECK_MS, DROPPED_MAX, HLS_SESSIONS_MAX } from "./limits.ts";
import { Playing, type StreamFigures, type Watcher } from "./playing.ts";
import type { Ring } from "./ring.ts";
import { bestSink } from "./sinks/best-sink.ts";
import type { BreakOff, ClientSink } from "./sinks/sink.ts";

/** Read at each use and never copied: fields may be getters, so that a reload is felt by what already plays. */
export interface StreamsOptions {
  /** Most bytes of each stream's ring. */
  readonly bufferBytes: number;
  /** Silence without progress after which a session that has played is over. */
  readonly stallTimeoutMs: number;
  /** A client that takes no byte for so long, although there are some, is dropped. */
  readonly clientTimeoutMs: number;
  /** The same for one that watches by HLS and asks for nothing; null: as above. */
  readonly hlsTimeoutMs?: number | null;
  readonly engine: Pick<EnginePort, "stat">;
  readonly clock: Clock;
  readonly events: StreamsEvents;
  readonly log: Log;
  /** Deliveries to clients lie at least so far apart; default: `DELIVERY_MS`. */
  readonly deliveryMs?: number;
  /** How bytes leave this runtime; default: the best that there is. */
  readonly sink?: ClientSink;
}

export interface Streams extends StreamsPort {
  /** The client's bytes; taking the body makes the client a reader of the stream. `breakOff`: see `ClientSink`. */
  body(client: ClientId, stream: StreamId, breakOff?: BreakOff): ReadableStream<Uint8Array>;
  /** Makes the client one that watches by HLS. `viewer`: who it is, and what is watched; `mark`: begins its name. */
  openHls(client: ClientId, stream: StreamId, viewer: string, mark?: string): HlsSession | HlsRefusal;
  /** Null: there is no session of this name any more. */
  hls(name: string): HlsSession | null;
  /** Clients that watch by HLS. */
  readonly hlsSessions: number;
  /** The viewer's session; null: it has none, or none any more. */
  hlsOf(viewer: string): HlsSession | null;
  /** Null for a stream that has no session yet, or is over. */
  figures(stream: StreamId): StreamFigures | null;
  /** How a client keeps up; null: it is not being served. */
  watching(client: ClientId): Watching | null;
  /** What is held now; nothing of it may outlive what it is for. */
  readonly held: StreamsHeld;
  /** Ends everything. */
  shutDown(): void;
}

/** How a client watches, for people to see. */
export interface Watching {
  /** Over one connection, or segment by segment. */
  readonly kind: "ts" | "hls";
  /** Media bytes that it has taken. */
  readonly bytes: number;
  /** What the ring holds that it has not taken. */
  readonly behindBytes: number;
  /** The same by the program's own clock; null: not known. */
  readonly behindMs: number | null;
}

/** Why there is no session. */
export interface HlsRefusal {
  readonly code: "no_capacity" | "engine_error";
  readonly message: string;
}

export type { StreamsHeld } from "./held.ts";
export type { HlsSession } from "./hls/client.ts";
export type { StreamFigures } from "./playing.ts";

export function createStreams(options: StreamsOptions): Streams {
  const { clock, events, log } = options;
  const openSink = options.sink ?? bestSink;
  const playing = new Map<StreamId, Playing>();
  const homes = new Map<ClientId, { readonly client: Watcher; home: Playing }>();
  const sessions = new Map<string, { readonly client: HlsClient; readonly viewer: string }>();
  const viewers = new Map<string, HlsClient>();
  /** Dropped before they came for their bytes. */
  const dropped = new Map<ClientId, string>();

  function streamOf(id: StreamId): Playing {
    const known = playing.get(id);
    if (known) return known;
    const fresh = new Playing(options);
    playing.set(id, fresh);
    return fresh;
  }

  function remove(id: ClientId): Watcher | null {
    const at = homes.get(id);
    if (!at) return null;
    homes.delete(id);
    at.home.clients.delete(at.client);
    at.client.leave();
    if (at.client instanceof HlsClient) forget(at.client);
    return at.client;
  }

  function forget(client: HlsClient): void {
    const viewer = sessions.get(client.name)?.viewer ?? "";
    sessions.delete(client.name);
    if (viewers.get(viewer) === client) viewers.delete(viewer);
  }

  function leave(id: ClientId, reason: string): void {
    if (remove(id)) events.left(id, reason);
  }

  /** Why a client that comes for its stream gets none of it, in which case it is gone; null: it may have it. */
  function refusal(id: ClientId, stream: Playing | undefined): string | null {
    const reason = dropped.get(id) ?? (stream ? null : "the stream is over");
    dropped.delete(id);
    if (reason !== null) events.left(id, reason);
    return reason;
  }

  function settle(client: Watcher, stream: Playing): void {
    stream.clients.add(client);
    homes.set(client.id, { client, home: stream });
  }

  let cancelCheck = clock.after(CLIENT_CHECK_MS, check);
  function check(): void {
    // Before anything that could fail: without it no client would ever be dropped again.
    cancelCheck = clock.after(CLIENT_CHECK_MS, check);
    const nowMs = clock.monotonicMs();
    for (const [id, { client }] of homes) {
      if (client.idleMs(nowMs) < client.patienceMs) continue;
      log.info("client dropped: it takes nothing", { client: id });
      client.sink?.break("no byte was taken for too long");
      leave(id, "takes nothing");
    }
    for (const { client } of sessions.values()) client.breakStuck(nowMs, options.clientTimeoutMs);
    for (const { filler } of playing.values()) filler.fill(nowMs);
  }

  function close(id: StreamId, reason: string, clean = false): void {
    const stream = playing.get(id);
    if (!stream) return;
    playing.delete(id);
    stream.close();
    for (const client of [...stream.clients]) {
      if (clean) {
        client.finish();
        continue;
      }
      remove(client.id);
      client.sink?.break(reason);
    }
  }

  return {
    play: ({ stream, ...order }) => streamOf(stream).play(order),
    body(id, streamId, breakOff) {
      const stream = playing.get(streamId);
      const broken = refusal(id, stream);
      if (stream === undefined || broken !== null) {
        const sink = openSink({ take: () => null, whenReady() {}, gone() {} }, breakOff);
        sink.break(broken ?? "");
        return sink.body;
      }
      const client = new Client(id, stream.fanout, () => options.clientTimeoutMs, {
        firstByte: () => events.firstByte(id),
        gone: (reason) => leave(id, reason),
      });
      client.sink = openSink(client, breakOff);
      settle(client, stream);
      return client.sink.body;
    },
    openHls(id, streamId, viewer, mark) {
      const stream = playing.get(streamId);
      const broken = refusal(id, stream);
      if (stream === undefined || broken !== null) return { code: "engine_error", message: broken ?? "" };
      const count = [...stream.clients].filter((other) => other instanceof HlsClient).length;
      if (count >= HLS_SESSIONS_MAX) {
        const message = "too many watch this stream by HLS";
        events.left(id, message);
        return { code: "no_capacity", message };
      }
      const silenceMs = () => options.hlsTimeoutMs ?? options.clientTimeoutMs;
      const gone = (reason: string): void => leave(id, reason);
      const client = new HlsClient(id, stream.fanout, clock, silenceMs, gone, mark);
      settle(client, stream);
      sessions.set(client.name, { client, viewer });
      viewers.set(viewer, client);
      return client;
    },
    hls: (name) => sessions.get(name)?.client ?? null,
    get hlsSessions() {
      return sessions.size;
    },
    hlsOf(viewer) {
      const session = viewers.get(viewer);
      // Who asks again, although there will be nothing more, wants it from its beginning.
      return session === undefined || session.isToldOver ? null : session;
    },
    move(id, to) {
      const at = homes.get(id);
      if (!at) return;
      const home = streamOf(to);
      at.home.clients.delete(at.client);
      home.clients.add(at.client);
      at.home = home;
      at.client.moveTo(home.fanout);
    },
    drop(id, reason) {
      const client = remove(id);
      if (client) {
        client.sink?.break(reason);
        return;
      }
      dropped.set(id, reason);
      const [oldest] = dropped.keys();
      if (dropped.size > DROPPED_MAX && oldest !== undefined) dropped.delete(oldest);
    },
    close,
    taken(id) {
      const client = homes.get(id)?.client;
      return client ? { bytes: client.bytesTaken, moreWaiting: client.hasMore } : null;
    },
    figures: (id) => playing.get(id)?.figures ?? null,
    watching(id) {
      const at = homes.get(id);
      return at ? watchingOf(at.client, at.home.fanout.ring) : null;
    },
    get held() {
      return streamsHeld({
        playing: playing.values(),
        clients: [...homes.values()].map(({ client }) => client),
        names: sessions.size,
        viewers: viewers.size,
        dropped: dropped.size,
      });
    },
    shutDown() {
      cancelCheck();
      for (const id of [...playing.keys()]) close(id, "shutdown");
      // Those who were still taking the end of a content.
      for (const id of [...homes.keys()]) remove(id)?.sink?.break("shutdown");
    },
  };
}

function watchingOf(client: Watcher, ring: Ring): Watching {
  const position = Math.max(client.position, ring.start);
  const fromMs = ring.mediaMsAt(position);
  const toMs = ring.mediaMsAt(ring.end);
  return {
    kind: client instanceof HlsClient ? "hls" : "ts",
    bytes: client.mediaBytes,
    behindBytes: ring.end - position,
    behindMs: fromMs === null || toMs === null ? null : Math.max(0, Math.round(toMs - fromMs)),
  };
}

/**
 * The data plane: one ring per stream, written by one reader, read by cursors. It is told what to play and for
 * whom; it decides nothing about slots. The broker leads it through `StreamsPort`, `http/` takes bodies from it.
 */
import type { Log } from "../log.ts";
import type { Clock, EnginePort, SourceEvents, StreamsPort } from "../ports.ts";
import type { ClientId, StreamId } from "../slots/index.ts";
import { Client } from "./client.ts";
import { Fanout } from "./fanout.ts";
import { Filler } from "./filler.ts";
import { foreignWords } from "./framing.ts";
import { HlsClient, type HlsSession } from "./hls.ts";
import { Intake } from "./intake.ts";
import { CLIENT_CHECK_MS, DROPPED_MAX, SEAM_KEPT_BYTES_MAX, SEAM_TAIL_BYTES } from "./limits.ts";
import { Reader, type Stat } from "./reader.ts";
import type { Ring } from "./ring.ts";
import { Former, Seam } from "./seam.ts";
import type { ClientSink } from "./sink.ts";
import { bunSink, isBun } from "./sink-bun.ts";
import { webSink } from "./sink-web.ts";
import { Steadiness } from "./steadiness.ts";
import { SourceError } from "./upstream.ts";

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
  readonly events: SourceEvents & { left(client: ClientId, reason: string): void };
  readonly log: Log;
  /** Deliveries to clients lie at least so far apart; default: `DELIVERY_MS`. */
  readonly deliveryMs?: number;
  /** How bytes leave this runtime; default: the best that there is. */
  readonly sink?: ClientSink;
}

/** What is counted for one stream. */
export interface StreamFigures {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly bufferedBytes: number;
  /** By the program's own clock; null: not known yet. */
  readonly bitsPerSecond: number | null;
  /** Of the session that plays now. */
  readonly continuityErrors: number;
  /** Times that the packets' beat was lost, and bytes that belonged to no packet. */
  readonly resyncs: number;
  readonly discardedBytes: number;
  /** Packets that say themselves that they are damaged, and packets that cannot be looked into. */
  readonly transportErrors: number;
  readonly scrambledPackets: number;
  /** Times that a client was too slow and was moved forward. */
  readonly skips: number;
  /** Times that the source was kept waiting for a client. */
  readonly holds: number;
  /** Null packets that stood in for bytes while there were none. */
  readonly fillerPackets: number;
  readonly peers: number | null;
  readonly status: string | null;
  readonly downloadedBytes: number | null;
  readonly speedDownKBps: number | null;
  readonly speedUpKBps: number | null;
}

export interface Streams extends StreamsPort {
  /** The client's bytes; taking the body makes the client a reader of the stream. */
  body(client: ClientId, stream: StreamId): ReadableStream<Uint8Array>;
  /** Makes the client one that watches by HLS; a text: why it cannot. */
  openHls(client: ClientId, stream: StreamId): HlsSession | string;
  /** Null: there is no session of this name any more. */
  hls(name: string): HlsSession | null;
  /** Null for a stream that has no session yet, or is over. */
  figures(stream: StreamId): StreamFigures | null;
  /** Ends everything. */
  shutDown(): void;
}

export type { HlsSession } from "./hls.ts";

/** Over one connection, or segment by segment. */
type Watcher = Client | HlsClient;

/** One stream as it plays. */
interface Playing {
  readonly fanout: Fanout;
  readonly clients: Set<Watcher>;
  readonly filler: Filler;
  readonly steadiness: Steadiness;
  /** What a former session's statistics said last; its end must not hide it. */
  formerStat: Stat | null;
  intake: Intake | null;
  reader: Reader | null;
  stop: AbortController;
}

export function createStreams(options: StreamsOptions): Streams {
  const { clock, events, log } = options;
  const openSink = options.sink ?? (isBun ? bunSink : webSink);
  const playing = new Map<StreamId, Playing>();
  const homes = new Map<ClientId, { readonly client: Watcher; home: Playing }>();
  const sessions = new Map<string, HlsClient>();
  /** Dropped before they came for their bytes. */
  const dropped = new Map<ClientId, string>();

  function streamOf(id: StreamId): Playing {
    const known = playing.get(id);
    if (known) return known;
    const fanout = new Fanout(options.bufferBytes, clock, options.deliveryMs);
    const fresh = {
      fanout,
      clients: new Set<Watcher>(),
      filler: new Filler(fanout, options.stallTimeoutMs),
      steadiness: new Steadiness(),
      formerStat: null,
      intake: null,
      reader: null,
      stop: new AbortController(),
    };
    playing.set(id, fresh);
    return fresh;
  }

  function remove(id: ClientId): Watcher | null {
    const at = homes.get(id);
    if (!at) return null;
    homes.delete(id);
    at.home.clients.delete(at.client);
    at.client.leave();
    if (at.client instanceof HlsClient) sessions.delete(at.client.name);
    return at.client;
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
    const nowMs = clock.monotonicMs();
    for (const [id, { client }] of homes) {
      const patienceMs = client instanceof HlsClient ? client.patienceMs : options.clientTimeoutMs;
      if (client.idleMs(nowMs) < patienceMs) continue;
      log.info("client dropped: it takes nothing", { client: id });
      client.sink?.break("no byte was taken for too long");
      leave(id, "takes nothing");
    }
    for (const { filler } of playing.values()) filler.fill(nowMs);
    cancelCheck = clock.after(CLIENT_CHECK_MS, check);
  }

  function close(id: StreamId, reason: string, clean = false): void {
    const stream = playing.get(id);
    if (!stream) return;
    playing.delete(id);
    stream.stop.abort();
    stream.reader?.stop();
    stream.fanout.close();
    for (const client of [...stream.clients]) {
      if (clean) {
        client.finish();
        continue;
      }
      remove(client.id);
      client.sink?.break(reason);
    }
  }

  /** Takes a session's bytes into the ring and says when there was media; resolves when there is room for more. */
  async function write(
    stream: Playing,
    intake: Intake,
    stop: AbortSignal,
    chunk: Uint8Array,
    isMedia: () => void,
  ): Promise<void> {
    const { fanout } = stream;
    for (const piece of intake.push(chunk, clock.monotonicMs())) {
      const wait = fanout.room(piece.bytes.length, stop);
      if (wait !== null) await wait;
      if (stop.aborted) return;
      fanout.write(piece);
      if (piece.hasMedia) isMedia();
    }
    fanout.announce();
    // The engine plays, though its clients have had all this already.
    if (intake.keepsMedia) isMedia();
    if (intake.isForeign) throw new SourceError(foreignWords(chunk));
  }

  /** Where a source goes on in a ring that holds another one's bytes; null for the first source. */
  function seamOf(ring: Ring): Seam | null {
    if (ring.end === 0) return null;
    const former = new Former(ring.last(SEAM_TAIL_BYTES), ring.entry().tables !== null);
    return new Seam(former, Math.min(SEAM_KEPT_BYTES_MAX, options.bufferBytes));
  }

  return {
    play({ stream: id, session, urls, isLive }) {
      const stream = streamOf(id);
      stream.stop.abort();
      stream.reader?.stop();
      const stop = new AbortController();
      if (stream.reader !== null) {
        stream.formerStat = stream.reader.lastStat ?? stream.formerStat;
        stream.steadiness.changed(stream.reader.playedMs);
      }
      const { ring } = stream.fanout;
      const intake = new Intake({ pieceBytesMax: ring.pieceBytesMax, seam: seamOf(ring) });
      stream.stop = stop;
      stream.intake = intake;
      stream.reader = new Reader({
        session,
        urls,
        isLive,
        stallTimeoutMs: options.stallTimeoutMs,
        steadyMs: stream.steadiness.neededMs,
        engine: options.engine,
        clock,
        events,
        write: (chunk, isMedia) => write(stream, intake, stop.signal, chunk, isMedia),
      });
    },
    body(id, streamId) {
      const stream = playing.get(streamId);
      const broken = refusal(id, stream);
      if (stream === undefined || broken !== null) {
        const sink = openSink({ take: () => null, whenReady() {}, gone() {} });
        sink.break(broken ?? "");
        return sink.body;
      }
      const client = new Client(id, stream.fanout, (reason) => leave(id, reason));
      client.sink = openSink(client);
      settle(client, stream);
      return client.sink.body;
    },
    openHls(id, streamId) {
      const stream = playing.get(streamId);
      const broken = refusal(id, stream);
      if (stream === undefined || broken !== null) return broken ?? "";
      const silenceMs = options.hlsTimeoutMs ?? options.clientTimeoutMs;
      const client = new HlsClient(id, stream.fanout, clock, silenceMs, (reason) => leave(id, reason));
      settle(client, stream);
      sessions.set(client.name, client);
      return client;
    },
    hls: (name) => sessions.get(name) ?? null,
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
    figures(id) {
      const stream = playing.get(id);
      if (!stream) return null;
      const { fanout, intake, reader, filler } = stream;
      const stat = reader?.lastStat ?? stream.formerStat;
      return {
        bytesIn: fanout.bytesIn,
        bytesOut: fanout.bytesOut,
        bufferedBytes: fanout.ring.heldBytes,
        bitsPerSecond: fanout.ring.bitrate,
        continuityErrors: intake?.continuityErrors ?? 0,
        resyncs: intake?.resyncs ?? 0,
        discardedBytes: intake?.discardedBytes ?? 0,
        transportErrors: intake?.transportErrors ?? 0,
        scrambledPackets: intake?.scrambledPackets ?? 0,
        skips: fanout.skips,
        holds: fanout.holds,
        fillerPackets: filler.packets,
        peers: stat?.peers ?? null,
        status: stat?.status ?? null,
        downloadedBytes: stat?.downloadedBytes ?? null,
        speedDownKBps: stat?.speedDownKBps ?? null,
        speedUpKBps: stat?.speedUpKBps ?? null,
      };
    },
    shutDown() {
      cancelCheck();
      for (const id of [...playing.keys()]) close(id, "shutdown");
      // Those who were still taking the end of a content.
      for (const id of [...homes.keys()]) remove(id)?.sink?.break("shutdown");
    },
  };
}

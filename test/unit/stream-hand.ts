/** A data plane with a hand-led source, a hand-wound clock and a record of everything that it tells. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock, StatOutcome } from "../../src/ports.ts";
import type { ClientId, SessionId, SessionUrls, StreamId } from "../../src/slots/index.ts";
import { createStreams, type Streams, type StreamsOptions } from "../../src/stream/index.ts";
import { until } from "../support/until.ts";
import { concat } from "./stream-packets.ts";

/** Lets everything that is ready happen: microtasks, and what sockets have for us. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export class HandClock implements Clock {
  #ms = 1000;
  readonly #timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();

  now(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: this.#ms + delayMs, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Winds the clock on; timers fire at their moments, and what they set off happens before the next one. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#ms + ms;
    for (;;) {
      const due = [...this.#timers]
        .filter(({ atMs }) => atMs <= endMs)
        .toSorted((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#ms = Math.max(this.#ms, due.atMs);
      due.fire();
      await turns(1);
    }
    this.#ms = endMs;
    await turns();
  }
}

/** A clock that goes by itself. */
export const liveClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

/** One playback as the engine's side sees it. */
export class Playback {
  readonly response: ServerResponse;
  /** Whether the reader has closed it. */
  closed = false;

  constructor(response: ServerResponse) {
    this.response = response;
    response.on("close", () => {
      this.closed = true;
    });
    response.on("error", () => {});
  }

  send(bytes: Uint8Array): void {
    this.response.write(bytes);
  }

  end(): void {
    this.response.end();
  }

  reset(): void {
    this.response.socket?.resetAndDestroy();
  }
}

/** Serves playbacks: `/1` is that of session 1. */
export class Origin implements AsyncDisposable {
  readonly server: Server;
  readonly sockets = new Set<Socket>();
  readonly #playbacks = new Map<string, Playback>();
  /** Answers in place of a playback. */
  answer: ((path: string, response: ServerResponse) => boolean) | null = null;

  private constructor() {
    this.server = createServer((request, response) => {
      const path = request.url ?? "/";
      if (this.answer?.(path, response)) return;
      response.writeHead(200, { "content-type": "video/mp2t" });
      response.flushHeaders();
      this.#playbacks.set(path, new Playback(response));
    });
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  static async open(): Promise<Origin> {
    const origin = new Origin();
    origin.server.listen(0, "127.0.0.1");
    await once(origin.server, "listening");
    return origin;
  }

  get base(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  urls(session: SessionId): SessionUrls {
    return {
      playback: `${this.base}/${session}`,
      stat: `${this.base}/stat/${session}`,
      command: `${this.base}/cmd/${session}`,
    };
  }

  playback(session: SessionId): Promise<Playback> {
    return until(`playback of session ${session} is asked for`, () => this.#playbacks.get(`/${session}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export const aStat = (more: { peers?: number; downloadedBytes?: number } = {}): StatOutcome => ({
  kind: "stat",
  status: "dl",
  peers: 0,
  downloadedBytes: 0,
  speedDownKBps: 0,
  speedUpKBps: 0,
  ...more,
});

export interface World extends AsyncDisposable {
  readonly streams: Streams;
  readonly origin: Origin;
  /** What was told, in order: `media 1`, `ended 1 timeout`, `left 7: closed the connection`. */
  readonly told: string[];
  /** What the engine answers when it is asked for statistics. */
  stat: () => StatOutcome;
  /** Reads a session into a stream; resolves when the engine has been asked for it. */
  play(stream: StreamId, session: SessionId): Promise<Playback>;
}

export async function streamWorld(
  options: Partial<StreamsOptions> & { readonly clock: Clock },
): Promise<World> {
  const origin = await Origin.open();
  const told: string[] = [];
  const world: { stat: () => StatOutcome } = { stat: () => aStat() };
  const quiet = () => {};
  const streams = createStreams({
    bufferBytes: 1024 * 1024,
    stallTimeoutMs: 20_000,
    clientTimeoutMs: 30_000,
    deliveryMs: 0,
    engine: { stat: async () => world.stat() },
    events: {
      firstByte() {},
      media: (session) => told.push(`media ${session}`),
      progress: (session) => told.push(`progress ${session}`),
      steady: (session) => told.push(`steady ${session}`),
      ended: (session, fault, message) => told.push(`ended ${session} ${fault}: ${message}`),
      left: (client, reason) => told.push(`left ${client}: ${reason}`),
    },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    ...options,
  });
  return Object.assign(world, {
    streams,
    origin,
    told,
    async play(stream: StreamId, session: SessionId) {
      streams.play({ stream, session, urls: origin.urls(session), isLive: true });
      return origin.playback(session);
    },
    async [Symbol.asyncDispose]() {
      streams.shutDown();
      await origin[Symbol.asyncDispose]();
    },
  });
}

/** A client that reads its body itself, without a connection. */
export class Reading {
  readonly parts: Uint8Array[] = [];
  bytes = 0;
  /** How the body ended; null: it has not. */
  over: string | null = null;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(streams: Streams, client: ClientId, stream: StreamId) {
    this.#reader = streams.body(client, stream).getReader();
  }

  /** One chunk; null: the body is over. */
  async next(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#reader.read();
      if (done) {
        this.over = "ended cleanly";
        return null;
      }
      this.parts.push(value);
      this.bytes += value.length;
      return value;
    } catch (error) {
      this.over = String(error);
      return null;
    }
  }

  async atLeast(bytes: number): Promise<void> {
    while (this.bytes < bytes) if ((await this.next()) === null) return;
  }

  /** Reads on by itself for as long as there is something. */
  readOn(): this {
    void (async () => {
      while ((await this.next()) !== null);
    })();
    return this;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }

  get all(): Uint8Array {
    return concat(this.parts);
  }
}

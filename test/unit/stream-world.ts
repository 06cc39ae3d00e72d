/** A data plane between a source that does as it is told and clients on real sockets, with a clock set by hand. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { serveBun } from "../../src/http/serve-bun.ts";
import type { StatOutcome } from "../../src/ports.ts";
import type { SessionUrls } from "../../src/slots/index.ts";
import { createStreams, type Streams, type StreamsOptions } from "../../src/stream/index.ts";
import { until } from "../support/until.ts";
import { type HandClock, handClock } from "./odd-server.ts";

/** One playback at the engine. */
export interface Playback {
  /** The path that was asked for. */
  readonly path: string;
  readonly answer: ServerResponse;
  readonly isOver: boolean;
  /** Resolves when the connection has taken the bytes. */
  send(bytes: Uint8Array): Promise<void>;
  reset(): void;
}

export interface WireClient {
  /** Bytes of the body that came. */
  readonly bytes: number;
  readonly body: Buffer;
  readonly status: number | null;
  /** The connection is over: by a proper end of the body, or broken off. */
  readonly over: "clean" | "broken" | null;
  /** Resolves when so many bytes are here; takes no more than the one chunk that is too many. */
  take(bytes: number): Promise<void>;
  /** Stops reading. */
  freeze(): void;
  thaw(): void;
  leave(): void;
}

export interface World extends AsyncDisposable {
  readonly streams: Streams;
  readonly clock: HandClock;
  /** `media 1`, `ended 1 engine`, `left 3`, in order. */
  readonly told: string[];
  readonly playbacks: Playback[];
  readonly origin: string;
  /** How paths other than a plain playback are answered. */
  readonly answers: Map<string, (answer: ServerResponse) => void>;
  stat: () => StatOutcome | Promise<StatOutcome>;
  statCalls: number;
  urls(path?: string): SessionUrls;
  /** Plays and answers the playback once it is asked for. */
  play(stream: number, session: number): Promise<Playback>;
  client(client: number, stream: number, options?: { readonly frozen?: boolean }): WireClient;
  /** Passes time in steps, with room between them for what is under way. */
  passMs(ms: number, stepMs?: number): Promise<void>;
  hasTold(what: string): Promise<void>;
}

/** For a machine that is busy with other things. */
const TAKE_MS_MAX = 30_000;

/** Lets what is under way on loopback come to rest. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

export async function streamWorld(options: Partial<StreamsOptions> = {}): Promise<World> {
  const clock = handClock();
  const told: string[] = [];
  const playbacks: Playback[] = [];
  const answers = new Map<string, (answer: ServerResponse) => void>();
  const source = createServer((request: IncomingMessage, answer: ServerResponse) => {
    const path = request.url ?? "";
    const own = answers.get(path);
    answer.on("error", () => {});
    if (own) {
      own(answer);
      return;
    }
    answer.writeHead(200, { "Content-Type": "video/mp2t" });
    answer.flushHeaders();
    let isOver = false;
    let free = (): void => {};
    answer.on("close", () => {
      isOver = true;
      free();
    });
    answer.on("drain", () => free());
    playbacks.push({
      path,
      answer,
      get isOver() {
        return isOver;
      },
      async send(bytes) {
        for (let at = 0; at < bytes.length && !isOver; at += 65_536) {
          if (answer.write(bytes.subarray(at, at + 65_536))) continue;
          await new Promise<void>((resolve) => {
            free = resolve;
          });
        }
      },
      reset() {
        answer.destroy();
      },
    });
  });
  await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(source.address() as AddressInfo).port}`;

  const streams = createStreams({
    bufferBytes: 8 * 2 ** 20,
    stallTimeoutMs: 20_000,
    clientTimeoutMs: 30_000,
    deliveryMs: 0,
    clock,
    engine: {
      async stat() {
        world.statCalls += 1;
        return world.stat();
      },
    },
    events: {
      firstByte() {},
      media: (session) => void told.push(`media ${session}`),
      progress: (session) => void told.push(`progress ${session}`),
      steady: (session) => void told.push(`steady ${session}`),
      ended: (session, fault, message) => void told.push(`ended ${session} ${fault}: ${message}`),
      left: (client) => void told.push(`left ${client}`),
    },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    ...options,
  });
  const server = serveBun({ host: "127.0.0.1", port: 0 }, async (request) => {
    const asked = new URL(request.url).searchParams;
    return new Response(streams.body(Number(asked.get("client")), Number(asked.get("stream"))));
  });
  const clients: WireClient[] = [];
  const world: World = {
    streams,
    clock,
    told,
    playbacks,
    answers,
    origin,
    stat: () => ({ kind: "unavailable", message: "not asked for" }),
    statCalls: 0,
    urls: (path = "/playback") => ({
      playback: `${origin}${path}`,
      stat: `${origin}/stat`,
      command: `${origin}/command`,
    }),
    async play(stream, session) {
      const path = `/playback/${session}`;
      streams.play({ stream, session, urls: world.urls(path), isLive: true });
      return until(`playback ${session} is asked for`, () => playbacks.find((one) => one.path === path));
    },
    client(client, stream, { frozen = false } = {}) {
      const one = wireClient(server.port, `/?client=${client}&stream=${stream}`);
      if (frozen) one.freeze();
      clients.push(one);
      return one;
    },
    async passMs(ms, stepMs = 1_000) {
      for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
        clock.pass(Math.min(stepMs, leftMs));
        await turn();
      }
    },
    async hasTold(what) {
      await until(what, () => told.some((line) => line.startsWith(what)));
    },
    async [Symbol.asyncDispose]() {
      streams.shutDown();
      for (const client of clients) client.leave();
      await server.stop();
      source.closeAllConnections();
      await new Promise((resolve) => source.close(resolve));
    },
  };
  return world;
}

function wireClient(port: number, path: string): WireClient {
  const socket = connect(port, "127.0.0.1");
  const parts: Buffer[] = [];
  let raw: Buffer = Buffer.alloc(0);
  let status: number | null = null;
  /** Left of the chunk that is being read; null: a chunk's size comes next. */
  let left: number | null = null;
  let bytes = 0;
  let ended = false;
  let over: "clean" | "broken" | null = null;
  let changed = (): void => {};

  function parse(): void {
    if (status === null) {
      const end = raw.indexOf("\r\n\r\n");
      if (end < 0) return;
      status = Number(raw.subarray(9, 12).toString());
      raw = raw.subarray(end + 4);
    }
    while (raw.length > 0 && !ended) {
      if (left === null) {
        const end = raw.indexOf("\r\n");
        if (end < 0) return;
        left = Number.parseInt(raw.subarray(0, end).toString(), 16) + 2;
        raw = raw.subarray(end + 2);
        if (left === 2) ended = true;
      } else {
        const part = raw.subarray(0, left);
        const payload = part.subarray(0, Math.max(0, left - 2));
        if (payload.length > 0) parts.push(payload);
        bytes += payload.length;
        left -= part.length;
        if (left === 0) left = null;
        raw = raw.subarray(part.length);
      }
    }
  }
  socket.on("data", (chunk: Buffer) => {
    raw = raw.length === 0 ? chunk : Buffer.concat([raw, chunk]);
    parse();
    changed();
  });
  socket.on("error", () => {
    over ??= "broken";
    changed();
  });
  socket.on("close", () => {
    over ??= ended ? "clean" : "broken";
    changed();
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`);
  return {
    get bytes() {
      return bytes;
    },
    get body() {
      return Buffer.concat(parts);
    },
    get status() {
      return status;
    },
    get over() {
      return over ?? (ended ? "clean" : null);
    },
    async take(wanted) {
      socket.resume();
      const endMs = performance.now() + TAKE_MS_MAX;
      while (bytes < wanted) {
        if (over !== null) throw new Error(`the connection is over after ${bytes} of ${wanted} bytes`);
        const leftMs = endMs - performance.now();
        if (leftMs <= 0) throw new Error(`only ${bytes} of ${wanted} bytes came`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, leftMs);
          changed = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      socket.pause();
    },
    freeze() {
      socket.pause();
    },
    thaw() {
      socket.resume();
    },
    leave() {
      socket.destroy();
    },
  };
}

/**
 * An engine that is odd below HTTP: each of its answers is written by hand, byte by byte. Whatever is not given is
 * answered as it should be. It counts its own load: from a start's arrival to its stop, or until nobody has read it
 * for a while.
 */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { UNREAD_SESSION_MS } from "./faults.ts";

export interface OddSession {
  readonly id: string;
  /** Somebody has its playback open. */
  reading: boolean;
}

/** Writes one answer; `more` writes on while the connection lasts, at most once in so many milliseconds. */
export type OddAnswer = (socket: Socket, session: OddSession) => void;

export interface OddEngineOptions {
  readonly start?: OddAnswer;
  readonly playback?: OddAnswer;
  readonly stat?: OddAnswer;
  readonly stop?: OddAnswer;
  /** To who asks whether it is there. */
  readonly version?: (socket: Socket) => void;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

export interface OddEngine extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly load: number;
  readonly peakLoad: number;
  readonly starts: number;
  readonly stops: number;
  readonly stats: number;
  /** What it was asked for, path and query, and when. */
  readonly asked: readonly { readonly target: string; readonly atMs: number }[];
  /** Connections that are open now. */
  readonly connections: number;
  /** Bytes that it could get rid of so far. */
  readonly bytesSent: number;
  /** As a process that is killed: every connection ends, whatever was being sent, nothing is carried, and the port refuses. */
  kill(): Promise<void>;
  /** What it answers from now on. */
  set(options: OddEngineOptions): void;
}

const NULL_PACKET = Buffer.alloc(188, 0xff);
NULL_PACKET.set([0x47, 0x01, 0x00, 0x10]);
/** Packets of media that nobody can see anything in. */
export const PACKETS = Buffer.concat(Array.from({ length: 350 }, () => NULL_PACKET));

const answer = (body: string, type = "application/json"): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

export const startBody = ({ id }: OddSession, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    response: {
      playback_url: `http://engine/ace/r/x/${id}`,
      stat_url: `http://engine/ace/stat/x/${id}`,
      command_url: `http://engine/ace/cmd/x/${id}`,
      playback_session_id: id,
      is_live: 1,
      ...more,
    },
    error: null,
  });

/** The head of a playback whose end is the connection's. */
export const PLAYBACK_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n";

/** Writes again and again until the connection is over. */
export function again(socket: Socket, everyMs: number, bytes: () => string | Uint8Array): void {
  const timer = setInterval(() => {
    if (!socket.writableNeedDrain) socket.write(bytes());
  }, everyMs);
  socket.once("close", () => clearInterval(timer));
}

/** As fast as the other side takes it, until the connection is over. */
export function flood(socket: Socket, bytes: string | Uint8Array): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on("drain", more);
  more();
}

const RIGHT: Required<Omit<OddEngineOptions, "host">> = {
  start: (socket, session) => socket.end(answer(startBody(session))),
  playback(socket) {
    socket.write(PLAYBACK_HEAD);
    again(socket, 100, () => PACKETS);
  },
  stat: (socket) =>
    socket.end(answer('{"response":{"status":"dl","peers":3,"downloaded":4096},"error":null}')),
  stop: (socket) => socket.end(answer('{"response":"ok","error":null}')),
  version: (socket) => socket.end(answer('{"result":{"version":"3.2.11"}}')),
};

export async function startOddEngine(options: OddEngineOptions = {}): Promise<OddEngine> {
  const sessions = new Map<string, OddSession>();
  const sockets = new Set<Socket>();
  const counts = { starts: 0, stops: 0, stats: 0, peakLoad: 0 };
  let odd = { ...RIGHT, ...options };
  const asked: { target: string; atMs: number }[] = [];
  let sentBefore = 0;

  const expire = (session: OddSession): void => {
    setTimeout(() => {
      if (!session.reading) sessions.delete(session.id);
    }, UNREAD_SESSION_MS).unref();
  };

  const take = (socket: Socket, target: string): void => {
    asked.push({ target, atMs: performance.now() });
    const session = sessions.get(target.split("?")[0]?.split("/").at(-1) ?? "");
    if (target.startsWith("/ace/getstream")) {
      counts.starts++;
      const fresh: OddSession = { id: crypto.randomUUID(), reading: false };
      sessions.set(fresh.id, fresh);
      counts.peakLoad = Math.max(counts.peakLoad, sessions.size);
      expire(fresh);
      odd.start(socket, fresh);
    } else if (target.startsWith("/webui/")) odd.version(socket);
    else if (session === undefined) {
      socket.end(answer('{"response":{},"error":"unknown playback session id"}'));
    } else if (target.startsWith("/ace/r/")) {
      session.reading = true;
      socket.once("close", () => {
        session.reading = false;
        expire(session);
      });
      odd.playback(socket, session);
    } else if (target.startsWith("/ace/stat/")) {
      counts.stats++;
      odd.stat(socket, session);
    } else {
      counts.stops++;
      sessions.delete(session.id);
      odd.stop(socket, session);
    }
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      sentBefore += socket.bytesWritten;
    });
    let head = "";
    socket.on("data", (bytes) => {
      if (head.includes("\r\n\r\n")) return;
      head += bytes.toString("latin1");
      if (head.includes("\r\n\r\n")) take(socket, head.split(" ")[1] ?? "");
    });
  });
  const kill = async (): Promise<void> => {
    sessions.clear();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name: `odd-${port}`,
    address: `${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    get load() {
      return sessions.size;
    },
    get peakLoad() {
      return counts.peakLoad;
    },
    get starts() {
      return counts.starts;
    },
    get stops() {
      return counts.stops;
    },
    get stats() {
      return counts.stats;
    },
    asked,
    get connections() {
      return sockets.size;
    },
    get bytesSent() {
      return [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, sentBefore);
    },
    set(next) {
      odd = { ...RIGHT, ...next };
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

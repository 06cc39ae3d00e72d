/**
 * An HTTP listener that can die like a process does: every socket reset and the port refusing, and come back
 * later on the same port.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export type Handle = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

export interface Door {
  readonly host: string;
  readonly port: number;
  readonly open: boolean;
  /** Stops listening and ends every connection: `reset` sends RST, `close` sends FIN. */
  shut(how: "reset" | "close"): Promise<void>;
  /** Listens again on the same port. */
  reopen(): Promise<void>;
}

/** How often a port that was just given up is asked for again. */
const REOPEN_TRIES_MAX = 50;
const REOPEN_PAUSE_MS = 20;
/** Pooled client connections must not race with the server's own closing of idle ones. */
const IDLE_CONNECTION_MS = 120_000;

export async function openDoor(options: { host: string; port: number; handle: Handle }): Promise<Door> {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let port = options.port;

  async function listen(): Promise<void> {
    const fresh = createServer(
      { requestTimeout: 0, keepAliveTimeout: IDLE_CONNECTION_MS },
      (request, response) => {
        // A peer that goes away in mid-answer is ordinary life here.
        request.on("error", () => {});
        response.on("error", () => {});
        options.handle(request, response, new URL(request.url ?? "/", "http://sim.invalid"));
      },
    );
    fresh.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      fresh.once("error", reject);
      fresh.listen(port, options.host, () => {
        fresh.off("error", reject);
        resolve();
      });
    });
    port = (fresh.address() as AddressInfo).port;
    server = fresh;
  }

  await listen();
  return {
    host: options.host,
    get port() {
      return port;
    },
    get open() {
      return server !== null;
    },
    async shut(how) {
      const closing = server;
      if (closing === null) return;
      server = null;
      const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
      for (const socket of sockets) endSocket(socket, how);
      sockets.clear();
      closing.closeAllConnections();
      await closed;
    },
    async reopen() {
      for (let tries = 1; server === null; tries++) {
        try {
          await listen();
        } catch (error) {
          if (tries >= REOPEN_TRIES_MAX) throw error;
          await new Promise((resolve) => setTimeout(resolve, REOPEN_PAUSE_MS));
        }
      }
    },
  };
}

/** Ends one connection without another word of HTTP. */
export function endSocket(socket: Socket | null, how: "reset" | "close"): void {
  if (socket === null || socket.destroyed) return;
  if (how === "reset") socket.resetAndDestroy();
  else socket.destroy();
}

/** The whole body of a request as text; what a half-sent request held is not told. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  return Buffer.concat(parts).toString("utf8");
}

/** A plain JSON answer. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, "application/json", JSON.stringify(body));
}

/** A whole answer of known length. */
export function send(response: ServerResponse, status: number, type: string | null, body: string): void {
  if (response.destroyed || response.writableEnded) return;
  const bytes = Buffer.from(body, "utf8");
  const headers: Record<string, string | number> = { "content-length": bytes.length };
  if (type !== null) headers["content-type"] = type;
  response.writeHead(status, headers);
  response.end(bytes);
}

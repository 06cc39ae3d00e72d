/** Servers that misbehave below HTTP, and a clock that only moves by hand. */
import { createServer, type Socket } from "node:net";
import type { Clock } from "../../src/ports.ts";
import type { Address } from "../../src/slots/index.ts";

export interface OddServer extends AsyncDisposable {
  readonly address: Address;
  /** What each connection sent, as text. */
  readonly requests: string[];
  connections: number;
}

/** Every connection's first bytes are answered by `answer`. */
export async function oddServer(answer: (socket: Socket) => void): Promise<OddServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    odd.connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => {
      odd.requests.push(bytes.toString());
      answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const odd: OddServer = {
    address: { scheme: "http", host: "127.0.0.1", port },
    requests: [],
    connections: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return odd;
}

/** Answers everything with one response. */
export const saying = (body: string, status = 200, headers = ""): Promise<OddServer> =>
  oddServer((socket) =>
    socket.end(
      `HTTP/1.1 ${status} Status\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    ),
  );

/** Where nobody listens, nor ever will: a port that was only just closed might be another's meanwhile. */
export const DEAD: Address = { scheme: "http", host: "127.0.0.1", port: 1 };

export interface HandClock extends Clock {
  /** Moves the time on and fires what is due, in order. */
  pass(ms: number): void;
  /** How long until the next timer; null: none runs. */
  nextMs(): number | null;
}

export function handClock(): HandClock {
  let nowMs = 1000;
  const timers = new Set<{ atMs: number; fire: () => void }>();
  const first = () => [...timers].sort((a, b) => a.atMs - b.atMs)[0];
  return {
    now: () => 1_700_000_000_000 + nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, fire) {
      const timer = { atMs: nowMs + delayMs, fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pass(ms) {
      const untilMs = nowMs + ms;
      for (let next = first(); next !== undefined && next.atMs <= untilMs; next = first()) {
        nowMs = next.atMs;
        timers.delete(next);
        next.fire();
      }
      nowMs = untilMs;
    },
    nextMs: () => (timers.size === 0 ? null : (first()?.atMs ?? nowMs) - nowMs),
  };
}

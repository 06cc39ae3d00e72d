/** Plain sockets: requests that no client library would send, players that stop reading, engines that are listened in on. */
import { randomInt } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { until } from "./until.ts";

/** Below those that the system gives to whoever names none: nobody gets one of them by chance. */
const PORTS = { least: 20_000, count: 12_000 } as const;

const givenPorts = new Set<number>();

/** A port on the loopback that is free, for what must keep its port over a restart. Each only once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.least + randomInt(PORTS.count);
    if (givenPorts.has(port)) continue;
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    givenPorts.add(port);
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

const portOf = (address: ReturnType<ReturnType<typeof createServer>["address"]>): number =>
  typeof address === "object" && address !== null ? address.port : 0;

export interface Wire {
  /** What came back so far, one character a byte. */
  readonly text: string;
  readonly bytes: number;
  readonly closed: boolean;
  /** Nothing of what is to be sent waits in this process. */
  readonly isSent: boolean;
  /** Status of the (first) answer, 0 if the connection ended without one. */
  answered(deadlineMs?: number): Promise<number>;
  /** Sends more over the same connection. */
  send(text: string): void;
  leave(): void;
}

const KEPT_CHARACTERS = 64 * 1024;

/** Sends `request` as it stands; line ends must be CRLF already. */
export function wire(
  url: string,
  request: string,
  options: {
    /** Stops reading as soon as so many bytes have come. */
    readonly freezeAtBytes?: number;
    /** Reads no faster than this, but steadily. */
    readonly bytesPerSecond?: number;
  } = {},
): Wire {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) });
  let text = "";
  let bytes = 0;
  let closed = false;
  const { bytesPerSecond = Number.POSITIVE_INFINITY } = options;
  const beganMs = performance.now();
  socket.on("data", (chunk) => {
    bytes += chunk.length;
    const earlyMs = (bytes / bytesPerSecond) * 1000 - (performance.now() - beganMs);
    if (earlyMs > 1) {
      socket.pause();
      setTimeout(() => socket.resume(), earlyMs);
    }
    if (bytes >= (options.freezeAtBytes ?? Number.POSITIVE_INFINITY)) socket.pause();
    if (text.length < KEPT_CHARACTERS) text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  socket.write(request, "latin1");
  return {
    get text() {
      return text;
    },
    get bytes() {
      return bytes;
    },
    get closed() {
      return closed;
    },
    get isSent() {
      return !socket.connecting && socket.writableLength === 0;
    },
    answered: (deadlineMs) =>
      until(
        "an answer comes over the wire",
        () => {
          const status = /^HTTP\/1\.[01] (\d{3})[\s\S]*?\r\n\r\n/.exec(text)?.[1];
          return status === undefined ? (closed ? 0 : null) : Number(status);
        },
        deadlineMs,
      ),
    send: (more) => void socket.write(more, "latin1"),
    leave: () => socket.destroy(),
  };
}

/** A GET line by line, with CRLF. */
export const plainGet = (target: string, headers: readonly string[] = [], version = "1.1"): string =>
  [`GET ${target} HTTP/${version}`, "Host: proxy", ...headers, "", ""].join("\r\n");

export interface Tap {
  /** `host:port` to give out instead of the real one. */
  readonly address: string;
  /** Targets of all requests so far, in order. */
  readonly targets: readonly string[];
  /** The same with all of their headers, as they came. */
  readonly heads: readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Stands in front of an engine and notes what it is asked. */
export async function tap(address: string): Promise<Tap> {
  const { hostname, port } = new URL(`http://${address}`);
  const targets: string[] = [];
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    near.on("data", (chunk) => {
      const [head, target] = /^[A-Z]+ (\S+) HTTP[\s\S]*?\r\n\r\n/.exec(chunk.toString("latin1")) ?? [];
      if (head === undefined || target === undefined) return;
      targets.push(target);
      heads.push(head);
    });
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${portOf(server.address())}`,
    targets,
    heads,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

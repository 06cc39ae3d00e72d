/** A player on a bare socket: it sees how the body is framed, how the connection ends, and which packets it missed. */
import { connect, type Socket } from "node:net";
import { NumberedReader } from "./numbered.ts";
import { until } from "./until.ts";

/** `clean`: the body was ended properly. `cut`: the connection was closed in mid-body. `reset`: it was broken off. */
export type Ending = "clean" | "cut" | "reset";

export interface Viewer {
  /** Status line and headers; empty until they are here. */
  readonly head: string;
  /** 0 until there is one. */
  readonly status: number;
  /** Bytes of the body. */
  readonly bytes: number;
  readonly packets: NumberedReader;
  readonly over: Ending | null;
  /** Resolves with the status, or 0 if the connection ends without one. */
  answered(deadlineMs?: number): Promise<number>;
  got(bytes: number, deadlineMs?: number): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Closes with RST. */
  reset(): void;
  /** Closes its own direction and goes on reading. */
  halfClose(): void;
  /** Closes with FIN, as far as nothing unread is left. */
  leave(): void;
}

export interface ViewerOptions {
  readonly version?: "1.0" | "1.1";
  /** Steady reading at so much and no more; default: as fast as it comes. */
  readonly bitsPerSecond?: number;
  readonly headers?: readonly string[];
  /** Called with what the head or the body brought, before it is counted. */
  readonly onBytes?: (viewer: Viewer) => void;
}

/** How often one that reads at a steady rate reads. */
const TICK_MS = 20;
/** So much of what it might have read before, but did not, it reads as fast as it comes: this process may stand still. */
const MADE_UP_MS = 4_000;

export function watch(url: string, options: ViewerOptions = {}): Viewer {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const lines = [`GET ${pathname}${search} HTTP/${options.version ?? "1.1"}`, "Host: proxy"];
  socket.write([...lines, ...(options.headers ?? []), "", ""].join("\r\n"));
  const body = new Body();
  const packets = new NumberedReader();
  let over: Ending | null = null;
  const stopPacing = pace(socket, options.bitsPerSecond ?? null);
  socket.on("data", (chunk: Buffer) => {
    for (const part of body.push(chunk)) packets.push(part);
    options.onBytes?.(viewer);
  });
  socket.on("end", () => {
    over ??= body.endsWithConnection ? "clean" : "cut";
    socket.destroy();
  });
  socket.on("error", () => {
    over ??= "reset";
  });
  socket.on("close", () => stopPacing());
  const viewer: Viewer = {
    get head() {
      return body.head;
    },
    get status() {
      return Number(body.head.slice(9, 12));
    },
    get bytes() {
      return body.bytes;
    },
    packets,
    get over() {
      return body.isComplete ? "clean" : over;
    },
    answered: (deadlineMs) =>
      until("an answer comes", () => (body.head === "" ? (over ? 0 : null) : viewer.status), deadlineMs),
    async got(bytes, deadlineMs) {
      await until(`${bytes} bytes come (${url})`, () => body.bytes >= bytes, deadlineMs);
    },
    freeze: () => socket.pause(),
    thaw: () => socket.resume(),
    reset: () => socket.resetAndDestroy(),
    halfClose: () => socket.end(),
    leave: () => socket.destroy(),
  };
  return viewer;
}

/** Lets a socket read no more than its rate allows; answers how to stop it. */
function pace(socket: Socket, bitsPerSecond: number | null): () => void {
  if (bitsPerSecond === null) return () => {};
  let allowed = 0;
  // From its first bytes on: while it waited for them it could not have read.
  let beforeMs: number | null = null;
  const timer = setInterval(() => {
    if (beforeMs === null) return;
    const nowMs = performance.now();
    // It makes up for a late tick, or a busy test would slow it down; but not for more than its limit.
    allowed = Math.min(
      allowed + ((nowMs - beforeMs) * bitsPerSecond) / 8000,
      (bitsPerSecond * MADE_UP_MS) / 8000,
    );
    beforeMs = nowMs;
    if (allowed > 0) socket.resume();
  }, TICK_MS);
  socket.on("data", (chunk: Buffer) => {
    beforeMs ??= performance.now();
    allowed -= chunk.length;
    if (allowed <= 0) socket.pause();
  });
  return () => clearInterval(timer);
}

/** The body in its framing: chunks, or whatever comes until the connection ends. */
class Body {
  head = "";
  bytes = 0;
  /** The last chunk is here. */
  isComplete = false;
  #raw: Buffer = Buffer.alloc(0);
  #isChunked = false;
  /** Left of the chunk that is being read, its line end included; 0: a size comes next. */
  #left = 0;

  /** Whether an orderly end of the connection is the body's proper end. */
  get endsWithConnection(): boolean {
    return this.head !== "" && !this.#isChunked;
  }

  /** The parts of the body that `chunk` holds. */
  push(chunk: Buffer): Buffer[] {
    this.#raw = this.#raw.length === 0 ? chunk : Buffer.concat([this.#raw, chunk]);
    if (this.head === "") {
      const end = this.#raw.indexOf("\r\n\r\n");
      if (end < 0) return [];
      this.head = this.#raw.subarray(0, end + 2).toString("latin1");
      this.#isChunked = /^transfer-encoding: *chunked *$/im.test(this.head);
      this.#raw = this.#raw.subarray(end + 4);
    }
    const parts = this.#isChunked ? this.#unchunk() : [this.#raw];
    if (!this.#isChunked) this.#raw = Buffer.alloc(0);
    for (const part of parts) this.bytes += part.length;
    return parts;
  }

  #unchunk(): Buffer[] {
    const parts: Buffer[] = [];
    while (this.#raw.length > 0) {
      if (this.#left === 0) {
        const end = this.#raw.indexOf("\r\n");
        if (end < 0) break;
        const size = Number.parseInt(this.#raw.subarray(0, end).toString("latin1"), 16);
        if (!(size >= 0)) throw new Error("a chunk without a size: the framing is broken");
        this.#raw = this.#raw.subarray(end + 2);
        if (size === 0) {
          this.isComplete = true;
          break;
        }
        this.#left = size + 2;
      }
      const part = this.#raw.subarray(0, this.#left);
      const payload = part.subarray(0, Math.max(0, this.#left - 2));
      if (payload.length > 0) parts.push(payload);
      this.#left -= part.length;
      this.#raw = this.#raw.subarray(part.length);
    }
    return parts;
  }
}

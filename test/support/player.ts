/** A client on the wire: asks for a stream, reads it, leaves. */
import { type IncomingMessage, request } from "node:http";
import { until } from "./until.ts";

export interface Player {
  /** Null until the headers are here. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: number;
  /** What came, up to `keepBytes`. */
  readonly kept: Buffer;
  /** The connection is over: by a proper end (`clean`), or broken off. */
  readonly over: "clean" | "broken" | null;
  /** Resolves with the status as soon as there is one; 0 if the connection broke before. */
  answered(deadlineMs?: number): Promise<number>;
  /** Resolves when at least so many bytes have come. */
  got(bytes: number, deadlineMs?: number): Promise<void>;
  /** Stops reading without saying so, or goes on. */
  freeze(): void;
  thaw(): void;
  leave(): void;
}

export function play(
  url: string,
  options: {
    readonly keepBytes?: number;
    readonly headers?: Record<string, string>;
    readonly method?: string;
  } = {},
): Player {
  const keepBytes = options.keepBytes ?? 0;
  const kept: Buffer[] = [];
  let bytes = 0;
  let answer: IncomingMessage | null = null;
  let over: "clean" | "broken" | null = null;
  const outgoing = request(url, {
    agent: false,
    method: options.method ?? "GET",
    headers: options.headers ?? {},
  });
  outgoing.on("response", (incoming) => {
    answer = incoming;
    incoming.on("data", (chunk: Buffer) => {
      if (bytes < keepBytes) kept.push(chunk.subarray(0, keepBytes - bytes));
      bytes += chunk.length;
    });
    incoming.on("end", () => {
      over ??= incoming.complete ? "clean" : "broken";
    });
    incoming.on("error", () => {
      over ??= "broken";
    });
    incoming.on("close", () => {
      over ??= incoming.complete ? "clean" : "broken";
    });
  });
  outgoing.on("error", () => {
    over ??= "broken";
  });
  outgoing.end();
  return {
    get status() {
      return answer?.statusCode ?? null;
    },
    get headers() {
      return answer?.headers ?? {};
    },
    get bytes() {
      return bytes;
    },
    get kept() {
      return Buffer.concat(kept);
    },
    get over() {
      return over;
    },
    async answered(deadlineMs) {
      return until("the proxy answers", () => answer?.statusCode ?? (over === null ? null : 0), deadlineMs);
    },
    async got(wanted, deadlineMs) {
      await until(`${wanted} bytes come (${url})`, () => bytes >= wanted, deadlineMs);
    },
    freeze() {
      answer?.pause();
    },
    thaw() {
      answer?.resume();
    },
    leave() {
      outgoing.destroy();
    },
  };
}

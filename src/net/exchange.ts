/**
 * One bounded HTTP exchange with an address that we were given: one request, one answer of a known most size.
 * It never sends a request twice, follows a redirect, uses another host, or rejects.
 * engine/ and orchestrator/ may import it.
 *
 * It uses `node:http` with a connection of its own each time: `fetch` of Bun and of Deno sends a request again,
 * unasked, when a kept connection turns out to be closed, and a start or a provision must arrive at most once.
 * `node:http` also gives the same error codes on all three runtimes, and has no time-outs of its own.
 */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { deadline } from "#async";
import type { Address } from "../slots/index.ts";
import { LINK_LOCAL_ONLY } from "./dialling.ts";
import { boundInterim } from "./interim.ts";
import { countOpen } from "./outgoing.ts";

export interface ExchangeRequest {
  readonly address: Address;
  /** Path and query, beginning with a slash. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. With it the request is a POST, without it a GET. */
  readonly body?: string;
  /** The longest answer, in bytes; a longer one is `failed`. */
  readonly bytesMax: number;
  /** How the host's name becomes an address; left out: as the system does. */
  readonly lookup?: LookupFunction;
  readonly signal: AbortSignal;
}

export type Exchange =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly body: string;
      /** The other side's clock, ms since 1970 in whole seconds; null: it does not tell. */
      readonly atMs: number | null;
    }
  | {
      readonly kind: "failed";
      /** Whether the request may have reached the other side: false only if no connection came about. */
      readonly sent: boolean;
      /** Whether `signal` ended it. */
      readonly aborted: boolean;
      /** For people: a few words with the address, never a body. */
      readonly message: string;
    };

/** `http://host:port`, with brackets around IPv6. */
export function originOf(address: Address): string {
  return `${address.scheme}://${hostPortOf(address)}`;
}

export function hostPortOf({ host, port }: Pick<Address, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The address and the target that an absolute http(s) URL names; null for anything else. */
export function placeOf(url: string): { readonly address: Address; readonly target: string } | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, port, pathname, search } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") return null;
  const scheme = protocol === "https:" ? "https" : "http";
  return {
    address: {
      scheme,
      host: hostname.replace(/^\[|\]$/g, ""),
      port: port === "" ? (scheme === "https" ? 443 : 80) : Number(port),
    },
    target: `${pathname}${search}`,
  };
}

/**
 * `url` as it is reached at `address`: its path and query, nothing else of it. Services name themselves as they
 * see themselves (127.0.0.1, a container's address), some without a scheme or with an odd one. Null if it names
 * no host and path at all.
 */
export function rebasedOn(address: Address, url: unknown): string | null {
  if (typeof url !== "string" || !/^(?:[a-z][a-z\d+.-]*:)?\/\//i.test(url)) return null;
  const pathAndQuery = url.replace(/^[^/]*\/\//, "").replace(/^[^/?#]*/, "");
  const place = placeOf(`${originOf(address)}${pathAndQuery}`);
  return place === null || place.target.startsWith("/?") || place.target === "/"
    ? null
    : `${originOf(address)}${place.target}`;
}

const MESSAGE_CHARS_MAX = 200;

/** A foreign text made fit for a log line or a page: one line, no control characters, at most 200 characters. */
export function toldBriefly(text: string): string {
  if (text.length <= MESSAGE_CHARS_MAX && /^[\x21-\x7e]*$/.test(text)) return text;
  const plain = text
    .slice(0, 4 * MESSAGE_CHARS_MAX)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, " ")
    .trim();
  return plain.length > MESSAGE_CHARS_MAX ? `${plain.slice(0, MESSAGE_CHARS_MAX - 1)}…` : plain;
}

const PORT_MAX = 65_535;

export function exchange(order: ExchangeRequest): Promise<Exchange> {
  const { address, target, signal, bytesMax } = order;
  const where = hostPortOf(address);
  return new Promise((resolve) => {
    let sent = false;
    let settled = false;
    let request: ReturnType<typeof requestHttp> | null = null;

    const settle = (outcome: Exchange): void => {
      if (settled) return;
      settled = true;
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
      request?.destroy();
    };
    const fail = (why: string, aborted = false): void =>
      settle({ kind: "failed", sent, aborted, message: toldBriefly(`${where}: ${why}`) });
    const onAbort = (): void => fail(sent ? "no answer in time" : "no connection in time", true);

    const onResponse = (response: IncomingMessage): void => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > bytesMax) fail(`the answer is longer than ${bytesMax} bytes`);
        else parts.push(part);
      });
      response.on("end", () => {
        if (!response.complete) fail("the answer was cut off");
        else
          settle({
            kind: "answered",
            status: response.statusCode ?? 0,
            body: Buffer.concat(parts).toString(),
            atMs: timeOf(response.headers.date),
          });
      });
      response.on("error", (error) => fail(wordsOf(error)));
      response.on("close", () => fail("the answer was cut off"));
    };

    if (signal.aborted) {
      onAbort();
      return;
    }
    // Port 0 would silently become port 80.
    if (!Number.isInteger(address.port) || address.port < 1 || address.port > PORT_MAX) {
      fail(`${address.port} is no port`);
      return;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const body = order.body === undefined ? null : Buffer.from(order.body);
      request = (address.scheme === "https" ? requestHttps : requestHttp)({
        protocol: `${address.scheme}:`,
        hostname: address.host,
        port: address.port,
        path: target,
        method: body === null ? "GET" : "POST",
        agent: false,
        ...(order.lookup === undefined ? {} : { lookup: order.lookup }),
        headers: {
          Host: where,
          Accept: "application/json",
          Connection: "close",
          ...(body === null ? {} : { "Content-Type": "application/json", "Content-Length": body.length }),
          ...order.headers,
        },
      });
      countOpen("exchanges", request);
      boundInterim(request);
      request.on("socket", (socket) => {
        const onReady = (): void => {
          sent = true;
        };
        // Until the handshake is done nothing of the request leaves.
        if (address.scheme === "https") socket.once("secureConnect", onReady);
        else if (socket.connecting) socket.once("connect", onReady);
        else onReady();
      });
      request.on("response", (response) => {
        sent = true;
        onResponse(response);
      });
      request.on("error", (error) => fail(wordsOf(error)));
      request.on("close", () => fail("the connection ended without an answer"));
      if (body === null) request.end();
      else request.end(body);
    } catch (error) {
      fail(wordsOf(error));
    }
  });
}

/** The same with a deadline: past it, or at the signal, the connection is closed and the outcome is `failed`. */
export async function exchangeWithin(
  timeoutMs: number,
  order: Omit<ExchangeRequest, "signal">,
  signal?: AbortSignal,
): Promise<Exchange> {
  const closing = new AbortController();
  const outcome = exchange({ ...order, signal: closing.signal });
  try {
    return await deadline(outcome, timeoutMs, signal ? { signal } : {});
  } catch {
    closing.abort();
    return await outcome;
  }
}

function timeOf(date: string | undefined): number | null {
  const atMs = Date.parse(date ?? "");
  return Number.isNaN(atMs) ? null : atMs;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  switch (code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the name cannot be resolved";
    case "ECONNRESET":
    case "EPIPE":
      return "the connection was reset";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "unreachable";
    case LINK_LOCAL_ONLY:
      return error.message;
    default:
      return code === "" ? error.message : `${code} ${error.message}`;
  }
}

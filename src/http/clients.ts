/** Who asks: the client's address (believing forwarded headers of trusted proxies only) and its token. */
import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIP } from "node:net";
import type { BreakOff } from "../stream/sinks/sink.ts";
import type { Silence } from "./silence.ts";

/** What the server knows of a connection and Hono's routes cannot see. */
export interface Peer {
  /** The address at the other end of the socket. */
  readonly address: string;
  /** How to break the connection where a body that errs is not enough (see `ClientSink`). */
  readonly breakOff?: BreakOff | undefined;
  /** Left out: the server has no bound on silence that we know of. */
  readonly silence?: Silence | undefined;
}

/** What routes are called with. */
export type Env = {
  Bindings: {
    readonly peer: Peer;
    /** Path under which the app is mounted, without a slash at its end; empty or left out: none. */
    readonly basePath?: string;
  };
};

const PRIVATE = blockList([
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
]);

const LOOPBACK = blockList(["127.0.0.0/8", "::1/128"]);

export function blockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = "", bits] = cidr.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return list;
}

/** `::ffff:10.0.0.1` is 10.0.0.1. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

export function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** The client's address: the last one in `X-Forwarded-For` that is not a trusted proxy itself. */
export function clientAddress(peer: Peer, forwardedFor: string | undefined, trusted: BlockList): string {
  let address = plainAddress(peer.address);
  const hops = (forwardedFor ?? "").split(",").map((hop) => plainAddress(hop.trim()));
  while (isIn(trusted, address)) {
    const hop = hops.pop();
    if (hop === undefined || isIP(hop) === 0) break;
    address = hop;
  }
  return address;
}

export const isLoopback = (address: string): boolean => isIn(LOOPBACK, plainAddress(address));

export const isPrivate = (address: string): boolean => isIn(PRIVATE, address);

/** Compares in a time that tells nothing about where two texts differ, nor how long the wanted one is. */
export const isSameSecret = (given: string, wanted: string): boolean =>
  timingSafeEqual(digestOf(given), digestOf(wanted));

/** Of one length whatever the text's is. */
const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();

const PREFIX = /^\/t\/([^/]+)(\/.*)?$/;

/** The path that routes see: without a leading `/t/<token>`. */
export function pathWithoutToken(path: string): string {
  const match = PREFIX.exec(path);
  return match ? (match[2] ?? "/") : path;
}

/** The token of a request: `/t/<token>/…`, `Authorization: Bearer …`, or `?token=…`; empty if there is none. */
export function tokenOf(request: Request, url: URL): string {
  const inPath = PREFIX.exec(url.pathname)?.[1];
  if (inPath !== undefined) return decodeText(inPath);
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "");
  return bearer?.[1] ?? url.searchParams.get("token") ?? "";
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

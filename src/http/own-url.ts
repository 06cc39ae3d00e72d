/**
 * The proxy's own address as the asking client reaches it: what every link that is given out begins with. It is
 * worked out for each request and never kept, so that nobody gets the links of somebody else. It decides nothing
 * about who may ask.
 */
import type { BlockList } from "node:net";
import { knownHost, splitHostPort } from "../config/addresses.ts";
import { clientAddress, isIn, type Peer, plainAddress } from "./clients.ts";
import { type Claimed, claimedBy } from "./forwarded.ts";

export interface OwnUrl {
  /** `http://host[:port][/prefix]`, without a slash at its end, and without the token. */
  readonly base: string;
}

export interface OwnUrlRules {
  /** The operator's answer for everybody; null: as the client asked. */
  readonly publicUrl: string | null;
  /** Peers whose forwarded headers are believed (`blockList(trustedProxies)`). */
  readonly trusted: BlockList;
  /** Path under which the app is mounted; left out: none. The operator's answer has it already. */
  readonly basePath?: string | undefined;
}

/**
 * `--public-url`; else what trusted proxies say that the client asked for; else the request's own Host header.
 * Null if none of them names a host: a header that is not `host[:port]` counts for nothing.
 *
 * @example ownUrl(context.req.raw, context.env.peer, rules)?.base // "https://tv.example.org/ace"
 */
export function ownUrl(request: Request, peer: Peer, rules: OwnUrlRules): OwnUrl | null {
  if (rules.publicUrl !== null) return { base: rules.publicUrl };
  const hops = trustedHops(peer, request.headers.get("x-forwarded-for"), rules.trusted);
  const claimed = hops === 0 ? NOTHING : claimedBy(request.headers, hops);
  const place = hostAndPort(claimed.host ?? "") ?? hostAndPort(askedHost(request) ?? "");
  if (place === null) return null;
  const scheme = claimed.scheme ?? (request.url.startsWith("https:") ? "https" : "http");
  const port = place.port ?? claimed.port;
  const shownPort = port === null || port === (scheme === "https" ? 443 : 80) ? "" : `:${port}`;
  return { base: `${scheme}://${place.host}${shownPort}${claimed.prefix}${rules.basePath ?? ""}` };
}

/** The base of links for a client that had to show a token: players can carry it nowhere but in the path. */
export function linkBase({ base }: OwnUrl, token: string | null): string {
  return token === null ? base : `${base}/t/${encodeURIComponent(token)}`;
}

const NOTHING: Claimed = { scheme: null, host: null, port: null, prefix: "" };

/** How many proxies between the client and us are trusted: the peer, and those before it in `X-Forwarded-For`. */
function trustedHops(peer: Peer, forwardedFor: string | null, trusted: BlockList): number {
  if (!isIn(trusted, plainAddress(peer.address))) return 0;
  const hops = (forwardedFor ?? "").split(",").map((hop) => plainAddress(hop.trim()));
  const client = clientAddress(peer, forwardedFor ?? undefined, trusted);
  // The client is the last one that is not trusted; all that stand behind it are, and so is the peer.
  const behind = hops.lastIndexOf(client);
  return behind === -1 ? 1 : hops.length - behind;
}

/** The Host header; where there is none (HTTP/2, a request that the caller made itself) what the URL names. Null: nothing. */
export function askedHost(request: Request): string | null {
  const header = request.headers.get("host");
  if (header !== null) return header;
  return /^https?:/.test(request.url) ? new URL(request.url).host : null;
}

/** Strictly `host[:port]`; IPv6 keeps its brackets. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number | null } | null {
  const parts = splitHostPort(/^\[[^\]]*\]$|^[^:]*$/.test(text) ? `${text}:0` : text);
  if (parts === null || (parts.port === 0 && /:0+$/.test(text))) return null;
  const host = knownHost(parts.host);
  if (host === null) return null;
  return { host: host.includes(":") ? `[${host}]` : host, port: parts.port === 0 ? null : parts.port };
}

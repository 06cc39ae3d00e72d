/**
 * What proxies before us tell of the address that the client asked for: `X-Forwarded-Proto`, `-Host`, `-Port` and
 * `-Prefix`, or RFC 7239's `Forwarded`. Everything here is what a header claims: `own-url.ts` decides whom to
 * believe and checks the host.
 */

export interface Claimed {
  readonly scheme: "http" | "https" | null;
  readonly host: string | null;
  readonly port: number | null;
  /** Path that the proxies took off, without a slash at its end; empty: none. */
  readonly prefix: string;
}

/**
 * Reads the headers as they are behind `hops` trusted proxies (≥ 1). Lists grow to the right, one value for each
 * proxy: what stands further left than the proxies that are trusted was written by anybody.
 *
 * Where both kinds come the `X-Forwarded` ones count: nearly every proxy sets those, and one that sets them may
 * let a client's own `Forwarded` pass.
 */
export function claimedBy(headers: Headers, hops: number): Claimed {
  const last = (name: string): string | null => nth(listOf(headers.get(name)), hops);
  const prefix = listOf(headers.get("x-forwarded-prefix"))
    .slice(-hops)
    .map((part) => part.replace(/(?<!\/)\/+$/, ""))
    .filter((part) => PREFIX.test(part))
    .join("");
  const host = last("x-forwarded-host");
  const proto = last("x-forwarded-proto");
  const port = last("x-forwarded-port");
  if (host === null && proto === null && port === null) {
    const pairs = nth(forwardedElements(headers.get("forwarded") ?? ""), hops);
    return { scheme: schemeOf(pairs?.get("proto")), host: pairs?.get("host") ?? null, port: null, prefix };
  }
  return { scheme: schemeOf(proto), host, port: portOf(port), prefix };
}

/**
 * For whom the request is said to be sent on, whoever says so: addresses, and what else stands there (`unknown`, a
 * name that hides one).
 */
export function forwardedFor(headers: Headers): string[] {
  const told = forwardedElements(headers.get("forwarded") ?? "").flatMap((pairs) => pairs.get("for") ?? []);
  return [...NAMING_CLIENTS.flatMap((name) => listOf(headers.get(name))), ...told].map(withoutPort);
}

/** Headers that name whom a request is sent on for: some proxies set none but their own. */
export const NAMING_CLIENTS = ["x-forwarded-for", "x-real-ip", "cf-connecting-ip", "true-client-ip"] as const;

const withoutPort = (node: string): string =>
  node.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^([\d.]+):\d+$/, "$1");

/** Segments of unreserved characters and escapes; no `//`, which would begin a host, and no `..`. */
const PREFIX = /^(\/(?!\.{1,2}(\/|$))(?:[\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2})+)+$/i;

const listOf = (value: string | null): string[] =>
  (value ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** The `hops`-th value from the right; a list that is shorter was replaced by a proxy, not added to. */
const nth = <T>(list: readonly T[], hops: number): T | null => list[Math.max(0, list.length - hops)] ?? null;

function schemeOf(text: string | null | undefined): Claimed["scheme"] {
  const scheme = text?.toLowerCase();
  return scheme === "http" || scheme === "https" ? scheme : null;
}

function portOf(text: string | null): number | null {
  const port = /^\d{1,5}$/.test(text ?? "") ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

/** `for=1.2.3.4;host="a:80", for=…` → the pairs of each element, names in lower case. Nothing for a broken header. */
export function forwardedElements(header: string): ReadonlyMap<string, string>[] {
  const elements: Map<string, string>[] = [];
  let pairs = new Map<string, string>();
  let end = 0;
  for (const match of header.matchAll(PAIR)) {
    if (match.index !== end) return [];
    end = match.index + match[0].length;
    const { name, quoted, plain, stop } = match.groups ?? {};
    if (name !== undefined)
      pairs.set(name.toLowerCase(), quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1"));
    if (stop === ";") continue;
    if (pairs.size > 0) elements.push(pairs);
    pairs = new Map();
    if (stop === "") break;
  }
  return end === header.length ? elements : [];
}

/** One pair (or none) and what ends it: `;`, `,`, or the header's end. */
const PAIR =
  /[ \t]*(?:(?<name>[\w!#$%&'*+.^`|~-]+)=(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[\w!#$%&'*+.^`|~:[\]-]*)))?[ \t]*(?<stop>[;,]|$)/gy;

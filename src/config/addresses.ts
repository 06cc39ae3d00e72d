// Addresses: where we listen, engines, the orchestrator's URL, and networks that are believed.
import { isIP, isIPv4, isIPv6 } from "node:net";
import type { EngineAddress, ListenAddress } from "./settings.ts";
import { accepted, inAnyCase, type Parsed, refused, type ValueKind } from "./types.ts";

const HOST_LENGTH_MAX = 253;

/** `host:port` with brackets around IPv6, as it stands in a URL. */
export function hostPort(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** The base URL of an engine, without a slash at its end. */
export function engineUrl(engine: EngineAddress): string {
  return `${engine.scheme}://${hostPort(engine.host, engine.port)}`;
}

/** A name or an address in lower case, or `null`. Zones (`fe80::1%eth0`) have no place in a URL. */
export function knownHost(text: string): string | null {
  const host = text.toLowerCase();
  if (host.includes(":")) return isIPv6(host) && !host.includes("%") ? host : null;
  if (/^[\d.]+$/.test(host)) return isIPv4(host) ? host : null;
  if (host.length > HOST_LENGTH_MAX) return null;
  if (!/^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/.test(host)) return null;
  // To a URL a name whose last part is a number (`a.0`, `0x7f`) is an IPv4 address, or nothing.
  const url = `http://${host}`;
  return URL.canParse(url) && new URL(url).hostname === host ? host : null;
}

/** Splits at the port's colon; brackets come off. `null` when it is not of that form. */
export function splitHostPort(text: string): { readonly host: string; readonly port: number } | null {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return null;
  if (bracketed !== undefined) return isIPv6(bracketed) ? { host: bracketed, port } : null;
  return plain === undefined ? null : { host: plain, port };
}

export function listenAddress(example: string): ValueKind<ListenAddress> {
  const rule =
    "an address to listen on, such as :6879, 127.0.0.1:6879 or [::]:6879, with a port from 0 to 65535";
  return {
    placeholder: "ADDRESS",
    schema: { type: "string", pattern: "^(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]/]*):\\d{1,5}$" },
    parse(text): Parsed<ListenAddress> {
      const parts = splitHostPort(text);
      if (parts === null) return refused(rule, meantToListen(text) ?? example);
      const host = parts.host === "" ? "" : knownHost(parts.host);
      if (host === null)
        return refused(rule, parts.host === "*" ? `:${parts.port}` : `127.0.0.1:${parts.port}`);
      return accepted({ host, port: parts.port, text: hostPort(host, parts.port) });
    },
    show: (value) => value.text,
  };
}

/** What a text without a clear port may have meant; never an address that more can reach. */
function meantToListen(text: string): string | null {
  const [, address = "", port = ""] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? [];
  if (Number(port) > 65_535) return null;
  if (port !== "" && address === "") return `:${port}`;
  if (address === ":") return `[::]:${port}`;
  if (isIPv6(address) && !address.includes("%")) return `[${address}]:${port}`;
  const bare = text.replace(/^\[(.*)\]$/s, "$1");
  const host = knownHost(bare);
  return host === null ? null : hostPort(host, 6879);
}

export const engineAddress: ValueKind<EngineAddress> = {
  placeholder: "HOST:PORT",
  schema: {
    type: "string",
    pattern: `^(${inAnyCase("http")}[Ss]?://)?(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]/]+):\\d{1,5}/?$`,
  },
  parse(text): Parsed<EngineAddress> {
    const rule =
      "an engine's host:port, http://host:port or [IPv6]:port, with a port from 1 to 65535 and no path";
    const example = "127.0.0.1:6878";
    const [, scheme, rest = ""] = /^(?:(https?):\/\/)?(.*)$/is.exec(text) ?? [];
    const parts = splitHostPort(scheme === undefined ? rest : rest.replace(/\/$/, ""));
    const host = parts === null ? knownHost(rest.replace(/[:/].*$/s, "")) : knownHost(parts.host);
    if (/@|:\/\//.test(rest)) return refused(rule, example);
    // An address with a zone (`fe80::1%eth0`) cannot stand in a URL.
    if (parts === null && isIPv6(rest)) return refused(rule, rest.includes("%") ? example : `[${rest}]:6878`);
    if (parts === null || parts.port === 0) {
      const [, port] = /:(\d{1,5})(?:[/?#]|$)/.exec(rest) ?? [];
      const usable = port !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? port : "6878";
      return refused(rule, host === null ? example : `${host}:${usable}`);
    }
    if (host === null) return refused(rule, example);
    return accepted({ scheme: scheme?.toLowerCase() === "https" ? "https" : "http", host, port: parts.port });
  },
  show: (engine) => (engine.scheme === "http" ? hostPort(engine.host, engine.port) : engineUrl(engine)),
};

/** A host alone, as acexy's ACEXY_HOST has it; brackets around IPv6 may stand or not. */
export const bareHost: ValueKind<string> = {
  placeholder: "HOST",
  schema: { type: "string" },
  parse(text) {
    const host = knownHost(text.replace(/^\[(.*)\]$/s, "$1"));
    return host === null
      ? refused("a host name or an IP address, without scheme, port or path", "127.0.0.1")
      : accepted(host);
  },
  show: (value) => value,
};

/** Servers refuse longer ones. */
const URL_LENGTH_MAX = 2_048;

/** A base URL; user names, queries and fragments have no place in it. The slash at its end is dropped. */
export const baseUrl: ValueKind<string> = {
  placeholder: "URL",
  schema: { type: "string", pattern: `^${inAnyCase("http")}[Ss]?://[^?#@/\\\\\\s]+(/[^?#\\\\\\s]*)?$` },
  parse(text) {
    const rule = "a URL that begins with http:// or https://, without user name, query or fragment";
    const example = "http://orchestrator:8000";
    if (text.length > URL_LENGTH_MAX)
      return refused(`${rule}, of at most ${URL_LENGTH_MAX} characters`, example);
    if (!/^https?:\/\/[^\s/?#]/i.test(text)) {
      const bare = `http://${text}`;
      return refused(rule, /^[a-z0-9.-]+:\d{1,5}$/i.test(text) && URL.canParse(bare) ? bare : example);
    }
    if (!URL.canParse(text)) return refused(rule, example);
    const url = new URL(text);
    if (/[?#\\\p{Cc}\s]|^[^/]*\/\/[^/]*@/u.test(text) || url.username !== "" || url.password !== "") {
      // What is told of it must not tell a token; whoever needs that path knows it.
      const path = url.pathname.replace(/\/t\/.*$/, "").replace(/(?<!\/)\/+$/, "");
      return refused(rule, `${url.origin}${path}`);
    }
    return accepted(`${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, "")}`);
  },
  show: (value) => value,
};

/** A network as `address/bits`; a single address counts as the whole of its bits. */
export const network: ValueKind<string> = {
  placeholder: "CIDR",
  schema: { type: "string", pattern: "^[0-9A-Fa-f:.]+(/\\d{1,3})?$" },
  parse(text) {
    const rule = "a network such as 10.0.0.0/8 or fd00::/8, or one IP address";
    const [, address = "", bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
    const version = isIP(address);
    if (version === 0) return refused(rule, "10.0.0.0/8");
    const widest = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? widest : Number(bits);
    return prefix > widest
      ? refused(rule, `${address}/${widest}`)
      : accepted(`${address.toLowerCase()}/${prefix}`);
  },
  show: (value) => value,
};

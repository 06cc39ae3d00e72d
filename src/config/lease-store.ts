// `--lease`: this process's memory, or the URL of a store that several proxies share.
import type { HostPort } from "../net/host.ts";
import { hostPort, knownHost, splitHostPort } from "./addresses.ts";
import { quoted } from "./error.ts";
import type { LeaseStore } from "./settings.ts";
import { accepted, inAnyCase, type Parsed, refused, refusedFor, type ValueKind } from "./types.ts";

const EXAMPLE = "redis://store:6379";
const RULE =
  "memory, or redis://[user[:password]@]host[:port][/database], as rediss:// with TLS; " +
  "redis-sentinel://host,host/master and redis-cluster://host,host have several hosts";
const SHAPE = /^(redis|valkey)(s?)(?:-(sentinel|cluster))?:\/\/(?:(.*)@)?([^@/?#\s]+)(?:\/([^?#\s]*))?$/is;
const HOSTS_MAX = 32;
const DATABASE_MAX = 65_535;
const PORT_MAX = 65_535;

export const leaseStore: ValueKind<LeaseStore> = {
  placeholder: "memory|URL",
  schema: {
    type: "string",
    pattern: `^(${inAnyCase("memory")}|(${inAnyCase("redis")}|${inAnyCase("valkey")})[Ss]?(-(${inAnyCase("sentinel")}|${inAnyCase("cluster")}))?://\\P{Cc}+)$`,
  },
  parse(text): Parsed<LeaseStore> {
    if (text.toLowerCase() === "memory") return accepted({ kind: "memory" });
    const [, , secure, kind, user, names = "", path = ""] = SHAPE.exec(text) ?? [];
    if (names === "") return refused(RULE, meant(text));
    const form = kind === undefined ? "server" : kind.toLowerCase() === "sentinel" ? "sentinel" : "cluster";
    const hosts = names.split(",").map((name) => leaseHost(name, form === "sentinel" ? 26_379 : 6379));
    const wrong = (fault: string): Parsed<never> => refusedFor(fault, RULE, exampleOf(form));
    if (form === "server" && hosts.length > 1)
      return wrong("several hosts are a redis-sentinel:// or a redis-cluster://");
    if (hosts.length > HOSTS_MAX) return wrong(`more than ${HOSTS_MAX} hosts are too many`);
    const strange = hosts.find((host) => typeof host === "string");
    if (strange !== undefined) return wrong(strange);
    const place = placeIn(path, form);
    if (typeof place === "string") return wrong(place);
    const login = loginIn(user ?? "");
    if (login === null) return wrong("its user name or password is not escaped as in a URL");
    const known = hosts.filter((host) => typeof host !== "string");
    return accepted({ kind: "redis", form, hosts: known, tls: secure !== "", ...place, ...login });
  },
  hides: (store) => store.kind === "redis" && store.password !== null,
  show(store) {
    if (store.kind === "memory") return "memory";
    const { form, hosts, master, tls, database, username, password } = store;
    const login =
      username === "" && password === null
        ? ""
        : `${encodeURIComponent(username)}${password === null ? "" : ":***"}@`;
    const names = hosts.map(({ host, port }) => hostPort(host, port)).join(",");
    const path = form === "cluster" ? "" : form === "sentinel" ? `/${master}/${database}` : `/${database}`;
    return `redis${tls ? "s" : ""}${form === "server" ? "" : `-${form}`}://${login}${names}${path}`;
  },
};

type Form = "server" | "sentinel" | "cluster";

const exampleOf = (form: Form): string =>
  form === "sentinel"
    ? "redis-sentinel://store-1,store-2/mymaster"
    : form === "cluster"
      ? "redis-cluster://store-1,store-2"
      : EXAMPLE;

/** A host and a port alone are most likely a server. */
function meant(text: string): string {
  const parts = splitHostPort(text);
  const host = parts === null ? null : knownHost(parts.host);
  return parts === null || host === null || parts.port === 0
    ? EXAMPLE
    : `redis://${hostPort(host, parts.port)}`;
}

/** Or what is wrong with it. */
function leaseHost(text: string, usualPort: number): HostPort | string {
  const parts = splitHostPort(text) ?? splitHostPort(`${text}:${usualPort}`);
  if (parts === null) return portFault(text) ?? `${quoted(text)} is no host`;
  if (parts.port === 0) return "the port 0 is none";
  if (parts.host === "") return "a host is missing";
  const host = knownHost(parts.host);
  return host === null ? `${quoted(parts.host)} is no host name or address` : { host, port: parts.port };
}

function portFault(text: string): string | null {
  const [, port] = /^(?:\[[^\]]*\]|[^:[\]]*):(.*)$/s.exec(text) ?? [];
  if (port === undefined) return null;
  return numberFault("port", port, PORT_MAX);
}

/** Null: it is one. */
const numberFault = (what: string, text: string, max: number): string | null =>
  text === ""
    ? `the ${what} is missing`
    : !/^\d+$/.test(text)
      ? // What is no port may be a password.
        `the ${what}${what === "port" ? "" : ` ${quoted(text)}`} is not a number`
      : Number(text) > max
        ? `the ${what} ${text.slice(0, 20)} is above ${max}`
        : null;

interface PlaceIn {
  readonly master: string;
  readonly database: number;
}

/** Or what is wrong with it. */
function placeIn(path: string, form: Form): PlaceIn | string {
  const [master = "", ...rest] = form === "sentinel" ? path.split("/") : ["", path];
  const digits = rest.join("/") || "0";
  if (form === "sentinel" && !/^[A-Za-z0-9._-]+$/.test(master))
    return master === "" ? "the name of the primary is missing" : `${quoted(master)} is no name of a primary`;
  const fault = numberFault("database", digits, DATABASE_MAX);
  if (fault !== null) return fault;
  if (form === "cluster" && Number(digits) !== 0) return `a cluster has the database 0 only, not ${digits}`;
  return { master, database: Number(digits) };
}

function loginIn(text: string): { readonly username: string; readonly password: string | null } | null {
  const colon = text.indexOf(":");
  try {
    const username = decodeURIComponent(colon < 0 ? text : text.slice(0, colon));
    const password = colon < 0 ? null : decodeURIComponent(text.slice(colon + 1));
    return /\p{Cc}/u.test(`${username}${password}`)
      ? null
      : { username, password: password === "" ? null : password };
  } catch {
    return null;
  }
}

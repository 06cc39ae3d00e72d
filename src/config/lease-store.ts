// `--lease`: this process's memory, or the URL of a store that several proxies share.
import { hostPort, knownHost, splitHostPort } from "./addresses.ts";
import type { LeaseHost, LeaseStore } from "./settings.ts";
import { accepted, type Parsed, refused, type ValueKind } from "./types.ts";

const EXAMPLE = "redis://store:6379";
const RULE =
  "memory, or redis://[user[:password]@]host[:port][/database], as rediss:// with TLS; " +
  "redis-sentinel://host,host/master and redis-cluster://host,host have several hosts";
const SHAPE = /^(redis|valkey)(s?)(?:-(sentinel|cluster))?:\/\/(?:(.*)@)?([^@/?#\s]+)(?:\/([^?#\s]*))?$/is;
const HOSTS_MAX = 32;
const DATABASE_MAX = 65_535;

export const leaseStore: ValueKind<LeaseStore> = {
  placeholder: "memory|URL",
  schema: { type: "string", pattern: "^(memory|(redis|valkey)s?(-sentinel|-cluster)?://\\S+)$" },
  parse(text): Parsed<LeaseStore> {
    if (text.toLowerCase() === "memory") return accepted({ kind: "memory" });
    const [, , secure, kind, user, names = "", path = ""] = SHAPE.exec(text) ?? [];
    if (names === "") return refused(RULE, meant(text));
    const form = kind === undefined ? "server" : kind.toLowerCase() === "sentinel" ? "sentinel" : "cluster";
    const hosts = names.split(",").map((name) => leaseHost(name, form === "sentinel" ? 26_379 : 6379));
    if (!isFull(hosts) || hosts.length > HOSTS_MAX || (form === "server" && hosts.length > 1))
      return refused(RULE, EXAMPLE);
    const place = placeIn(path, form);
    const login = loginIn(user ?? "");
    if (place === null || login === null) return refused(RULE, exampleOf(form));
    return accepted({ kind: "redis", form, hosts, tls: secure !== "", ...place, ...login });
  },
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

function leaseHost(text: string, usualPort: number): LeaseHost | null {
  const parts = splitHostPort(text) ?? splitHostPort(`${text}:${usualPort}`);
  const host = parts === null ? null : knownHost(parts.host);
  return parts === null || host === null || parts.port === 0 ? null : { host, port: parts.port };
}

const isFull = (hosts: readonly (LeaseHost | null)[]): hosts is readonly LeaseHost[] => !hosts.includes(null);

function placeIn(path: string, form: Form): { readonly master: string; readonly database: number } | null {
  const [, master = "", digits = "0"] =
    (form === "sentinel" ? /^([A-Za-z0-9._-]+)(?:\/(\d{1,5})?)?$/ : /^()(\d{1,5})?$/).exec(path) ?? [];
  const database = Number(digits);
  if (form === "sentinel" ? master === "" : !/^\d{0,5}$/.test(path)) return null;
  // A cluster has one database.
  if (database > DATABASE_MAX || (form === "cluster" && database !== 0)) return null;
  return { master, database };
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

/** Which server keeps the leases: the one that is named, the one that sentinels name, or one of a cluster. */
import { readFileSync } from "node:fs";
import { createClient } from "@redis/client";
import { lookupFor } from "../net/dialling.ts";
import { toldBriefly } from "../net/exchange.ts";
import type { HostPort } from "../net/host.ts";
import { isLinkLocal, plainHost } from "../net/reach.ts";
import { CONNECT_MS_MAX, KEEPALIVE_MS } from "./redis-limits.ts";
import { StoreError, storeError, tlsHint } from "./redis-words.ts";

export interface RedisAddress {
  /** One server; sentinels that know where the primary is; or some nodes of a cluster. */
  readonly form: "server" | "sentinel" | "cluster";
  /** Never empty; a server is one. */
  readonly hosts: readonly HostPort[];
  /** The name under which sentinels know the primary; else empty. */
  readonly master: string;
  readonly tls: boolean;
  readonly database: number;
  /** Empty: the default user. */
  readonly username: string;
  readonly password: string | null;
}

export const placeOf = ({ host, port }: HostPort): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** One connection, not yet opened. It never connects again by itself, keeps nothing back and sends nothing twice. */
export function clientOf(at: HostPort, address: RedisAddress, ca: string | null, signsIn = true) {
  const { username, password, database, form } = address;
  const tls = { tls: true as const, ...(ca === null ? {} : { ca }) };
  return createClient({
    socket: {
      ...at,
      // Whoever owns a name that a store has named may have it lead anywhere: it is judged where it is dialled.
      ...(address.hosts.some(({ host }) => host === at.host) ? {} : lookupFor(at.host)),
      connectTimeout: CONNECT_MS_MAX,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_MS,
      reconnectStrategy: false,
      ...(address.tls ? tls : {}),
    },
    ...(signsIn && username !== "" ? { username } : {}),
    ...(signsIn && password !== null ? { password } : {}),
    ...(signsIn && form !== "cluster" && database !== 0 ? { database } : {}),
    // Any user may speak RESP 2; HELLO can be forbidden.
    RESP: 2,
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    clientInfoTag: "aceslot",
    commandOptions: { timeout: 0 },
  });
}

/** `caFile` in PEM; null: the system's are trusted. Throws a `StoreError`. */
export function readCertificates(caFile: string | null): string | null {
  try {
    return caFile === null ? null : readFileSync(caFile, "utf8");
  } catch (error) {
    throw new StoreError(`--lease-ca-file: ${caFile} cannot be read`, true, error);
  }
}

export type Client = ReturnType<typeof clientOf>;

/** Ends a connection in whatever state it is. */
export function cut(client: Client): void {
  client.on("error", () => {});
  try {
    client.destroy();
  } catch {
    // It was closed already.
  }
}

/** The same as `promise`, but rejects with the signal's reason when that comes first. */
export async function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Asks and closes. Rejects with a `StoreError`. */
async function askOnce(
  at: HostPort,
  address: RedisAddress,
  ca: string | null,
  signal: AbortSignal,
  commands: readonly string[],
  signsIn = true,
): Promise<unknown> {
  const client = clientOf(at, address, ca, signsIn);
  client.on("error", () => {});
  const answer = async (): Promise<unknown> => {
    await client.connect();
    return client.sendCommand([...commands]);
  };
  try {
    return await unless(signal, answer());
  } finally {
    cut(client);
  }
}

/** `key`: one of those that are used. Rejects with a `StoreError` for all that were asked. */
export async function findServer(
  address: RedisAddress,
  key: string,
  ca: string | null,
  signal: AbortSignal,
): Promise<HostPort> {
  const [first] = address.hosts;
  if (first === undefined) throw new StoreError("no server is named", true);
  if (address.form === "server") return first;
  const failures: string[] = [];
  for (const host of address.hosts) {
    try {
      const found =
        address.form === "sentinel"
          ? await askSentinel(host, address, ca, signal)
          : await askNode(host, address, key, ca, signal);
      if (found !== null) return found;
      failures.push(`the sentinel ${placeOf(host)} knows no primary of the name "${address.master}"`);
    } catch (error) {
      failures.push(storeError(error, placeOf(host), address.password, tlsHint(address.tls)).message);
    }
    if (signal.aborted) break;
  }
  throw new StoreError(failures.join("; "), true);
}

/** Null: that sentinel does not know the name. Sentinels often have no password, though the servers do. */
async function askSentinel(
  at: HostPort,
  address: RedisAddress,
  ca: string | null,
  signal: AbortSignal,
): Promise<HostPort | null> {
  const asked = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.master];
  const bare: RedisAddress = { ...address, database: 0 };
  const answer = await askOnce(at, bare, ca, signal, asked, false).catch((error) => {
    if (!/NOAUTH|NOPERM/.test(String(error))) throw error;
    return askOnce(at, bare, ca, signal, asked);
  });
  if (!Array.isArray(answer)) return null;
  return served({ host: String(answer[0]), port: Number(answer[1]) }, at);
}

/** Any node tells who keeps a key, by sending us there. */
async function askNode(
  at: HostPort,
  address: RedisAddress,
  key: string,
  ca: string | null,
  signal: AbortSignal,
): Promise<HostPort> {
  try {
    await askOnce(at, address, ca, signal, ["HLEN", key]);
    return at;
  } catch (error) {
    const [, host, port] = /^MOVED \d+ (.*):(\d+)$/.exec(error instanceof Error ? error.message : "") ?? [];
    if (host === undefined) throw error;
    // A node that does not know its own name leaves it out.
    return served({ host: host === "" ? at.host : host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) }, at);
  }
}

/** Where a server sends us: the password goes there, so only to what may be a store. */
function served(to: HostPort, by: HostPort): HostPort {
  const host = plainHost(to.host);
  if (host !== null && (!isLinkLocal(host) || host === plainHost(by.host))) return to;
  throw new StoreError(
    `${placeOf(by)} sends us to ${toldBriefly(placeOf(to))}, which is no host for a store`,
    true,
  );
}

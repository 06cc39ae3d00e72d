/** One visit to a lease store: connects as the proxy would, asks what the doctor wants to know, and leaves. */
import { deadline } from "#async";
import { durationText } from "../config/durations.ts";
import type { Books } from "../leases/books.ts";
import { KEEP, keysOf, PROBE, VIEW } from "../leases/redis.lua.ts";
import { readBooks } from "../leases/redis-answers.ts";
import {
  type Client,
  clientOf,
  cut,
  findServer,
  placeOf,
  type RedisAddress,
  readCertificates,
} from "../leases/redis-target.ts";
import { StoreError, storeError, tlsHint } from "../leases/redis-words.ts";
import { ANSWER_MS, PINGS } from "./limits.ts";
import { type ReplicaRule, readInfo, readRule, type ServerInfo } from "./store-info.ts";

export interface StoreOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly caFile: string | null;
}

export interface Visit {
  /** Where the server is that keeps the leases. */
  readonly place: string;
  /** Null: this user may not ask. */
  readonly server: ServerInfo | null;
  /** Of each question, ms, shortest first. */
  readonly roundTripsMs: readonly number[];
  /** The server's clock less ours, ms; null: this user may not ask. */
  readonly clockAheadMs: number | null;
  /** Null: this user may not ask. */
  readonly replicaRule: ReplicaRule | null;
  /** Why the proxy could not work there; null: all that it does was done. */
  readonly refusal: StoreError | null;
  /** What the proxies have written; null if that cannot be read. */
  readonly books: Books | null;
}

/** Rejects with a `StoreError` if nobody answers, or the user or the password is refused. */
export async function visit({ address, prefix, caFile }: StoreOptions): Promise<Visit> {
  const keys = keysOf(prefix);
  const signal = AbortSignal.timeout(ANSWER_MS);
  let place = address.hosts.map(placeOf).join(",");
  const open: Client[] = [];
  try {
    const ca = readCertificates(caFile);
    const server = await within(findServer(address, keys.store, ca, signal));
    place = placeOf(server);
    const connect = async (): Promise<Client> => {
      const client = clientOf(server, address, ca);
      open.push(client);
      client.on("error", () => {});
      await within(client.connect());
      return client;
    };
    const client = await connect();
    const ask = (...words: string[]): Promise<unknown> => within(client.sendCommand(words));
    const told = await orNull(ask("INFO"));
    const roundTripsMs = await measure(() => ask("PING"));
    const clockAheadMs = await orNull(clockAhead(() => ask("TIME")));
    const replicaRule = readRule(await orNull(ask("CONFIG", "GET", "min-replicas-*")));
    const five = [keys.store, keys.engines, keys.members, keys.queue, keys.freed];
    let refusal: StoreError | null = null;
    let books: Books | null = null;
    try {
      await ask("SCRIPT", "LOAD", KEEP);
      const view = String(await ask("SCRIPT", "LOAD", VIEW));
      await ask("EVAL", PROBE, "6", ...five, keys.probe, keys.channel);
      const text = await ask("EVALSHA", view, "5", ...five);
      await within((await connect()).subscribe(keys.channel, () => {}));
      books = readBooks(text);
    } catch (error) {
      refusal = storeError(error, place, address.password, tlsHint(address.tls));
    }
    const info = typeof told === "string" ? readInfo(told) : null;
    return { place, server: info, roundTripsMs, clockAheadMs, replicaRule, refusal, books };
  } catch (error) {
    throw storeError(error, place, address.password, tlsHint(address.tls));
  } finally {
    open.forEach(cut);
  }

  async function within<T>(answer: Promise<T>): Promise<T> {
    try {
      return await deadline(answer, ANSWER_MS);
    } catch (error) {
      if (error instanceof DOMException && error.name === "TimeoutError")
        throw new StoreError(`${place} does not answer within ${durationText(ANSWER_MS)}`, true);
      throw error;
    }
  }
}

const orNull = <T>(answer: Promise<T>): Promise<T | null> => answer.catch(() => null);

async function measure(ask: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < PINGS; n++) {
    const since = performance.now();
    await ask();
    times.push(performance.now() - since);
  }
  return times.sort((a, b) => a - b);
}

/** Its answer was made in the middle of the time that it took, as far as anybody can tell. */
async function clockAhead(askTime: () => Promise<unknown>): Promise<number> {
  const before = Date.now();
  const told = await askTime();
  const now = (before + Date.now()) / 2;
  const [seconds, micros] = Array.isArray(told) ? told.map(Number) : [];
  if (seconds === undefined || micros === undefined) throw new Error("no time was told");
  return seconds * 1000 + micros / 1000 - now;
}

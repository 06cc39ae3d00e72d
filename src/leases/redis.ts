/**
 * A store of leases in Redis or Valkey. It connects, tells when it can be asked, and tells when not; what the leases
 * mean is said by the script (`redis.lua.ts`). Commands are never kept back and never sent twice: one whose
 * connection breaks rejects, and whoever asked begins anew with `join`.
 */
import type { Log } from "../log.ts";
import type { Answer, Command } from "./books.ts";
import { keysOf, type StoreKeys } from "./redis.lua.ts";
import { readAnswer, readBooks, readChange } from "./redis-answers.ts";
import { PAUSE_MS_MAX, PAUSE_MS_MIN } from "./redis-limits.ts";
import { Link } from "./redis-link.ts";
import { placeOf, type RedisAddress, readCertificates } from "./redis-target.ts";
import { StoreError, storeError } from "./redis-words.ts";
import type { StoreEvents, StorePort, StoreView } from "./store.ts";

export interface RedisStoreOptions {
  readonly address: RedisAddress;
  /** Begins every key; letters, digits and `. _ -`. */
  readonly prefix: string;
  /** Certificates to trust, in PEM; read at every connect. Null: those of the system. */
  readonly caFile: string | null;
  /** A connection that owes an answer for so long is broken: the term, or less. */
  readonly answerMs: number;
  readonly log: Log;
}

/**
 * @example createRedisStore({ address: { form: "server", hosts: [{ host: "store", port: 6379 }], master: "",
 *   tls: false, database: 0, username: "", password: null }, prefix: "aceslot", caFile: null, answerMs: 10_000, log })
 */
export function createRedisStore(options: RedisStoreOptions): StorePort {
  return new RedisStore(options);
}

class RedisStore implements StorePort {
  readonly #options: RedisStoreOptions;
  readonly #keys: StoreKeys;
  readonly #closing = new AbortController();
  #link: Link | null = null;
  #staying: Promise<void> = Promise.resolve();
  /** Why it cannot be asked. */
  #why = "not connected yet";

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#keys = keysOf(options.prefix);
  }

  open(events: StoreEvents): void {
    this.#staying = this.#stay(events);
  }

  async ask(command: Command): Promise<Answer> {
    return readAnswer(await this.#connected.keep(JSON.stringify(command)));
  }

  async view(): Promise<StoreView> {
    return readBooks(await this.#connected.view());
  }

  describe(): string {
    const { form, hosts, master, tls, database } = this.#options.address;
    const scheme = `redis${tls ? "s" : ""}${form === "server" ? "" : `-${form}`}`;
    const path = form === "cluster" ? "" : `/${form === "sentinel" ? `${master}/` : ""}${database}`;
    return `${scheme}://${hosts.map(placeOf).join(",")}${path}`;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#link?.close(new StoreError("this proxy has left the store", true));
    await this.#staying;
  }

  get #connected(): Link {
    if (this.#link === null) throw new StoreError(this.#why, true);
    return this.#link;
  }

  /** One connection after the other, until the end. */
  async #stay(events: StoreEvents): Promise<void> {
    const { signal } = this.#closing;
    let pauseMs = PAUSE_MS_MIN;
    let told: string | null = null;
    let isDown = false;
    while (!signal.aborted) {
      let failure: StoreError;
      try {
        this.#link = await this.#connect(events);
        const since = performance.now();
        told = null;
        isDown = false;
        this.#warnOfEviction(this.#link);
        events.up();
        failure = await this.#link.broken;
        if (performance.now() - since > PAUSE_MS_MAX) pauseMs = PAUSE_MS_MIN;
      } catch (error) {
        failure = storeError(error, this.describe(), this.#options.address.password);
      }
      this.#link = null;
      this.#why = failure.message;
      if (signal.aborted) return;
      // Whoever hears that it is down says so, and what follows from that.
      if (!isDown) events.down(failure.message);
      else if (told !== failure.message)
        this.#options.log.warn("the lease store still cannot be asked", { why: failure.message });
      told = failure.message;
      isDown = true;
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX);
    }
  }

  async #connect(events: StoreEvents): Promise<Link> {
    const { address, caFile, answerMs } = this.#options;
    const heard = (message: string): void => {
      const change = readChange(message);
      if (change) events.change(change);
    };
    const ca = readCertificates(caFile);
    return Link.open({ address, keys: this.#keys, ca, answerMs, heard }, this.#closing.signal);
  }

  /** What is thrown out to make room is gone like anything that was lost: noticed, and everybody has to wait. */
  #warnOfEviction({ memory, place }: Link): void {
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? "noeviction";
    const limited = Number(/^maxmemory:(\d+)/m.exec(memory)?.[1] ?? 0) > 0;
    if (limited && policy !== "noeviction")
      this.#options.log.warn("the lease store may throw leases out to save memory", {
        store: place,
        policy,
        advice: "set maxmemory-policy noeviction there, or give the leases a server of their own",
      });
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

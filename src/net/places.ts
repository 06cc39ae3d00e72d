/**
 * Which of several addresses lead to one place, by what their names resolve to: an engine that is named twice, by its
 * name and by its number, is one engine, and has one cap. It opens no connection and never rejects: a name that cannot
 * be resolved stands for itself, or for what it was last resolved to. orchestrator/ may import it.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { deadline } from "#async";
import { isAllowed } from "../permissions.ts";
import { type Address, placeKey } from "../slots/index.ts";

/** A look at the pool waits no longer for names. */
export const RESOLVE_MS_MAX = 1_000;
/** Containers come back with other addresses; a resolver need not be asked with every look. */
export const RESOLVED_KEPT_MS = 30_000;
/** Names that are asked for at once: a longer list is resolved look by look. */
export const RESOLVED_AT_ONCE_MAX = 64;

/** All numeric addresses of a name; rejects where there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const resolveBySystem: Resolve = async (host) => {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
};

interface Known {
  readonly numbers: readonly string[];
  readonly untilMs: number;
}

export class Places {
  readonly #resolve: Resolve;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Known>();
  /** What is asked and has no answer yet. A resolver that hangs takes the system's threads, which files need as well. */
  readonly #asked = new Map<string, Promise<void>>();

  /** `nowMs`: monotonic. */
  constructor(resolve: Resolve = resolveBySystem, nowMs: () => number = () => performance.now()) {
    this.#resolve = resolve;
    this.#nowMs = nowMs;
  }

  /** The addresses without those that lead to the place of one before them. */
  async distinct(addresses: readonly Address[]): Promise<readonly Address[]> {
    if (addresses.length < 2) return addresses;
    await this.#learn(addresses);
    const taken = new Set<string>();
    return addresses.filter((address) => {
      const keys = this.#keysOf(address);
      const isNew = !keys.some((key) => taken.has(key));
      // What leads to a place under one more number is that place still.
      for (const key of keys) taken.add(key);
      return isNew;
    });
  }

  async #learn(addresses: readonly Address[]): Promise<void> {
    const hosts = new Set(addresses.map(({ host }) => host));
    for (const host of this.#known.keys()) if (!hosts.has(host)) this.#known.delete(host);
    const nowMs = this.#nowMs();
    const asked = [...hosts]
      .filter((host) => isIP(host) === 0 && (this.#known.get(host)?.untilMs ?? nowMs) <= nowMs)
      .filter((host) => isAllowed({ name: "net", host }))
      .slice(0, RESOLVED_AT_ONCE_MAX);
    const answers = asked.map((host) => this.#asked.get(host) ?? this.#ask(host));
    await deadline(Promise.all(answers), RESOLVE_MS_MAX).catch(() => {});
  }

  /** An answer that comes too late for this look is there for the next one. */
  #ask(host: string): Promise<void> {
    const keep = (numbers: readonly string[]): void => {
      this.#asked.delete(host);
      this.#known.set(host, { numbers, untilMs: this.#nowMs() + RESOLVED_KEPT_MS });
    };
    const answer = this.#resolve(host).then(keep, () => keep(this.#known.get(host)?.numbers ?? []));
    this.#asked.set(host, answer);
    return answer;
  }

  /** The names of its place: as it is written, and by each of its numbers. */
  #keysOf(address: Address): string[] {
    const { host } = address;
    const numbers = isIP(host) === 0 ? (this.#known.get(host)?.numbers ?? []) : [host];
    return [address, ...numbers.map((number) => ({ ...address, host: plainNumber(number) }))].map(placeKey);
  }
}

/** IPv4 within IPv6 (`::ffff:10.0.0.1`, also written as `::ffff:a00:1`) as IPv4; of the rest, one spelling each. */
function plainNumber(host: string): string {
  if (isIP(host) !== 6) return host;
  const spelled = URL.canParse(`http://[${host}]/`)
    ? new URL(`http://[${host}]/`).hostname.slice(1, -1)
    : host;
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/i.exec(spelled) ?? [];
  if (high === undefined || low === undefined) return spelled;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 0xff, b >> 8, b & 0xff].join(".");
}

/** The engines' versions, for people to see: asked for when somebody looks, few at once, and kept. */
import { type Address, addressText } from "../slots/index.ts";

/** An engine is updated now and then. */
const KEPT_MS = 3_600_000;
/** One that did not tell is asked again after so long, if somebody still looks. */
const UNKNOWN_KEPT_MS = 60_000;
/** Engines come and go with new addresses. More than any pool has: else each look would ask all of them anew. */
const KEPT_MAX = 50_000;
/** A look at a large pool must not cost the streams anything. */
const ASKED_AT_ONCE = 4;

export class Versions {
  readonly #ask: (address: Address) => Promise<string | null>;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, { readonly version: string | null; readonly untilMs: number }>();
  readonly #wanted: Address[] = [];
  #underWay = 0;

  /** `ask` must not reject. `nowMs`: monotonic. */
  constructor(ask: (address: Address) => Promise<string | null>, nowMs: () => number) {
    this.#ask = ask;
    this.#nowMs = nowMs;
  }

  /** What is known; null: nothing yet, or it does not tell. Nobody waits for the answer to the question. */
  of(address: Address): string | null {
    const key = addressText(address);
    const known = this.#known.get(key);
    const version = known?.version ?? null;
    if (known === undefined || this.#nowMs() >= known.untilMs) {
      this.#keep(key, version, Number.POSITIVE_INFINITY);
      this.#wanted.push(address);
      if (this.#underWay < ASKED_AT_ONCE) void this.#askWanted();
    }
    return version;
  }

  async #askWanted(): Promise<void> {
    this.#underWay++;
    for (let next = this.#wanted.shift(); next; next = this.#wanted.shift()) {
      const told = await this.#ask(next);
      this.#keep(addressText(next), told, this.#nowMs() + (told === null ? UNKNOWN_KEPT_MS : KEPT_MS));
    }
    this.#underWay--;
  }

  #keep(key: string, version: string | null, untilMs: number): void {
    this.#known.delete(key);
    this.#known.set(key, { version, untilMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}

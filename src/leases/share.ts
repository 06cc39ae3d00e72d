/**
 * What a member goes on with by itself while the store is away: the slots that it held, and no others. A lease whose
 * slot came free meanwhile is kept, and the next session there goes on under its name.
 */
import type { Held } from "./held.ts";

export class Share {
  /** Leases whose slots are free. Null: the store counts. */
  #spare: readonly Held[] | null = null;

  get isUsed(): boolean {
    return this.#spare !== null;
  }

  get spare(): readonly Held[] {
    return this.#spare ?? [];
  }

  begin(): void {
    this.#spare = [];
  }

  add(held: Held): void {
    this.#spare = this.#spare && [...this.#spare, held];
  }

  /** A free slot there. */
  take(place: string): Held | undefined {
    const taken = this.spare.find((held) => held.place === place);
    this.#spare = this.#spare?.filter((held) => held !== taken) ?? null;
    return taken;
  }

  /** Not ours any more, by their names in the store. */
  drop(names: readonly string[]): void {
    this.#spare = this.#spare?.filter(({ name }) => !names.includes(name)) ?? null;
  }

  /** The store counts again. What was still free. */
  end(): readonly Held[] {
    const { spare } = this;
    this.#spare = null;
    return spare;
  }
}

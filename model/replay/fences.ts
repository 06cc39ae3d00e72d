/**
 * Fences rise with every grant of the store. What journals can tell of that: no fence comes twice at one place, those
 * of one life rise, and whoever asked after another's grant was told gets a higher one. Pure; bounded.
 */
import { FENCES_REMEMBERED } from "./limits.ts";

export class Fences {
  /** Where each fence was granted, the oldest first. */
  readonly #granted = new Map<number, string>();
  /** The highest fence that was told until then, each higher than the one before. */
  #told: { readonly ms: number; readonly fence: number }[] = [];

  /** The highest fence that had been told to somebody before `ms`. */
  toldBefore(ms: number): number {
    const index = this.#told.findLastIndex((told) => told.ms < ms);
    if (index < 0) return 0;
    if (index > 0) this.#told = this.#told.slice(index);
    return this.#told[0]?.fence ?? 0;
  }

  /** `atLeast`: it must be above this. Null: nothing is wrong with it. */
  grant(fence: number, place: string, ms: number, atLeast: number): string | null {
    const before = this.#granted.get(fence);
    this.#granted.set(fence, place);
    if (this.#granted.size > FENCES_REMEMBERED) {
      const [oldest] = this.#granted.keys();
      if (oldest !== undefined) this.#granted.delete(oldest);
    }
    const last = this.#told.at(-1);
    if (!last || fence > last.fence) this.#told.push({ ms, fence });
    if (before === place) return `fence ${fence} is granted twice at ${place}`;
    if (before !== undefined) return `fence ${fence} is granted at ${place}, and was at ${before}`;
    if (fence <= atLeast)
      return `fence ${fence} is granted, but ${atLeast} had been told before it was asked for: fences only rise`;
    return null;
  }
}

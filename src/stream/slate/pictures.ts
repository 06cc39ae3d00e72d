/** Encoded slates: made once for all who get the same words, and so many of them kept. */
import { encodeSlate } from "./card.ts";
import { SLATE_PICTURES_MAX } from "./limits.ts";
import type { SlateWords } from "./words.ts";

export class Pictures {
  readonly #kept = new Map<string, Uint8Array>();

  get size(): number {
    return this.#kept.size;
  }

  of(words: SlateWords): Uint8Array {
    const key = [words.title, ...words.lines].join("\n");
    const picture = this.#kept.get(key) ?? encodeSlate(words);
    // Behind the others: the one that was not wanted for the longest time goes first.
    this.#kept.delete(key);
    this.#kept.set(key, picture);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > SLATE_PICTURES_MAX && oldest !== undefined) this.#kept.delete(oldest);
    return picture;
  }
}

/** Who listens to a selector. A listener that throws harms nobody. */
import type { JournalRecord } from "../slots/index.ts";
import { SelectorError } from "./error.ts";
import { isPromiseLike } from "./promise-like.ts";
import type { SelectorEvents } from "./types.ts";
import { causeWords, keyOf } from "./words.ts";

type Type = keyof SelectorEvents;

export class Hearing {
  readonly #listeners: { readonly [T in Type]: Set<(event: SelectorEvents[T]) => unknown> } = {
    transition: new Set(),
    fault: new Set(),
    recovered: new Set(),
  };

  on<T extends Type>(
    type: T,
    listener: (event: SelectorEvents[T]) => void,
    signal: AbortSignal | undefined,
  ): () => void {
    const listeners = this.#listeners[type];
    if (!listeners)
      throw new SelectorError(
        "bad_option",
        `"${type}" is no event; there are ${Object.keys(this.#listeners).join(", ")}`,
      );
    if (typeof listener !== "function")
      throw new SelectorError(
        "bad_option",
        `listener is ${String(listener)}, and must be a function; pass one that takes the event`,
      );
    if (signal?.aborted) return () => {};
    // One of its own, so that a function may listen twice.
    const heard = (event: SelectorEvents[T]): unknown => listener(event);
    listeners.add(heard);
    const off = (): void => {
      listeners.delete(heard);
      signal?.removeEventListener("abort", off);
    };
    signal?.addEventListener("abort", off);
    return off;
  }

  tell<T extends Type>(type: T, event: SelectorEvents[T]): void {
    const failed = (error: unknown): void => {
      // One that hears of faults and throws is told nothing of that.
      if (type !== "fault") this.tell("fault", { during: "listener", resource: null, error });
    };
    for (const listener of [...this.#listeners[type]]) {
      // One that came before may have stopped it.
      if (!this.#listeners[type].has(listener)) continue;
      try {
        const answer = listener(event);
        if (isPromiseLike(answer)) Promise.resolve(answer).then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  /** Of the core's records, those of slots that moved. */
  tellMoves(records: readonly JournalRecord[]): void {
    if (this.#listeners.transition.size === 0) return;
    for (const record of records) {
      if ("type" in record) continue;
      const { engine, slot, from, to, content, cause } = record;
      const key = keyOf(content);
      this.tell("transition", { resource: engine, slot, from, to, key, cause: causeWords(cause) });
    }
  }
}

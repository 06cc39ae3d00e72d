/** The mailbox: one event at a time. What comes while another is being taken in waits its turn. */
import type { SelectorEvent } from "../slots/index.ts";

export interface MailboxEars {
  /** What goes before all that is in the mailbox; none: nothing. */
  first(): readonly SelectorEvent[];
  take(event: SelectorEvent): void;
  /** What else there is to do now that no event is left; none: nothing. */
  more(): readonly SelectorEvent[];
  /** Nothing moves any more by itself. */
  rest(): void;
}

export class Mailbox {
  readonly #ears: MailboxEars;
  readonly #events: SelectorEvent[] = [];
  #busy = false;

  constructor(ears: MailboxEars) {
    this.#ears = ears;
  }

  /** Is an event being taken in? Whoever asks then was called from within it. */
  get isBusy(): boolean {
    return this.#busy;
  }

  post(...events: readonly SelectorEvent[]): void {
    this.#events.push(...events);
    this.run();
  }

  run(): void {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#next(); next; next = this.#next()) this.#ears.take(next);
    } finally {
      this.#busy = false;
    }
    this.#ears.rest();
  }

  #next(): SelectorEvent | undefined {
    this.#events.unshift(...this.#ears.first());
    if (this.#events.length === 0) this.#events.push(...this.#ears.more());
    return this.#events.shift();
  }
}

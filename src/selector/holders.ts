/** Those who hold a slot, and what they do with it: it is given back, thrown away, or taken from them. */
import type { ClientId, SelectorEvent, SessionId, State, StreamId } from "../slots/index.ts";
import { Held, type HeldEars } from "./held.ts";
import { DONE, type Run } from "./runs.ts";
import type { Slot } from "./types.ts";
import { causeWords, ownWords, sessionIn } from "./words.ts";

export interface HoldersEars {
  state(): State;
  post(event: SelectorEvent): void;
  /** Is an event being taken in? */
  isBusy(): boolean;
  lingerMs(stream: StreamId): number;
  /** Resolves when the place is free, or when there is nothing to wait for. */
  whenFree(session: SessionId): Promise<void>;
}

export class Holders<Value> {
  readonly #ears: HoldersEars;
  readonly #held = new Map<ClientId, Held<Value>>();

  constructor(ears: HoldersEars) {
    this.#ears = ears;
  }

  give(client: ClientId, run: Run<Value>, value: Value): Slot<Value> {
    const held = new Held(run, value, { client, session: run.session, stream: run.stream }, this.#heldEars);
    this.#held.set(client, held);
    return held;
  }

  takeBack(client: ClientId, cause: string): void {
    const held = this.#held.get(client);
    this.#held.delete(client);
    held?.takeBack(this.#ears.state().draining ? "closed" : "discarded", causeWords(cause));
  }

  readonly #heldEars: HeldEars = {
    release: ({ client, session, stream }) => {
      this.#held.delete(client);
      const [first, second] = this.#ears.state().streams.get(stream)?.clients ?? [];
      const isLast = first === client && second === undefined;
      // Nobody holds it then, and it does not linger: that is its end, and one decision less.
      if (isLast && !this.#ears.isBusy() && this.#ears.lingerMs(stream) === 0)
        this.#ears.post({ type: "end", stream, reason: "nobody watches" });
      else this.#ears.post({ type: "leave", client });
      return this.#whenFree(session);
    },
    discard: ({ client, session, stream }, reason) => {
      this.#held.delete(client);
      this.#ears.post({ type: "end", stream, reason: ownWords(reason) });
      return this.#whenFree(session);
    },
  };

  #whenFree(session: SessionId): Promise<void> {
    // Called from within a hook or a listener: what was posted is taken in at the end of this turn.
    if (this.#ears.isBusy()) return DONE.then(() => this.#whenFree(session));
    const slot = sessionIn(this.#ears.state(), session);
    return slot?.state === "released" ? this.#ears.whenFree(session) : DONE;
  }
}

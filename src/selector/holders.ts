/** Those who hold a slot, and what they do with it: it is given back, thrown away, or taken from them. */
import type { ClientId, SelectorEvent, SessionId, State, StreamId } from "../slots/index.ts";
import type { Group, Groups } from "./groups.ts";
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
  readonly #groups: Groups;
  readonly #ears: HoldersEars;

  constructor(groups: Groups, ears: HoldersEars) {
    this.#groups = groups;
    this.#ears = ears;
  }

  /** One's part in the slot of a group. */
  give(group: Group, run: Run<Value>, value: Value): Slot<Value> {
    const held = new Held(run, value, { group, session: run.session, stream: run.stream }, this.#heldEars);
    group.holding.add(held);
    return held;
  }

  /** The slot of a group is over, for all who hold it. */
  takeBack(client: ClientId, cause: string): void {
    const group = this.#groups.get(client);
    if (!group) return;
    this.#groups.delete(group);
    const code = this.#ears.state().draining ? "closed" : "discarded";
    for (const held of group.holding) held.takeBack(code, causeWords(cause));
  }

  readonly #heldEars: HeldEars<Value> = {
    release: (held, { group, session, stream }) => {
      group.holding.delete(held);
      if (this.#groups.leave(group)) this.#leave(group.client, stream);
      return this.#whenFree(session);
    },
    discard: (held, { group, session, stream }, reason) => {
      group.holding.delete(held);
      this.#ears.post({ type: "end", stream, reason: ownWords(reason) });
      return this.#whenFree(session);
    },
  };

  /** The last one of a group has released. */
  #leave(client: ClientId, stream: StreamId): void {
    const [first, second] = this.#ears.state().streams.get(stream)?.clients ?? [];
    const isLast = first === client && second === undefined;
    // Nobody holds it then, and it does not linger: that is its end, and one decision less.
    if (isLast && !this.#ears.isBusy() && this.#ears.lingerMs(stream) === 0)
      this.#ears.post({ type: "end", stream, reason: "nobody watches" });
    else this.#ears.post({ type: "leave", client });
  }

  #whenFree(session: SessionId): Promise<void> {
    // Called from within a hook or a listener: what was posted is taken in at the end of this turn.
    if (this.#ears.isBusy()) return DONE.then(() => this.#whenFree(session));
    const slot = sessionIn(this.#ears.state(), session);
    return slot?.state === "released" ? this.#ears.whenFree(session) : DONE;
  }
}

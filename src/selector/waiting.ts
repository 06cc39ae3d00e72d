/** Those who wait, from their call until their answer: in front of the core first, then in its queue. */
import type { ClientId, ContentKey, SelectorEvent, State, Timer } from "../slots/index.ts";
import { type Asked, Asking } from "./asking.ts";
import type { Clock } from "./clock.ts";
import { Lobby } from "./lobby.ts";
import { closedError, type Refusals, type Refused } from "./refusals.ts";
import type { Slot } from "./types.ts";

export interface WaitingEars {
  state(): State;
  post(event: SelectorEvent): void;
  arm(timer: Timer): void;
  disarm(timer: Timer): void;
  abandon(client: ClientId, reason: unknown): void;
}

const timerOf = (client: ClientId): Timer => ({ kind: "queue", client });

export class Waiting<Value> {
  readonly #refusals: Refusals;
  readonly #ears: WaitingEars;
  readonly #lobby = new Lobby();
  readonly #asking: Asking<Value>;

  constructor(refusals: Refusals, clock: Clock, ears: WaitingEars) {
    this.#refusals = refusals;
    this.#ears = ears;
    this.#asking = new Asking(clock, (client, reason) => ears.abandon(client, reason));
  }

  /** How many wait in front. */
  get inFront(): number {
    return this.#lobby.size;
  }

  /** How many wait in all. */
  get size(): number {
    const { queue, streams } = this.#ears.state();
    let size = this.#lobby.size;
    for (const id of queue) size += streams.get(id)?.clients.length ?? 0;
    return size;
  }

  leftMs(client: ClientId): number {
    return this.#asking.leftMs(client);
  }

  ask(client: ClientId, asked: Asked<Value>): void {
    this.#asking.add(client, asked);
  }

  /** Waits in front until the core is to hear of it. */
  stand(client: ClientId, content: ContentKey): void {
    this.#lobby.add(client, content);
  }

  /** What the core is to hear now that it has nothing else to do. */
  next(): readonly SelectorEvent[] {
    const requests = this.#lobby.next(this.#ears.state());
    // The core says how long it waits there.
    for (const { client } of requests) this.#ears.disarm(timerOf(client));
    if (requests.length === 0) for (const client of this.#lobby.takeFresh()) this.#ears.arm(timerOf(client));
    return requests;
  }

  /** Its answer; false: it wants none any more. */
  serve(client: ClientId, slotOf: () => Slot<Value> | undefined): boolean {
    const asked = this.#asking.take(client);
    const slot = asked && slotOf();
    if (!slot) return false;
    asked.resolve(slot);
    return true;
  }

  refuse(refused: Omit<Refused, "after" | "timeoutMs">): void {
    const asked = this.#asking.take(refused.client);
    const { timeoutMs = 0 } = asked ?? {};
    asked?.reject(this.#refusals.errorOf({ ...refused, after: this.#ears.state(), timeoutMs }));
  }

  /** Somebody does not want to wait any more. */
  abandon(client: ClientId, reason: unknown): void {
    const asked = this.#asking.take(client);
    if (!asked) return;
    if (this.#lobby.remove(client)) this.#ears.disarm(timerOf(client));
    else this.#ears.post({ type: "leave", client });
    asked.reject(reason);
  }

  /** Has one waited long enough that the core knows nothing of? It is refused then. */
  endsInFront(timer: Timer): boolean {
    if (timer.kind !== "queue") return false;
    const { client } = timer;
    const content = this.#lobby.contentOf(client);
    if (content === undefined) return false;
    this.#lobby.remove(client);
    this.refuse({ client, code: "no_capacity", message: "", before: this.#ears.state(), content });
    return true;
  }

  /** Refuses those in front: the selector is being closed. */
  closeFront(): void {
    for (const client of this.#asking.clients())
      if (this.#lobby.has(client)) this.abandon(client, closedError());
  }

  /** Refuses all: nothing is granted any more. */
  refuseAll(reason: unknown): void {
    for (const client of this.#asking.clients()) this.abandon(client, reason);
  }
}

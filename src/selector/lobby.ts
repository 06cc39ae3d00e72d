/**
 * Those who wait and of whom the core knows nothing yet. A step of the core costs what waits in its queue, so it is told of
 * one that waits at a time, and of more only while something might serve them: for the core they come later, and
 * in which order they come to it is as good as any other. Those who ask for one key stand together, at the first one's
 * place.
 */
import {
  type ClientId,
  type ContentKey,
  loadOf,
  QUEUE_LENGTH_MAX,
  type SelectorEvent,
  type State,
} from "../slots/index.ts";
import { QUEUE_TOLD_MAX } from "./limits.ts";

/** Whose place in the core's queue comes next, and for what. */
export type RequestEvent = SelectorEvent & { readonly type: "request" };

export class Lobby {
  readonly #contents = new Map<ClientId, ContentKey>();
  /** Oldest first. */
  readonly #waiting = new Map<ContentKey, ClientId[]>();
  /** Came since they were looked at last. */
  #fresh: ClientId[] = [];

  get size(): number {
    return this.#contents.size;
  }

  has(client: ClientId): boolean {
    return this.#contents.has(client);
  }

  contentOf(client: ClientId): ContentKey | undefined {
    return this.#contents.get(client);
  }

  add(client: ClientId, content: ContentKey): void {
    this.#contents.set(client, content);
    this.#fresh.push(client);
    const others = this.#waiting.get(content);
    if (others) others.push(client);
    else this.#waiting.set(content, [client]);
  }

  remove(client: ClientId): boolean {
    const content = this.#contents.get(client);
    if (content === undefined) return false;
    this.#contents.delete(client);
    const rest = (this.#waiting.get(content) ?? []).filter((other) => other !== client);
    if (rest.length > 0) this.#waiting.set(content, rest);
    else this.#waiting.delete(content);
    return true;
  }

  /** The requests that the core is to hear of now; none: it has enough to do. */
  next(state: State): RequestEvent[] {
    if (this.#contents.size === 0) return [];
    if (isForMore(state)) for (const content of this.#waiting.keys()) return this.#take(content);
    for (const client of this.#fresh) {
      const content = this.#contents.get(client);
      // What is there already, it shares, and needs nothing more.
      if (content !== undefined && isKnown(state, content)) return this.#take(content);
    }
    return [];
  }

  /** Those who came and must wait, each told once. */
  takeFresh(): ClientId[] {
    if (this.#fresh.length === 0) return [];
    const fresh = this.#fresh.filter((client) => this.#contents.has(client));
    this.#fresh = [];
    return fresh;
  }

  #take(content: ContentKey): RequestEvent[] {
    const clients = this.#waiting.get(content) ?? [];
    this.#waiting.delete(content);
    for (const client of clients) this.#contents.delete(client);
    return clients.map((client) => requestOf(client, content));
  }
}

/** Nobody is the same as anybody else: the core has no place handed over from one to the other. */
export const requestOf = (client: ClientId, content: ContentKey): RequestEvent => ({
  type: "request",
  client,
  content,
  variant: "",
  who: String(client),
});

/** May it be of use to tell the core of one more? */
function isForMore(state: State): boolean {
  if (state.queue.length < QUEUE_TOLD_MAX) return true;
  if (state.queue.length >= QUEUE_LENGTH_MAX) return false;
  // Whoever is first may be one that cannot go where there is room.
  for (const engine of state.engines.values())
    if (engine.listed && !engine.resting && loadOf(engine) < state.cap) return true;
  for (const stream of state.streams.values()) if (stream.lingeringSince !== null) return true;
  return false;
}

function isKnown(state: State, content: ContentKey): boolean {
  for (const stream of state.streams.values()) if (stream.contents.includes(content)) return true;
  return false;
}

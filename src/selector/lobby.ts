/**
 * Those who wait and of whom the core knows nothing yet. A step of the core costs what waits in its queue, so it is told of
 * one key that waits at a time, and of more only while something might serve them: for the core they come later, and
 * in which order they come to it is as good as any other. Those who ask for one key stand together, at the first one's
 * place.
 */
import { type ContentKey, loadOf, QUEUE_LENGTH_MAX, type State } from "../slots/index.ts";
import type { AskId } from "./asking.ts";
import { QUEUE_TOLD_MAX } from "./limits.ts";

/** Whose turn it is, and for what. */
export interface Turn {
  readonly content: ContentKey;
  /** Oldest first; at least one. */
  readonly asks: readonly AskId[];
}

export class Lobby {
  readonly #contents = new Map<AskId, ContentKey>();
  /** Oldest first. */
  readonly #waiting = new Map<ContentKey, Set<AskId>>();
  /** Came since they were looked at last. */
  #fresh: AskId[] = [];

  get size(): number {
    return this.#contents.size;
  }

  has(ask: AskId): boolean {
    return this.#contents.has(ask);
  }

  contentOf(ask: AskId): ContentKey | undefined {
    return this.#contents.get(ask);
  }

  add(ask: AskId, content: ContentKey): void {
    this.#contents.set(ask, content);
    this.#fresh.push(ask);
    const others = this.#waiting.get(content);
    if (others) others.add(ask);
    else this.#waiting.set(content, new Set([ask]));
  }

  remove(ask: AskId): boolean {
    const content = this.#contents.get(ask);
    if (content === undefined) return false;
    this.#contents.delete(ask);
    const asks = this.#waiting.get(content);
    asks?.delete(ask);
    if (asks?.size === 0) this.#waiting.delete(content);
    return true;
  }

  /** Those whose turn it is to come to the core; undefined: it has enough to do. */
  next(state: State): Turn | undefined {
    if (this.#contents.size === 0) return undefined;
    if (isForMore(state)) for (const content of this.#waiting.keys()) return this.#take(content);
    for (const ask of this.#fresh) {
      const content = this.#contents.get(ask);
      // What is there already, it shares, and needs nothing more.
      if (content !== undefined && isKnown(state, content)) return this.#take(content);
    }
    return undefined;
  }

  /** Those who came and must wait, each told once. */
  takeFresh(): AskId[] {
    if (this.#fresh.length === 0) return [];
    const fresh = this.#fresh.filter((ask) => this.#contents.has(ask));
    this.#fresh = [];
    return fresh;
  }

  #take(content: ContentKey): Turn {
    const asks = [...(this.#waiting.get(content) ?? [])];
    this.#waiting.delete(content);
    for (const ask of asks) this.#contents.delete(ask);
    return { content, asks };
  }
}

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

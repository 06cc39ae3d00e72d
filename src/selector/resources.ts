/**
 * Resources as the core knows them. It has one cap for all: the largest. A resource with less room is one whose further
 * places somebody else takes, for as long as it is so; places that are `taken` are the same thing.
 */
import type { ListedEngine, ListedStream, RankedEngine, SelectorEvent, State } from "../slots/index.ts";
import type { FullResource } from "./options.ts";
import type { ResourceView } from "./types.ts";

interface Known extends FullResource {
  readonly removed: boolean;
}

export class Resources {
  readonly #known = new Map<string, Known>();
  #cap: number;
  #asked = 0;
  /** Has the core not heard of the last change yet? */
  #isNews = true;

  constructor(resources: readonly FullResource[]) {
    for (const resource of resources) this.#known.set(resource.id, { ...resource, removed: false });
    this.#cap = this.#largest();
  }

  /** The core's cap. */
  get cap(): number {
    return this.#cap;
  }

  /** How many are kept, removed ones that still hold something among them. */
  get known(): number {
    return this.#known.size;
  }

  set(resource: FullResource): void {
    this.#known.set(resource.id, { ...resource, removed: false });
    this.#isNews = true;
  }

  remove(id: string): void {
    const known = this.#known.get(id);
    if (!known || known.removed) return;
    this.#known.set(id, { ...known, removed: true });
    this.#isNews = true;
  }

  /** How many places of a resource are pending or active that are not the selector's to give any more. */
  excess(state: State, id: string): number {
    const known = this.#known.get(id);
    const room = known && !known.removed ? roomOf(known) : 0;
    let kept = 0;
    // Those that are released are on their way to be free.
    for (const slot of state.engines.get(id)?.slots ?? [])
      if (slot.state === "pending" || slot.state === "active") kept++;
    return Math.max(0, kept - room);
  }

  /**
   * What the core is to hear before anything else, in this order; none: it knows. While one of two events is taken in and the other is not, each resource has
   * as much room as it should, or less: the cap is raised last and lowered first.
   */
  news(state: State): SelectorEvent[] {
    if (!this.#isNews) return [];
    this.#isNews = false;
    this.#forget(state);
    const before = this.#cap;
    this.#cap = this.#largest();
    const look: SelectorEvent = { type: "snapshot", asked: ++this.#asked, ...this.#listing() };
    if (this.#cap === before) return [look];
    const configure: SelectorEvent = { type: "configure", cap: this.#cap, provisioning: false };
    return this.#cap > before ? [look, configure] : [configure, look];
  }

  /** Places that the selector may give of those that may be used now. */
  places(state: State): {
    readonly usable: string[];
    readonly resting: string[];
    readonly shut: number;
    readonly room: number;
  } {
    const usable: string[] = [];
    const resting: string[] = [];
    let room = 0;
    let shut = 0;
    for (const known of this.#known.values()) {
      if (known.removed) continue;
      if (known.cap === 0) shut++;
      else if (state.engines.get(known.id)?.resting) resting.push(known.id);
      else {
        usable.push(known.id);
        room += roomOf(known);
      }
    }
    return { usable, resting, shut, room };
  }

  views(state: State): ResourceView[] {
    this.#forget(state);
    return [...this.#known.values()].map((known) => {
      const engine = state.engines.get(known.id);
      return viewOf(known, engine, engine?.resting ?? false);
    });
  }

  /** One that is about to be chosen, so it does not rest. */
  view(engine: RankedEngine): ResourceView {
    const known = this.#known.get(engine.id) ?? { id: engine.id, cap: 0, taken: 0, removed: true };
    return viewOf(known, engine, false);
  }

  /** Forgets removed ones that hold nothing any more. */
  #forget(state: State): void {
    for (const { id, removed } of this.#known.values())
      if (removed && !state.engines.has(id)) this.#known.delete(id);
  }

  #largest(): number {
    let cap = 1;
    for (const known of this.#known.values()) if (!known.removed) cap = Math.max(cap, roomOf(known));
    return cap;
  }

  #listing(): { engines: ListedEngine[]; streams: ListedStream[] } {
    const engines: ListedEngine[] = [];
    const streams: ListedStream[] = [];
    for (const known of this.#known.values()) {
      if (known.removed) continue;
      engines.push(listed(known));
      for (let place = roomOf(known); place < this.#cap; place++)
        streams.push({ engine: known.id, contents: [], playbackSession: null, label: null, urls: null });
    }
    return { engines, streams };
  }
}

const roomOf = ({ cap, taken }: FullResource): number => Math.max(0, cap - taken);

/** Its address is its id, written so that no two are one: to the core `localhost` has several names. */
const listed = ({ id, cap }: FullResource): ListedEngine => ({
  id,
  name: id,
  address: { scheme: "http", host: `=${id}`, port: 0 },
  health: "healthy",
  // One without places is out of use: nobody waits for it alone. Places that others hold may be given back.
  draining: cap === 0,
  forwarded: false,
  usedAtMs: null,
});

function viewOf(known: Known, engine: RankedEngine | undefined, resting: boolean): ResourceView {
  const slots = (engine?.slots ?? []).map((slot) => slot.state);
  const room = roomOf(known);
  while (slots.length < room) slots.push("free");
  while (slots.length > room && slots.at(-1) === "free") slots.pop();
  return {
    id: known.id,
    cap: known.cap,
    taken: known.taken,
    held: engine?.own ?? 0,
    resting,
    removed: known.removed,
    slots,
  };
}

/** Engines as all proxies together load them, and how high each one's load has been. Pure; bounded. */
import type { SlotState } from "../../src/slots/index.ts";
import { ENGINES_MAX, FORMER_POSSIBLE_MS, ReplayLimitError } from "./limits.ts";
import type { EngineTold, Peak, Told, Where } from "./told.ts";

export interface HeldSlot {
  readonly state: SlotState;
  readonly stream: number | null;
  /** In force when it was reserved: a cap that is lowered later takes nothing away. */
  readonly cap: number | null;
}

/** What one proxy has on one engine. */
export interface Part {
  readonly engine: EngineLoad;
  /** Slots whose state is known. */
  readonly slots: Map<number, HeldSlot>;
  /** Slots that are not free. */
  held: number;
  /** Slots that are active. */
  active: number;
  /** Streams of others, as the last look at the pool listed them. */
  foreign: number;
  /** Slots that may be held, though no line that is left tells it. */
  hidden: number;
  /** All slots are known: one that is not in `slots` is free. */
  whole: boolean;
}

export interface EngineLoad {
  readonly id: string;
  name: string;
  readonly parts: Part[];
  /** Sessions that a life left behind when it ended, and until when they may still run, ms since 1970. */
  former: number;
  formerUntilMs: number;
  certain: Peak | null;
  possible: Peak | null;
}

/**
 * Certain: slots that are active, and what others run there by the last look at the pool. What one proxy sees
 * as others' may be another one's own, so the proxies' own are summed and no look is added to that sum.
 */
export function certainLoad(engine: EngineLoad): number {
  let own = 0;
  let seen = 0;
  for (const { active, foreign } of engine.parts) {
    own += active;
    seen = Math.max(seen, active + foreign);
  }
  return Math.max(own, seen);
}

export const ownActive = (engine: EngineLoad): number =>
  engine.parts.reduce((sum, part) => sum + part.active, 0);

/**
 * Possible: every slot that is held, what a former life may have left running, and others' streams; of those
 * that a proxy sees as others', as many as the other proxies hold are taken for theirs.
 */
export function possibleLoad(engine: EngineLoad, at: string): number {
  let own = 0;
  for (const { held, hidden } of engine.parts) own += held + hidden;
  let others = 0;
  for (const { held, hidden, foreign } of engine.parts)
    others = Math.max(others, foreign - (own - held - hidden));
  return own + others + formerNow(engine, at);
}

function formerNow(engine: EngineLoad, at: string): number {
  if (engine.former > 0 && Date.parse(at) > engine.formerUntilMs) engine.former = 0;
  return engine.former;
}

type Folded = Told["folded"];

/** All engines of a replay. Those that are gone are kept as long as there is room. */
export class Engines {
  readonly #engines = new Map<string, EngineLoad>();
  /** Engines on which nobody has anything, the one that is gone longest first. */
  readonly #gone = new Set<string>();
  readonly #folded: { -readonly [K in keyof Folded]: Folded[K] } = { engines: 0, certain: 0, possible: 0 };

  constructor(readonly limit = ENGINES_MAX) {}

  get size(): number {
    return this.#engines.size;
  }

  get(id: string): EngineLoad {
    const known = this.#engines.get(id);
    if (known) {
      this.#gone.delete(id);
      return known;
    }
    if (this.#engines.size >= this.limit) this.#foldOne();
    const engine: EngineLoad = {
      id,
      name: id,
      parts: [],
      former: 0,
      formerUntilMs: 0,
      certain: null,
      possible: null,
    };
    this.#engines.set(id, engine);
    return engine;
  }

  addPart(id: string, whole: boolean): Part {
    const engine = this.get(id);
    const part = { engine, slots: new Map(), held: 0, active: 0, foreign: 0, hidden: 0, whole };
    engine.parts.push(part);
    return part;
  }

  /** The proxy has nothing there any more, or its life is over: then what it held may still run. */
  removePart(part: Part, left: number, at: string): void {
    const { engine } = part;
    engine.parts.splice(engine.parts.indexOf(part), 1);
    if (left > 0) {
      engine.former = formerNow(engine, at) + left;
      engine.formerUntilMs = Date.parse(at) + FORMER_POSSIBLE_MS;
    }
    if (engine.parts.length === 0) this.#gone.add(engine.id);
  }

  /** Looks how high the load is now; call it after each change of the engine. */
  note(engine: EngineLoad, cap: number | null, where: Where): void {
    const certain = certainLoad(engine);
    const possible = possibleLoad(engine, where.at);
    if (certain > (engine.certain?.load ?? 0)) engine.certain = peakOf(engine, certain, cap, where);
    if (possible > (engine.possible?.load ?? 0)) engine.possible = peakOf(engine, possible, cap, where);
  }

  told(): { readonly engines: EngineTold[]; readonly folded: Folded } {
    const engines = [...this.#engines.values()].map(
      ({ id, name, certain, possible }): EngineTold => ({ id, name, certain, possible, streams: [] }),
    );
    return { engines: engines.sort(byLoad), folded: this.#folded };
  }

  #foldOne(): void {
    const [oldest] = this.#gone;
    const engine = oldest === undefined ? undefined : this.#engines.get(oldest);
    if (!engine)
      throw new ReplayLimitError(
        `it names more than ${this.limit} engines at once: a replay follows no more; split the file by engine`,
      );
    this.#gone.delete(engine.id);
    this.#engines.delete(engine.id);
    this.#folded.engines++;
    this.#folded.certain = Math.max(this.#folded.certain, engine.certain?.load ?? 0);
    this.#folded.possible = Math.max(this.#folded.possible, engine.possible?.load ?? 0);
  }
}

function peakOf(engine: EngineLoad, load: number, cap: number | null, where: Where): Peak {
  const others = Math.max(0, ...engine.parts.map(({ foreign }) => foreign));
  return { load, others: Math.min(others, load), cap, where };
}

/** Highest certain load first, then highest possible, then by id. */
export function byLoad(a: EngineTold, b: EngineTold): number {
  return (
    (b.certain?.load ?? 0) - (a.certain?.load ?? 0) ||
    (b.possible?.load ?? 0) - (a.possible?.load ?? 0) ||
    a.id.localeCompare(b.id, "en", { numeric: true })
  );
}

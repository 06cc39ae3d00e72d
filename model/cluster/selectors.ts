/**
 * What the selectors answer: each of their states has a number, and what `step` says in it to what it may hear is
 * asked once. All proxies share one table, since no state says whose it is.
 */
import {
  type Effect,
  InvariantError,
  type SelectorEvent,
  SLOT_TABLE,
  type State,
  type Step,
} from "../../src/slots/index.ts";
import type { Wrong } from "../explore/search.ts";
import { Interned, Pairs } from "../explore/tables.ts";
import { conservation, indexAgrees, legality, oneSession } from "../properties/slots.ts";
import { eventName, type Stepper } from "../world/answers.ts";
import type { WorldSize } from "../world/size.ts";
import { claimBit, eventsOf, HEARS, type Hears } from "./hearing.ts";
import type { Known, Seat } from "./known.ts";
import { contentOf, decode, emptySelector, encode } from "./naming.ts";
import { atGrant, books as bookkeeping } from "./properties.ts";

/** What of an answer the world notices. */
export interface Answer {
  readonly to: number;
  /** New sessions, each of which is claimed first. */
  readonly begun: readonly Pick<Seat, "place" | "content">[];
  /** Sessions that hold no slot any more. */
  readonly settled: readonly Seat[];
  /** Sessions that are given up, and are still held. */
  readonly released: readonly Seat[];
  readonly wrong: Wrong | null;
}

const NONE: readonly never[] = [];
/** One empty list for all. */
const orNone = <T>(list: readonly T[]): readonly T[] => (list.length === 0 ? NONE : list);

export class Selectors {
  readonly counts = {
    events: new Map<string, number>(),
    effects: new Map<string, number>(),
    moves: new Map<string, number>(),
  };
  readonly tested = new Set<string>();
  readonly #size: WorldSize;
  readonly #step: Stepper;
  readonly #known = new Interned<Known>();
  readonly #answers = new Pairs();
  readonly #answered: Answer[] = [];
  readonly #recovered = new Interned<readonly Seat[]>();
  readonly #orders: readonly (readonly number[])[];
  /** By order, then by number: the number + 1; 0: not asked for yet. */
  readonly #reordered: Int32Array[];
  readonly #empty: State;
  readonly first: number;

  /** `orders`: the ways of naming contents. */
  constructor(size: WorldSize, step: Stepper, orders: readonly (readonly number[])[]) {
    this.#size = size;
    this.#step = step;
    this.#orders = orders;
    this.#reordered = orders.map(() => new Int32Array(1024));
    this.#empty = emptySelector(size.engines, size.cap);
    this.first = this.#number(encode(this.#empty, orders[0] ?? []));
  }

  get count(): number {
    return this.#known.values.length;
  }

  at(number: number): Known {
    return this.#known.at(number);
  }

  /** Made anew each time: there are many, and most are never asked for again. */
  stateOf(number: number): State {
    return decode(this.at(number).text, this.#empty);
  }

  #number(text: string): number {
    return this.#known.number(text, () => this.#look(text));
  }

  /** The number of the same state where contents are named in another order. */
  reordered(number: number, order: number): number {
    if (order === 0) return number;
    let row = this.#reordered[order] as Int32Array;
    const known = row[number];
    if (known) return known - 1;
    const to = this.#number(encode(this.stateOf(number), this.#orders[order] ?? []));
    if (number >= row.length) {
      const larger = new Int32Array(number * 2);
      larger.set(row);
      this.#reordered[order] = row = larger;
    }
    row[number] = to + 1;
    return to;
  }

  /** The next life of a proxy that crashed in this state and has its state file. */
  nextLife(number: number): number {
    const { seats } = this.at(number);
    return seats.length === 0 ? this.first : this.answer(this.first, "taken over", this.formers(seats)).to;
  }

  /** The number of sessions that are taken over. */
  formers(seats: readonly Pick<Seat, "place" | "content" | "stoppable">[]): number {
    const key = seats.map(({ place, content, stoppable }) => `${place}.${content}.${stoppable}`).join(";");
    return this.#recovered.number(key, () => seats as readonly Seat[]);
  }

  answer(number: number, hears: Hears, about: number): Answer {
    const code = HEARS.indexOf(hears) + about * HEARS.length;
    const known = this.#answers.find(number, code);
    if (known >= 0) return this.#answered[known] as Answer;
    const answer = this.#ask(number, hears, about);
    this.#answers.number(number, code);
    this.#answered.push(answer);
    return answer;
  }

  /** What is sent because of it; for tales. */
  effects(number: number, hears: Hears, about: number): Effect[] {
    let state = this.stateOf(number);
    const effects: Effect[] = [];
    for (const event of this.#events(state, hears, about)) {
      const taken = this.#step(state, event);
      effects.push(...taken.effects);
      state = taken.state;
    }
    return effects;
  }

  #ask(number: number, hears: Hears, about: number): Answer {
    const before = this.stateOf(number);
    const { seats } = this.at(number);
    let state = before;
    let wrong: Wrong | null = null;
    const begun: Pick<Seat, "place" | "content">[] = [];
    for (const event of this.#events(before, hears, about)) {
      let taken: Step;
      try {
        taken = this.#step(state, event);
      } catch (error) {
        if (!(error instanceof InvariantError)) throw error;
        wrong ??= { property: bookkeeping.name, detail: error.message };
        break;
      }
      wrong ??= this.#check(state, event, taken);
      this.#count(event, taken);
      for (const effect of taken.effects)
        if (effect.type === "start")
          begun.push({ place: effect.address.port, content: contentOf(effect.content) });
      state = taken.state;
    }
    const now = (id: number) => {
      const place = state.places.get(id);
      return place && state.engines.get(place.engine)?.slots[place.slot];
    };
    return {
      to: this.#number(encode(state, this.#orders[0] ?? [])),
      begun: orNone(begun),
      settled: orNone(seats.filter(({ session }) => !state.places.has(session))),
      released: orNone(
        seats.filter(({ session, released }) => !released && now(session)?.state === "released"),
      ),
      wrong,
    };
  }

  #events(state: State, hears: Hears, about: number): SelectorEvent[] {
    return eventsOf(state, hears, about, this.#size.engines, (number) => this.#recovered.at(number));
  }

  #check(before: State, event: SelectorEvent, taken: Step): Wrong | null {
    const after = taken.state;
    const moment = { before, event, after, ...taken, size: this.#size, step: this.#step };
    for (const answer of [
      legality.check(moment),
      conservation.check(after, this.#size),
      indexAgrees.check(after, this.#size),
      oneSession.check(after, this.#size),
    ]) {
      if (typeof answer === "string") return { property: bookkeeping.name, detail: answer };
      if (answer) this.tested.add(bookkeeping.name);
    }
    for (const effect of taken.effects) {
      if (effect.type !== "start") continue;
      const engine = after.engines.get(effect.engine);
      const load = (engine?.own ?? 0) + (engine?.claims.length ?? 0);
      if (load > after.cap)
        return {
          property: atGrant.name,
          detail: `a proxy asks for a slot of engine ${effect.address.port}, where it knows ${load} of ${after.cap} places to be taken`,
        };
      if ((engine?.claims.length ?? 0) > 0) this.tested.add(atGrant.name);
    }
    return null;
  }

  #look(text: string): Known {
    const state = decode(text, this.#empty);
    const seats: Seat[] = [];
    for (const engine of state.engines.values())
      for (const { state: at, session } of engine.slots)
        if (session)
          seats.push({
            session: session.id,
            place: engine.address.port,
            content: contentOf(session.contents[0]),
            released: at === "released",
            unanswered: session.start === "sent",
            stoppable: session.urls !== null,
            former: session.lease !== null,
          });
    const streams = [...state.streams.values()];
    return {
      text,
      seats: orNone(seats),
      trouble: state.leaseTrouble !== null,
      claims: [...state.engines.values()].reduce(
        (bits, { address, claims }) =>
          claims.reduce((sum, { contents }) => sum | claimBit(address.port, contentOf(contents[0])), bits),
        0,
      ),
      watched: streams.flatMap(({ id, clients }) => (clients.length > 0 ? [id] : [])),
      waiting: streams.flatMap(({ phase, contents }) =>
        phase === "waiting" ? [contentOf(contents[0])] : [],
      ),
    };
  }

  #count(event: SelectorEvent, taken: Step): void {
    const add = (map: Map<string, number>, name: string): void => {
      map.set(name, (map.get(name) ?? 0) + 1);
    };
    add(this.counts.events, eventName(event));
    for (const effect of taken.effects) add(this.counts.effects, effect.type);
    for (const record of taken.records)
      if ("from" in record) {
        const [move] = Object.entries(SLOT_TABLE[record.from]).find(([, to]) => to === record.to) ?? [];
        add(this.counts.moves, `${record.from} --${move}--> ${record.to}`);
      }
  }
}

/**
 * What the selector answers, asked once for each of its states and each thing that it can hear: a table of its own
 * `step`, with every property of states and steps looked at when an answer is new.
 */
import {
  InvariantError,
  type SelectorEvent,
  SLOT_TABLE,
  type State,
  type Step,
} from "../../src/slots/index.ts";
import type { Wrong } from "../explore/search.ts";
import { Interned, Ints, Pairs } from "../explore/tables.ts";
import { propertyOfAssertion } from "../properties/choosing.ts";
import type { Property, StateProperty, StepProperty } from "../properties/property.ts";
import { type Delta, deltaOf } from "./delta.ts";
import type { renameEnvironment } from "./environment.ts";
import { fromProxy, type Hearing } from "./happenings.ts";
import {
  canonical,
  emptyState,
  type Names,
  type NamingRules,
  permutations,
  rename,
  rowOf,
  sameNames,
} from "./naming.ts";
import { isDetailed, type WorldSize } from "./size.ts";

/**
 * A selector: a state and what happens to it give the next state, and what is to be done. Pure, synchronous and total;
 * the old state stays as it was.
 */
export type Stepper = (state: State, event: SelectorEvent) => Step;

/** One answer of the selector: where it leads, and what of it the environment notices. */
interface Outcome {
  readonly core: number;
  readonly delta: number;
}

export type Renaming = Parameters<typeof renameEnvironment>[1];

export class Answers {
  /** Distinct steps of the selector in which each event, effect and slot move occurred. */
  readonly events: Map<string, number> = new Map();
  readonly effects: Map<string, number> = new Map();
  readonly moves: Map<string, number> = new Map();
  /** Properties that were put to the test. */
  readonly tested: Set<string> = new Set();
  /** By core: what may happen, and the ways of renaming that change nothing. */
  readonly fromProxy: Int32Array[] = [];
  readonly automorphisms: (readonly Names[])[] = [];
  /** By core: the sessions at each engine, as bits. */
  readonly sessionsAt: Int32Array[] = [];
  readonly cores: Interned<State> = new Interned();
  readonly deltas: Interned<Delta> = new Interned();
  /** A core and a delta for each outcome. */
  readonly outcomes: Ints = new Ints();
  /** Steps that were asked for. */
  steps = 0;

  readonly #size: WorldSize;
  readonly #step: Stepper;
  readonly #rules: NamingRules;
  readonly #ofStep: readonly StepProperty[];
  readonly #ofState: readonly StateProperty[];
  readonly #ofBooks: readonly StateProperty[];
  readonly #orders: readonly (readonly number[])[];
  readonly #answers = new Pairs();
  /** By answer: where its outcomes begin; one entry more than answers. */
  readonly #offsets = new Ints();
  readonly #broken = new Map<number, Wrong>();

  constructor(size: WorldSize, step: Stepper, rules: NamingRules, properties: readonly Property[]) {
    this.#offsets.push(0);
    this.#size = size;
    this.#step = step;
    this.#rules = rules;
    this.#ofStep = properties.filter((property) => property.of === "step");
    const ofState = properties.filter((property) => property.of === "state");
    this.#ofState = ofState.filter((property) => !property.ofBooks);
    this.#ofBooks = ofState.filter((property) => property.ofBooks);
    const ports = Array.from({ length: size.engines }, (_, index) => index + 1);
    this.#orders = rules.engines ? permutations(ports).map((order) => [0, ...order]) : [[0, ...ports]];
  }

  get count(): number {
    return this.#answers.count;
  }

  /** The number of a state, and the names under which it is known. `ids`: see `portOf`. */
  core(
    state: State,
    ids?: readonly number[],
  ): { readonly number: number; readonly names: Names; readonly renaming: Renaming } {
    const { key, ways } = canonical(state, this.#rules, ids);
    const [names] = ways;
    if (!names) throw new Error("a state without a name");
    const number = this.cores.number(key, () => {
      const renamed = rename(state, names, this.#rules, undefined, ids);
      this.sessionsAt.push(
        Int32Array.from(renamed.engines.values(), (engine) =>
          engine.slots.reduce((sum, { session }) => sum | (session ? 1 << session.id : 0), 0),
        ),
      );
      this.fromProxy.push(Int32Array.from(fromProxy(renamed, this.#size, this.#rules.contents)));
      this.automorphisms.push(ways.length < 2 ? [] : canonical(renamed, this.#rules).ways);
      return renamed;
    });
    return { number, names, renaming: renamingOf(names, [0, ...state.past.map((_, index) => index + 1)]) };
  }

  /**
   * The number of what the selector answers, under every order of the engines that it might tell apart only by
   * their ids: its outcomes stand in `outcomes` from `first(answer)` to `first(answer + 1)`.
   */
  answer(core: number, heard: number, hearing: (heard: number) => Hearing): number {
    const known = this.#answers.find(core, heard);
    if (known >= 0) return known;
    const state = this.cores.at(core);
    const hears = hearing(heard);
    const outcomes: Outcome[] = [];
    let broken: Wrong | null = null;
    const ties = mayTie(
      state,
      hears(state, (port) => port),
      this.#size,
    );
    for (const order of ties ? this.#orders : this.#orders.slice(0, 1)) {
      const isPlain = order === this.#orders[0];
      const before = isPlain ? state : rename(state, sameNames(state), this.#rules, order);
      const idOf = (port: number): number => order[port] ?? port;
      const outcome = this.#ask(
        this.#beforeOf(before, hears),
        hears(before, idOf),
        isPlain ? undefined : order,
      );
      if ("property" in outcome) {
        broken = outcome;
        break;
      }
      if (!outcomes.some((other) => other.core === outcome.core && other.delta === outcome.delta))
        outcomes.push(outcome);
    }
    const answer = this.#answers.number(core, heard);
    if (broken) this.#broken.set(answer, broken);
    for (const outcome of broken ? [] : outcomes) {
      this.outcomes.push(outcome.core);
      this.outcomes.push(outcome.delta);
    }
    this.#offsets.push(this.outcomes.length);
    return answer;
  }

  /** Where the outcomes of an answer begin. */
  first(answer: number): number {
    return this.#offsets.at(answer);
  }

  /** What goes wrong in an answer. */
  brokenBy(answer: number): Wrong | null {
    return this.#broken.size === 0 ? null : (this.#broken.get(answer) ?? null);
  }

  /** A crash leaves nothing of the proxy's state. */
  #beforeOf(state: State, hearing: Hearing): State {
    return hearing(state, (port) => port).type === "recover"
      ? emptyState(state.cap, this.#size.spares)
      : state;
  }

  #ask(before: State, event: SelectorEvent, ids: readonly number[] | undefined): Outcome | Wrong {
    this.steps++;
    let taken: Step;
    try {
      taken = this.#step(before, event);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      return assertion(error);
    }
    const wrong = this.check(before, event, taken);
    if (wrong) return wrong;
    if (!ids) this.#count(event, taken);
    const known = this.cores.count;
    const core = this.core(taken.state, ids);
    // What holds in a state holds under all its names.
    const broken = core.number < known ? null : this.checkState(taken.state, false);
    if (broken) return broken;
    const delta = deltaOf(before, event, taken, core.names);
    const outcome = { core: core.number, delta: this.deltas.number(JSON.stringify(delta), () => delta) };
    return outcome;
  }

  /** What a step breaks. */
  check(before: State, event: SelectorEvent, taken: Step): Wrong | null {
    const moment = { before, event, after: taken.state, ...taken, size: this.#size, step: this.#step };
    for (const property of this.#ofStep) {
      const answer = property.check(moment);
      if (typeof answer === "string") return { property: property.name, detail: answer };
      if (answer) this.tested.add(property.name);
    }
    return this.checkState(taken.state, true);
  }

  /** What a state breaks. */
  checkState(state: State, books: boolean): Wrong | null {
    for (const property of books ? this.#ofBooks : this.#ofState) {
      const answer = property.check(state, this.#size);
      if (typeof answer === "string") return { property: property.name, detail: answer };
      if (answer) this.tested.add(property.name);
    }
    return null;
  }

  #count(event: SelectorEvent, taken: Step): void {
    const add = (map: Map<string, number>, name: string): void => {
      map.set(name, (map.get(name) ?? 0) + 1);
    };
    add(this.events, eventName(event));
    for (const effect of taken.effects) add(this.effects, effect.type);
    for (const record of taken.records)
      if ("from" in record) {
        const [move] = Object.entries(SLOT_TABLE[record.from]).find(([, to]) => to === record.to) ?? [];
        add(this.moves, `${record.from} --${move}--> ${record.to}`);
      }
  }
}

/** The core has found itself inconsistent. */
export const assertion = (error: InvariantError): Wrong => ({
  property: propertyOfAssertion(error.message),
  detail: error.message,
});

export function eventName(event: SelectorEvent): string {
  switch (event.type) {
    case "timer":
      return `timer: ${event.timer.kind}`;
    case "startFailed":
      return `startFailed: ${event.opened === "no" ? "not opened" : "unknown"}`;
    case "sourceEnded":
      return `sourceEnded: ${event.fault}`;
    default:
      return event.type;
  }
}

/**
 * May an answer depend on what engines are called? Only by the last comparator of the ranking, between engines that
 * are alike in all others: those that were never used. Where the environment writes nothing down of engines, such
 * engines are interchangeable, and either will do.
 */
function mayTie(state: State, event: SelectorEvent, size: WorldSize): boolean {
  if (!isDetailed(size)) return false;
  // Engines that a list brings are new, whatever was there before.
  if (event.type === "snapshot" || event.type === "fallback") return true;
  let unused = 0;
  for (const { turn } of state.engines.values()) if (turn === 0) unused++;
  return unused > 1;
}

export function renamingOf(names: Names, past: readonly number[]): Renaming {
  return {
    engines: names.engines,
    sessions: rowOf(names.sessions),
    streams: rowOf(names.streams),
    contents: names.contents,
    past,
  };
}

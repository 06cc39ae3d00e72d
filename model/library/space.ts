/** A model as numbered states: what the search walks through, and what is looked at in every state and step. */
import type { Space, Wrong } from "../explore/search.ts";
import { expectAnswer, expectHappenings, expectModel } from "./expecting.ts";
import { stableKey } from "./key.ts";
import { ASSERTION, type Happens, type Model, type ModelMoment, nameOf, statesOf } from "./model.ts";

/** One way on. `happening` is null where the model only begins, in one of several states. */
export interface Way<State, Happening> {
  readonly happening: Happening | null;
  /** Its place among all ways on of its state. */
  readonly choice: number;
  /** Null: the step broke off. */
  readonly after: State | null;
  /** Why it broke off. */
  readonly error: string | null;
}

export type WrongHere = Wrong & { readonly choice: number | null };

export class ModelSpace<State, Happening extends Happens> implements Space {
  readonly model: Model<State, Happening>;
  /** Properties that were put to the test. */
  readonly tested = new Set<string>();
  /** How often each happening was a way on, by name. */
  readonly counts: Map<string, number>;
  /** 1 where the states are numbered after one in which it has not begun yet, since it may begin in several. */
  readonly before: 0 | 1;
  readonly #states: (State | null)[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #begin: readonly State[];

  constructor(model: Model<State, Happening>) {
    expectModel(model);
    this.model = model;
    this.counts = new Map((model.names ?? []).map((name) => [name, 0]));
    this.#begin = statesOf(model.begin);
    if (this.#begin.length === 0) throw new RangeError(`${model.name} has no state to begin in`);
    this.before = this.#begin.length > 1 ? 1 : 0;
    if (this.before) this.#states.push(null);
    else for (const state of this.#begin) this.number(state);
  }

  get count(): number {
    return this.#states.length;
  }

  /** As the model wrote it, not in its canonical form; null: it begins in several. */
  get beginning(): State | null {
    return this.before ? null : (this.#begin[0] ?? null);
  }

  /** Null: it has not begun yet. */
  stateOf(number: number): State | null {
    const state = this.#states[number];
    if (state === undefined) throw new RangeError(`no state has the number ${number}`);
    return state;
  }

  keyOf(state: State): string {
    const { key = stableKey, canonical } = this.model;
    return key.call(this.model, canonical ? canonical.call(this.model, state) : state);
  }

  /** The state's number; a new one if it was not known: then it is `count - 1`. */
  number(state: State): number {
    const key = this.keyOf(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.length;
    this.#numbers.set(key, number);
    // Always the same one of all that are alike, so that a choice means the same on every way there.
    this.#states.push(this.model.canonical ? this.model.canonical(state) : state);
    return number;
  }

  /** Every way on, in the order of their choices. */
  waysFrom(state: State | null): Way<State, Happening>[] {
    if (state === null)
      return this.#begin.map((after, choice) => ({ happening: null, choice, after, error: null }));
    const ways: Way<State, Happening>[] = [];
    for (const happening of expectHappenings(this.model.name, this.model.happenings(state)))
      try {
        for (const after of statesOf(this.model.next(state, happening)))
          ways.push({ happening, choice: ways.length, after, error: null });
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        ways.push({ happening, choice: ways.length, after: null, error: text });
      }
    return ways;
  }

  mustHappen({ happening }: Way<State, Happening>): boolean {
    return happening === null || (this.model.isFair?.(happening) ?? true);
  }

  expand(number: number, visit: (to: number, choice: number) => void): WrongHere | null {
    const before = this.stateOf(number);
    const wrongFirst = number === 0 && before !== null ? this.wrongIn(before) : null;
    if (wrongFirst) return { ...wrongFirst, choice: null };
    let rests = true;
    for (const way of this.waysFrom(before)) {
      const { happening, choice, after } = way;
      if (happening !== null) this.#count(nameOf(happening));
      const wrongStep = before === null ? null : this.wrongStep(before, way);
      if (wrongStep) return { ...wrongStep, choice };
      if (after === null) continue;
      const known = this.count;
      const to = this.number(after);
      visit(to, choice);
      if (to !== number && this.mustHappen(way)) rests = false;
      const wrongThere = to === known ? this.wrongIn(after) : null;
      if (wrongThere) return { ...wrongThere, choice };
    }
    if (before === null) return null;
    this.#expectUnchanged(before, number);
    const owed = rests ? this.owedIn(before) : null;
    return owed && { ...owed, choice: null };
  }

  /** What a step violates. */
  wrongStep(before: State, { happening, after, error }: Way<State, Happening>): Wrong | null {
    if (happening === null) return null;
    const assertion = this.model.assertion ?? ASSERTION;
    if (after === null) return { property: assertion.name, detail: error ?? "" };
    this.tested.add(assertion.name);
    const moment: ModelMoment<State, Happening> = { before, happening, after };
    for (const property of this.model.properties) {
      const answer = property.kind === "step" && expectAnswer(property.name, property.check(moment));
      if (typeof answer === "string") return { property: property.name, detail: answer };
      if (answer) this.tested.add(property.name);
    }
    return null;
  }

  /** What a state violates, whatever comes after it. */
  wrongIn(state: State): Wrong | null {
    for (const property of this.model.properties) {
      const answer = property.kind !== "step" && expectAnswer(property.name, property.check(state));
      if (answer !== false) this.tested.add(property.name);
      if (property.kind === "always" && typeof answer === "string")
        return { property: property.name, detail: answer };
    }
    return null;
  }

  /** What is still owed in a state, if nothing more need happen there. */
  owedIn(state: State): Wrong | null {
    for (const property of this.model.properties) {
      const answer = property.kind === "eventually" && property.check(state);
      if (typeof answer === "string") return { property: property.name, detail: answer };
    }
    return null;
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  #expectUnchanged(state: State, number: number): void {
    if (this.#numbers.get(this.keyOf(state)) === number) return;
    throw new TypeError(
      `${this.model.name}: a state is not what it was after its ways on were looked at; next() must return new states and leave the old ones alone, and canonical() of its own answer must be the same`,
    );
  }
}

/**
 * What all worlds of the core have in common, however their states are kept: the selector's answers, what must hold
 * where nothing happens any more, and how a choice is looked up.
 */
import type { SelectorEvent, State, Step } from "../../src/slots/index.ts";
import type { Space, Wrong } from "../explore/search.ts";
import type { EnvironmentProperty, LoadProperty, Property, RestProperty } from "../properties/property.ts";
import { Answers, type Stepper } from "./answers.ts";
import type { Environment } from "./environment.ts";
import { KINDS } from "./happenings.ts";
import type { NamingRules } from "./naming.ts";
import { mayLook, mayRequeue, type WorldSize } from "./size.ts";

export interface WorldOptions {
  readonly size: WorldSize;
  readonly step: Stepper;
  readonly properties: readonly Property[];
  /** Engines and contents are interchangeable. On unless said otherwise. */
  readonly symmetry?: boolean;
}

/** A way on: the happening's number, where it leads, and what goes wrong there. */
export interface Way {
  readonly code: number;
  readonly to: number;
  readonly wrong: Wrong | null;
}

export const FIRST_KIND_OF_ENVIRONMENT = KINDS.indexOf("engine begins");

export abstract class Explored implements Space {
  readonly size: WorldSize;
  readonly rules: NamingRules;
  readonly step: Stepper;
  readonly answers: Answers;
  /** How often each kind of happening was a way on. */
  readonly counts: Float64Array = new Float64Array(KINDS.length);
  protected readonly ofEnvironment: readonly EnvironmentProperty[];
  readonly #ofLoad: readonly LoadProperty[];
  readonly #ofRest: readonly RestProperty[];
  /** What has gone wrong on the way to the state that is being numbered. */
  protected wrong: Wrong | null = null;
  /** The highest load seen: a state with a lower one need not be looked at. */
  #highest = 0;

  constructor({ size, step, properties, symmetry = true }: WorldOptions) {
    this.size = size;
    this.step = step;
    this.rules = {
      engines: symmetry && size.spares === 0,
      // A stream of somebody else may play one of ours: then contents have names.
      contents: symmetry && size.foreign === 0,
      age: mayRequeue(size),
      hashes: size.hashes,
      past: mayLook(size),
      slots: size.recaps === 0,
      ports: size.engines + size.spares,
    };
    this.answers = new Answers(size, step, this.rules, properties);
    this.ofEnvironment = properties.filter((property) => property.of === "environment");
    this.#ofLoad = properties.filter((property) => property.of === "load");
    this.#ofRest = properties.filter((property) => property.of === "rest");
  }

  abstract get count(): number;
  abstract get figures(): { readonly cores: number; readonly environments: number; readonly steps: number };
  abstract stateOf(number: number): { readonly state: State; readonly env: Environment };
  /** Every way on from a state: the happening's number, its place in the order, and where it leads. */
  abstract each(
    number: number,
    visit: (code: number, choice: number, to: number) => void,
    before?: (code: number) => void,
  ): (Wrong & { readonly choice: number }) | null;
  /** The number under which a state with whatever names is known, or what is wrong with it. */
  abstract judge(state: State, env: Environment): { readonly arrives: number; readonly wrong: Wrong | null };
  /** Must it happen some day? */
  abstract fairAt(code: number, number: number): boolean;

  get tested(): Set<string> {
    return this.answers.tested;
  }

  expand(
    number: number,
    visit: (to: number, choice: number) => void,
  ): (Wrong & { readonly choice: number | null }) | null {
    let rests = true;
    const wrong = this.each(number, (code, choice, to) => {
      this.counts[code >> 16] = (this.counts[code >> 16] as number) + 1;
      if (rests && to !== number && this.fairAt(code, number)) rests = false;
      visit(to, choice);
    });
    if (wrong || !rests) return wrong;
    const scene = { ...this.stateOf(number), size: this.size };
    for (const property of this.#ofRest) {
      const answer = property.check(scene);
      if (typeof answer === "string") return { property: property.name, detail: answer, choice: null };
      if (answer) this.tested.add(property.name);
    }
    return null;
  }

  /** Where a choice leads; null: there is no such choice. */
  wayOf(number: number, choice: number): Way | null {
    let way: Way | null = null;
    let last = -1;
    const wrong = this.each(
      number,
      (code, at, to) => {
        if (at === choice) way = { code, to, wrong: null };
      },
      (code) => {
        last = code;
      },
    );
    return wrong?.choice === choice ? { code: last, to: -1, wrong } : way;
  }

  /** What a step breaks. */
  check(before: State, event: SelectorEvent, taken: Step): Wrong | null {
    return this.answers.check(before, event, taken) ?? this.answers.checkState(taken.state, false);
  }

  protected takeWrong(choice: number): Wrong & { readonly choice: number } {
    const wrong = this.wrong ?? { property: "", detail: "" };
    this.wrong = null;
    return { ...wrong, choice };
  }

  /** Looks at how many sessions each engine carries: `loads` has bit n set where session n loads its engine. */
  protected weigh(core: number, loads: number): void {
    for (const sessions of this.answers.sessionsAt[core] as Int32Array) {
      const load = bitCount(sessions & loads);
      if (load <= this.#highest) continue;
      this.#highest = load;
      for (const property of this.#ofLoad) {
        const answer = property.check(load, this.size);
        if (typeof answer === "string") this.wrong ??= { property: property.name, detail: answer };
        else if (answer) this.tested.add(property.name);
      }
    }
  }

  /** Looks at an environment that was not seen before. */
  protected inspect(env: Environment): void {
    for (const property of this.ofEnvironment) {
      const answer = property.check(env, this.size);
      if (typeof answer === "string") this.wrong ??= { property: property.name, detail: answer };
      else if (answer) this.tested.add(property.name);
    }
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * What the ladder asks of the selector, written down. In a world that goes the same way, a mutant is asked the same
 * questions: one that answers all of them as the selector does is not worth a search, and one that answers
 * otherwise is looked at right there.
 */

import type { SelectorEvent, State } from "../../src/slots/index.ts";
import { search } from "../explore/search.ts";
import { Ints } from "../explore/tables.ts";
import type { Property } from "../properties/property.ts";
import type { NamingRules } from "../world/naming.ts";
import { sizeName, type WorldSize } from "../world/size.ts";
import { type Stepper, World } from "../world/world.ts";
import { covered } from "./switches.ts";

/** One question, and the selector's answer as a digest. */
export interface Question {
  readonly state: State;
  readonly event: SelectorEvent;
  readonly answer: bigint;
  /** Its rung of the ladder. */
  readonly rung: number;
}

export interface Rung {
  readonly name: string;
  readonly size: WorldSize;
  readonly states: number;
  readonly rules: NamingRules;
}

export interface Tape {
  readonly questions: readonly Question[];
  readonly rungs: readonly Rung[];
  /** Questions that come by a mutant, by its number. */
  readonly by: ReadonlyMap<string, Uint32Array>;
}

const STATES_MAX = 300_000;

/**
 * `step` is the instrumented selector that notes what it comes by; no mutant may be active. Properties take part,
 * since some of them ask the selector again.
 */
export function record(ladder: readonly WorldSize[], step: Stepper, properties: readonly Property[]): Tape {
  const rungs: Rung[] = [];
  const questions: Question[] = [];
  const by = new Map<string, Ints>();
  for (const size of ladder) {
    const rung = rungs.length;
    const asked: Stepper = (state, event) => {
      const { answer, mutants } = covered(() => step(state, event));
      for (const mutant of mutants) {
        const list = by.get(mutant) ?? new Ints(64);
        list.push(questions.length);
        by.set(mutant, list);
      }
      questions.push({ state: frozen(state), event: frozen(event), answer: digest(answer), rung });
      return answer;
    };
    const world = new World({ size, properties, step: asked });
    const limits = { maxStates: STATES_MAX, maxMs: Number.POSITIVE_INFINITY, clock: () => 0 };
    const { complete, found, states } = search(world, limits, false);
    const name = sizeName(size);
    if (found) throw new Error(`${name}: "${found.wrong.property}" does not hold without any mutant`);
    if (!complete) throw new Error(`${name} is too large for the ladder`);
    rungs.push({ name, size, states, rules: world.rules });
  }
  return { questions, rungs, by: new Map([...by].map(([mutant, list]) => [mutant, numbers(list)])) };
}

const numbers = (list: Ints): Uint32Array =>
  Uint32Array.from({ length: list.length }, (_, index) => list.at(index));

const refuse = (): never => {
  throw new TypeError("a question was written to");
};

/** A mutant that writes into what it is given must not change what later ones are asked. */
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    Object.assign(value, { set: refuse, delete: refuse, clear: refuse });
    for (const one of value.values()) frozen(one);
  } else for (const one of Object.values(value)) frozen(one);
  return Object.freeze(value);
}

const plain = (_: string, value: unknown): unknown => {
  if (value instanceof Map) return ["map", ...value];
  return value === undefined ? "undefined" : value;
};

/** Equal for equal answers, texts for people included. */
export const digest = (answer: unknown): bigint => BigInt(Bun.hash(JSON.stringify(answer, plain)));

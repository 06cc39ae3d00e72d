/**
 * What the ladder asks of the selector, written down: in a world that goes the same way, a mutant is asked the same
 * questions. One that answers all of them as the selector does is not worth a search.
 */

import type { SelectorEvent, State } from "../../src/slots/index.ts";
import { search } from "../explore/search.ts";
import { Ints } from "../explore/tables.ts";
import { sizeName, type WorldSize } from "../world/size.ts";
import { type Stepper, World } from "../world/world.ts";
import { covered } from "./switches.ts";

/** One question, and the selector's answer as a digest. */
interface Question {
  readonly state: State;
  readonly event: SelectorEvent;
  readonly answer: string | bigint;
  /** Its rung of the ladder. */
  readonly rung: number;
}

export interface Rung {
  readonly name: string;
  readonly size: WorldSize;
  readonly states: number;
}

export interface Tape {
  readonly questions: readonly Question[];
  /** As they are to be tried: small ones first. */
  readonly rungs: readonly Rung[];
  /** Questions that come by a mutant, by its number. */
  readonly by: ReadonlyMap<string, Uint32Array>;
}

/** Where a mutant's answer is another one than the selector's. */
export interface Difference {
  readonly rung: number;
  readonly event: string;
}

const STATES_MAX = 300_000;

/** `step` is the instrumented selector that notes what it comes by; no mutant may be active. */
export function record(ladder: readonly WorldSize[], step: Stepper): Tape {
  const rungs: Rung[] = [];
  const questions: Question[] = [];
  const by = new Map<string, Ints>();
  for (const size of ladder) {
    const rung = rungs.length;
    const world = new World({
      size,
      properties: [],
      step: (state, event) => {
        let answer: ReturnType<Stepper> | undefined;
        const mutants = covered(() => {
          answer = step(state, event);
        });
        if (answer === undefined) throw new Error("the selector did not answer");
        for (const mutant of mutants) {
          const list = by.get(mutant) ?? new Ints(64);
          list.push(questions.length);
          by.set(mutant, list);
        }
        questions.push({ state, event, answer: digest(answer), rung });
        return answer;
      },
    });
    const limits = { maxStates: STATES_MAX, maxMs: Number.POSITIVE_INFINITY, clock: () => 0 };
    const graph = search(world, limits, false);
    if (!graph.complete) throw new Error(`the world ${sizeName(size)} is too large for the ladder`);
    rungs.push({ name: sizeName(size), size, states: graph.states });
  }
  return { questions, rungs, by: new Map([...by].map(([mutant, list]) => [mutant, numbers(list)])) };
}

const numbers = (list: Ints): Uint32Array =>
  Uint32Array.from({ length: list.length }, (_, index) => list.at(index));

/** The rungs in which a mutant answers otherwise, with the first event that shows it. */
export function differences(tape: Tape, step: Stepper, which: Iterable<number>): Difference[] {
  const found = new Map<number, Difference>();
  for (const index of which) {
    const question = tape.questions[index];
    if (!question || found.has(question.rung)) continue;
    if (ask(step, question) !== question.answer)
      found.set(question.rung, { rung: question.rung, event: question.event.type });
  }
  return [...found.values()];
}

function ask(step: Stepper, { state, event }: Question): string | bigint {
  try {
    return digest(step(state, event));
  } catch (error) {
    return `threw ${error}`;
  }
}

const plain = (_: string, value: unknown): unknown => {
  if (value instanceof Map) return ["map", ...value];
  return value === undefined ? "undefined" : value;
};

const digest = (answer: unknown): bigint => BigInt(Bun.hash(JSON.stringify(answer, plain)));

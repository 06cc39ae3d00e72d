/**
 * What a model is: where it begins, what may happen, what comes of it, and what must hold. Types and words only;
 * nothing here explores. Everybody in `model/library/` imports it.
 */
import type { Message } from "../result.ts";

/** Something that can happen: a word, or plain data whose `type` is its name. */
export type Happens = string | { readonly type: string };

/** Several states instead of one: made by {@link several}. */
export class Several<State> {
  /** All that may come of it. */
  readonly states: readonly State[];

  /** Use {@link several}. */
  constructor(states: readonly State[]) {
    this.states = states;
  }
}

/**
 * One of these states, and nobody can say which: all of them are explored. None at all: it cannot happen after all.
 *
 * @example
 * ```ts
 * import { checkModel, several } from "aceslot/check";
 *
 * const result = checkModel({
 *   name: "a coin",
 *   begin: "in the air",
 *   happenings: (side) => (side === "in the air" ? ["falls"] : []),
 *   next: () => several(["heads", "tails"]),
 *   properties: [
 *     { kind: "sometimes", name: "tails", sentence: "It shows tails.", check: (side) => side === "tails" },
 *   ],
 * });
 * console.log(result.verdict, result.rungs[0]?.states); // "holds" 3
 * ```
 */
export const several = <State>(states: readonly State[]): Several<State> => new Several(states);

/** One step, as a model's `tell` sees it. */
export interface TakenStep<State, Happening> {
  /** Where it began. */
  readonly before: State;
  /** What happened. */
  readonly happening: Happening;
  /** Null: the step broke off, since `next` threw. */
  readonly after: State | null;
}

/** One step, as a property sees it: both states with the names that `next` gave them. */
export interface ModelMoment<State, Happening> extends TakenStep<State, Happening> {
  /** Where it led. */
  readonly after: State;
}

/** What a property is called, and what it says. */
export interface PropertyWords {
  /** Short: what reports list. Different for every property of a model. */
  readonly name: string;
  /** One sentence for whoever reads the report. */
  readonly sentence: string;
  /** Where it is written: a path in the repository and a line, for annotations there. */
  readonly source?: { readonly file: string; readonly line: number };
}

/** What a property is called, what it says, and when it is put to the test. */
export interface TestedWords extends PropertyWords {
  /** What must have occurred for the property to be put to the test, in words. */
  readonly sometimes: string;
}

/** A text says what is wrong; otherwise whether the property was put to the test here. */
export type ModelAnswer = string | boolean;

/**
 * What must hold.
 *
 * - `always`: in every state.
 * - `step`: of every step.
 * - `eventually`: again and again. Its check answers a text while something is still owed. Violated where everything
 *   that must happen has happened and it is owed all the same, and where it can be owed for ever.
 * - `sometimes`: in some state, which shows that the model can get there at all. If it cannot, the check is vacuous.
 */
export type ModelProperty<State, Happening> =
  | (TestedWords & { readonly kind: "always"; readonly check: (state: State) => ModelAnswer })
  | (TestedWords & {
      readonly kind: "step";
      readonly check: (moment: ModelMoment<State, Happening>) => ModelAnswer;
    })
  | (TestedWords & { readonly kind: "eventually"; readonly check: (state: State) => ModelAnswer })
  | (PropertyWords & { readonly kind: "sometimes"; readonly check: (state: State) => boolean });

/**
 * A small world, to be explored by `checkModel`. Its functions are pure: same arguments, same answer, and no
 * argument is changed. States are plain data, unless there is a `key`.
 *
 * @example
 * ```ts
 * import { checkModel, type Model } from "aceslot/check";
 *
 * const light: Model<"red" | "green", "turn"> = {
 *   name: "traffic light",
 *   begin: "red",
 *   happenings: () => ["turn"],
 *   next: (state) => (state === "red" ? "green" : "red"),
 *   properties: [
 *     { kind: "sometimes", name: "green", sentence: "It turns green.", check: (state) => state === "green" },
 *   ],
 * };
 * console.log(checkModel(light).verdict); // "holds"
 * ```
 */
export interface Model<State, Happening extends Happens> {
  /** Short; names the world in reports, such as `semaphore: 1 permit, 3 clients`. */
  readonly name: string;
  /** Where it begins. */
  readonly begin: State | Several<State>;
  /** What must hold, and what must occur. */
  readonly properties: readonly ModelProperty<State, Happening>[];
  /** Everything that may happen in a state, in an order that is always the same. */
  happenings(state: State): Iterable<Happening>;
  /** What comes of it. What it throws is a violation, of `assertion`. */
  next(state: State, happening: Happening): State | Several<State>;
  /** The property that a step violates by throwing. */
  readonly assertion?: PropertyWords;
  /**
   * Must it happen some day, if it stays possible: an answer, a timer? Or need it not: a request, a fault? Without
   * this everything must.
   */
  isFair?(happening: Happening): boolean;
  /** Two states are one if their keys are equal. By default `stableKey`, for plain data. */
  key?(state: State): string;
  /**
   * Symmetry: the same state under other names, one for all that differ in names only. Fairness then goes by a
   * happening's name, without what else it says, since who is who changes on the way.
   */
  canonical?(state: State): State;
  /** Everything that may happen, by name: what of it never occurred makes the check vacuous. */
  readonly names?: readonly string[];
  /** The step in words, and who said what to whom: lanes of the sequence diagram. */
  tell?(
    step: TakenStep<State, Happening>,
  ): string | { readonly words: string; readonly messages: readonly Message[] };
  /** The state as a person reads it, in a few lines. They follow every step of a trace. */
  show?(state: State): readonly string[];
  /** Sentences for the report: what the model takes for granted. */
  readonly assumptions?: readonly string[];
  /** Sentences for the report: what the model leaves out. */
  readonly limits?: readonly string[];
}

/** The happening's name: what coverage counts. */
export const nameOf = (happening: Happens): string =>
  typeof happening === "string" ? happening : happening.type;

export const statesOf = <State>(states: State | Several<State>): readonly State[] =>
  states instanceof Several ? states.states : [states];

/** Where a model does not say. */
export const ASSERTION: PropertyWords = {
  name: "no step breaks off",
  sentence: "Every step can be taken to its end.",
};

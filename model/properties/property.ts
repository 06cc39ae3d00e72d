/** What a property is: a name, a sentence, a check, and the *sometimes* twin that shows that it was put to the test. */
import type { Effect, Engine, JournalRecord, SelectorEvent, State, Stream } from "../../src/slots/index.ts";
import type { Environment } from "../world/environment.ts";
import type { WorldSize } from "../world/size.ts";

/** One step of the selector, looked at from outside. */
export interface Moment {
  readonly before: State;
  readonly event: SelectorEvent;
  readonly after: State;
  readonly effects: readonly Effect[];
  readonly records: readonly JournalRecord[];
  readonly illegal: readonly string[];
  readonly size: WorldSize;
  /** The selector, to be asked again under other circumstances. */
  readonly step: (state: State, event: SelectorEvent) => { readonly effects: readonly Effect[] };
}

/** The proxy's state and what is really the case. */
export interface Scene {
  readonly state: State;
  readonly env: Environment;
  readonly size: WorldSize;
}

interface Named {
  readonly name: string;
  readonly sentence: string;
  /** What its twin asks to have occurred, in words. */
  readonly sometimes: string;
  /** Whether a world has what it takes to put it to the test; absent: every world should. */
  readonly needs?: (size: WorldSize) => boolean;
}

/** Wrong: a text that says what. Otherwise whether it was put to the test. */
export type Answer = string | boolean;

/** Of every step of the selector. */
export interface StepProperty extends Named {
  readonly of: "step";
  readonly check: (moment: Moment) => Answer;
}
/** Of every state of the selector. */
export interface StateProperty extends Named {
  readonly of: "state";
  /**
   * It holds books that are kept twice against each other. A state's key leaves such doubles out, so it is looked at
   * after every step; all others once for each state.
   */
  readonly ofBooks?: true;
  readonly check: (state: State, size: WorldSize) => Answer;
}
/** Of every state of the world outside. */
export interface EnvironmentProperty extends Named {
  readonly of: "environment";
  readonly check: (env: Environment, size: WorldSize) => Answer;
}
/** Of what the engines really carry, in every state: `load` is that of the fullest one. */
export interface LoadProperty extends Named {
  readonly of: "load";
  readonly check: (load: number, size: WorldSize) => Answer;
}
/** Of every state in which nothing happens any more unless somebody wishes or breaks something. */
export interface RestProperty extends Named {
  readonly of: "rest";
  readonly check: (scene: Scene) => Answer;
}
/** Of the graph as a whole: `model/explore/liveness.ts` looks. */
export interface GraphProperty extends Named {
  readonly of: "graph";
  readonly id: "answers" | "frees" | "rests";
  /** Is in this state something still owed? */
  readonly owes: (scene: Scene) => boolean;
}

export type Property =
  | StepProperty
  | StateProperty
  | EnvironmentProperty
  | LoadProperty
  | RestProperty
  | GraphProperty;

export const engines = (state: State): Engine[] => [...state.engines.values()];
export const streams = (state: State): Stream[] => [...state.streams.values()];
export const waiting = (state: State): Stream[] =>
  streams(state).filter((stream) => stream.phase === "waiting");

/** Slots that are not free, counted and not taken from the index. */
export const heldSlots = (engine: Engine): number =>
  engine.slots.filter((slot) => slot.state !== "free").length;

/** The first text that tells something wrong. */
export function first<T>(items: Iterable<T>, wrong: (item: T) => string | null | false): string | null {
  for (const item of items) {
    const answer = wrong(item);
    if (answer) return answer;
  }
  return null;
}

/** Wrong if there is a text; else as `occurred` says. */
export const unless = (wrong: string | null | false | undefined, occurred: boolean): Answer =>
  wrong ? wrong : occurred;

/** Walking the graph by hand: what the `--explore` page, and anybody with a debugger's patience, looks at. */
import type { EngineNow, Message } from "./result.ts";

/** A state, as one arrived at it. */
export interface View {
  /** Indices chosen so far, from the beginning. */
  readonly path: readonly number[];
  /** What each of them was, in words, with its messages. */
  readonly steps: readonly { readonly happening: string; readonly messages: readonly Message[] }[];
  /** Every engine; none in a model of one's own. */
  readonly engines: readonly EngineNow[];
  /** The state as a person reads it: a few titled lists of lines (queue, streams, clients, sessions, messages in flight…). */
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
  /** What may happen next; the index into this list extends the path. */
  readonly enabled: readonly {
    /** In words. */
    readonly happening: string;
    /** It must happen some day if nothing prevents it (an answer, a timer), or it need not (a request, a fault). */
    readonly fair: boolean;
    /** True: it leads to a state that an earlier step of this path was in already. */
    readonly returns: boolean;
  }[];
  /** Every property that can be judged by this state and the way to it. */
  readonly properties: readonly {
    /** What reports list. */
    readonly name: string;
    /** What it says. */
    readonly sentence: string;
    /** `idle`: what it speaks of is not the case here. */
    readonly status: "holds" | "violated" | "idle";
    /** What is wrong; null: nothing. */
    readonly detail: string | null;
  }[];
}

/** A world that is walked through by hand: made by {@link walkModel} or {@link walkSelector}. */
export interface GraphWalker {
  /** The model's name, or a world's such as `E2 C2 R4`. */
  readonly world: string;
  /** The bug that stands in place of our code; null: none. */
  readonly mutant: string | null;
  /**
   * Where a path leads: indices into `enabled` of the view before, from the beginning.
   *
   * @throws {RangeError} that names the first index which is not enabled.
   */
  view(path: readonly number[]): View;
}

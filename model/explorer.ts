/** Walking the graph by hand: what the `--explore` page, and anybody with a debugger's patience, looks at. */
import type { EngineNow, Message } from "./result.ts";

export interface View {
  /** Indices chosen so far, from the beginning. */
  readonly path: readonly number[];
  /** What each of them was, in words, with its messages. */
  readonly steps: readonly { readonly happening: string; readonly messages: readonly Message[] }[];
  readonly engines: readonly EngineNow[];
  /** The state as a person reads it: a few titled lists of lines (queue, streams, clients, sessions, messages in flight…). */
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
  /** What may happen next; the index into this list extends the path. */
  readonly enabled: readonly {
    readonly happening: string;
    /** It must happen some day if nothing prevents it (an answer, a timer), or it need not (a request, a fault). */
    readonly fair: boolean;
    /** True: it leads to a state that an earlier step of this path was in already. */
    readonly returns: boolean;
  }[];
  readonly properties: readonly {
    readonly name: string;
    readonly sentence: string;
    /** `idle`: what it speaks of is not the case here. */
    readonly status: "holds" | "violated" | "idle";
    readonly detail: string | null;
  }[];
}

export interface GraphWalker {
  /** Such as `E2 C2 R4`. */
  readonly world: string;
  readonly mutant: string | null;
  /** Throws a RangeError that names the first index which is not enabled. */
  view(path: readonly number[]): View;
}

/** The core's step with a ranking of the user's own: what that does not tell apart goes by ours. */
import {
  byRank,
  createStep,
  PARTS,
  type SelectorEvent,
  type State,
  type Step,
  step,
} from "../slots/index.ts";
import { isPromiseLike } from "./promise-like.ts";
import type { Resources } from "./resources.ts";
import type { PlainSelectorOptions } from "./types.ts";

/** `fault`: the ranking threw, or answered no number, and decided nothing. */
export function rankedStep(
  rank: PlainSelectorOptions["rank"],
  resources: Resources,
  fault: (error: unknown) => void,
): (state: State, event: SelectorEvent) => Step {
  if (!rank) return step;
  return createStep({
    ...PARTS,
    rank: (a, b) => {
      try {
        const order: unknown = rank(resources.view(a), resources.view(b));
        if (typeof order === "number") return order || byRank(a, b);
        // Whatever it comes to, it is too late for this.
        if (isPromiseLike(order)) Promise.resolve(order).then(undefined, () => {});
        throw new TypeError(`rank answered ${typeof order}, and must answer a number at once`);
      } catch (error) {
        fault(error);
        return byRank(a, b);
      }
    },
  });
}

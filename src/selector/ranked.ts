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
import type { Resources } from "./resources.ts";
import type { PlainSelectorOptions } from "./types.ts";

/** `fault`: the ranking threw, and decided nothing. */
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
        return rank(resources.view(a), resources.view(b)) || byRank(a, b);
      } catch (error) {
        fault(error);
        return byRank(a, b);
      }
    },
  });
}

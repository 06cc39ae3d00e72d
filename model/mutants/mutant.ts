/** Known bugs, to be put in place of a part of the selector: a check that does not catch them proves nothing. */
import { createStep, PARTS, type Parts, type step } from "../../src/slots/index.ts";
import type { WorldSize } from "../world/size.ts";

/** A known bug, to be put in place of a part of the selector. */
export interface Mutant {
  /** Kebab-case: what `--mutant` takes. */
  readonly name: string;
  /** Where the bug comes from, or why somebody would write it. */
  readonly history: string;
  /** The property that must catch it. Any other one that does so first hides that this one is blind. */
  readonly property: string;
  /** The decisions that are replaced. */
  readonly parts?: Partial<Parts>;
  /** What is done to a whole step, where that is the more honest re-enactment. */
  readonly wrap?: (right: typeof step) => typeof step;
  /** What a world needs, over the smallest one, so that the bug can show. */
  readonly world?: Partial<WorldSize>;
}

/**
 * The selector with a bug in it.
 *
 * @example
 * ```ts
 * import { checkSelector, MUTANTS, SMALLEST, stepOf } from "aceslot/check";
 *
 * for (const bug of MUTANTS.slice(0, 3)) {
 *   const { violation } = checkSelector({
 *     name: bug.name,
 *     step: stepOf(bug),
 *     worlds: [{ ...SMALLEST, ...bug.world }],
 *   });
 *   console.log(bug.name, violation?.property === bug.property ? "caught" : "not caught");
 * }
 * ```
 */
export function stepOf({ parts, wrap }: Mutant): typeof step {
  const wrong = createStep({ ...PARTS, ...parts });
  return wrap ? wrap(wrong) : wrong;
}

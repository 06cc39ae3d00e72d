/** Takes a recorded path through a model again, and judges what it sees on the way. */
import type { Violation } from "../result.ts";
import { edgesOf, mustHappen } from "./cycles.ts";
import type { Happens, Model } from "./model.ts";
import { ModelSpace } from "./space.ts";
import { violationOf } from "./violation.ts";

/**
 * Takes recorded choices again, such as those of `violation.replay.choices`: what goes wrong on their way or at their
 * end; null: nothing does, any more.
 *
 * @throws {RangeError} that names the first choice which is not possible, since the model has changed.
 *
 * @example
 * ```ts
 * import { checkModel, type Model, replayModel } from "aceslot/check";
 *
 * const stopsAt = (last: number): Model<number, "count"> => ({
 *   name: "a counter",
 *   begin: 0,
 *   happenings: () => ["count"],
 *   next: (count) => Math.min(count + 1, last),
 *   properties: [
 *     {
 *       kind: "always",
 *       name: "stops",
 *       sentence: "It never goes beyond 3.",
 *       sometimes: "it gets to 3",
 *       check: (count) => (count > 3 ? `it is at ${count}` : count === 3),
 *     },
 *   ],
 * });
 * const { violation } = checkModel(stopsAt(4));
 * if (violation) console.log(violation.detail, replayModel(stopsAt(3), violation.replay.choices)); // it is at 4 null
 * ```
 */
export function replayModel<State, Happening extends Happens>(
  model: Model<State, Happening>,
  choices: readonly number[],
): Violation | null {
  const space = new ModelSpace(model);
  const numbers = [0];
  const first = space.stateOf(0);
  const wrongFirst = first === null ? null : space.wrongIn(first);
  if (wrongFirst) return violationOf(space, wrongFirst, [], null);
  for (const [index, choice] of choices.entries()) {
    const number = numbers.at(-1) ?? 0;
    const before = space.stateOf(number);
    const way = space.waysFrom(before)[choice];
    if (!way)
      throw new RangeError(`choice ${index + 1} of ${choices.length} (${choice}) is not possible there`);
    const wrong =
      (before === null ? null : space.wrongStep(before, way)) ??
      (way.after === null ? null : space.wrongIn(way.after));
    if (wrong) return violationOf(space, wrong, choices.slice(0, index + 1), null);
    if (way.after !== null) numbers.push(space.number(way.after));
  }
  const last = numbers.at(-1) ?? 0;
  const state = space.stateOf(last);
  if (state !== null && mustHappen(edgesOf(space, last)).size === 0) {
    const owed = space.owedIn(state);
    if (owed) return violationOf(space, owed, choices, null);
  }
  return roundOf(space, numbers, choices);
}

/** A path that returns to one of its states, with something owed all the way round. */
function roundOf<State, Happening extends Happens>(
  space: ModelSpace<State, Happening>,
  numbers: readonly number[],
  choices: readonly number[],
): Violation | null {
  const from = numbers.indexOf(numbers.at(-1) ?? 0);
  const around = numbers.slice(from + 1);
  if (around.length < 2) return null;
  const edges = around.map((number) => edgesOf(space, number));
  const taken = new Set(
    around.map((_, index) => {
      const number = numbers[from + index] ?? 0;
      return edgesOf(space, number).find(({ choice }) => choice === choices[from + index])?.label;
    }),
  );
  const neglected = [...mustHappen(edges.flat())].some(
    (label) => !taken.has(label) && edges.every((ways) => mustHappen(ways).has(label)),
  );
  if (neglected) return null;
  for (const property of space.model.properties) {
    if (property.kind !== "eventually") continue;
    const owed = around.map((number) => {
      const state = space.stateOf(number);
      return state !== null && property.check(state);
    });
    const detail = owed.at(-1);
    if (typeof detail === "string" && owed.every((one) => typeof one === "string"))
      return violationOf(space, { property: property.name, detail }, choices, from);
  }
  return null;
}

/** Walks a model by hand: where a path of choices leads, and what may happen there. */
import type { GraphWalker, View } from "../explorer.ts";
import { edgesOf, mustHappen } from "./cycles.ts";
import { ASSERTION, type Happens, type Model, type ModelAnswer } from "./model.ts";
import { ModelSpace } from "./space.ts";
import { retell, type Told, tellStep } from "./tale.ts";

/**
 * A model to be walked by hand: for the page of `exploreApp`, or for one's own. Nothing is explored in advance, so the
 * model may be of any size.
 *
 * @example
 * ```ts
 * import { walkModel } from "aceslot/check";
 *
 * const walker = walkModel({
 *   name: "traffic light",
 *   begin: "red",
 *   happenings: () => ["turn"],
 *   next: (light) => (light === "red" ? "green" : "red"),
 *   properties: [],
 * });
 * console.log(walker.view([0, 0]).sections); // what it shows after two turns
 * ```
 */
export function walkModel<State, Happening extends Happens>(model: Model<State, Happening>): GraphWalker {
  const space = new ModelSpace(model);
  return {
    world: model.name,
    mutant: null,
    view(path) {
      const told = retell(space, path);
      const last = told.at(-1);
      const state = last ? (last.way.after ?? last.before) : space.beginning;
      const visited = [0, ...told.flatMap(({ way }) => (way.after === null ? [] : space.number(way.after)))];
      const here = visited.at(-1) ?? 0;
      const isOver = last?.way.error != null;
      const ways = isOver ? [] : space.waysFrom(space.stateOf(here));
      const enabled = ways.map((way) => {
        const then = retell(space, [...path, way.choice]).at(-1) ?? { before: state, way };
        const returns = way.after !== null && visited.includes(space.number(way.after));
        return { happening: tellStep(model, then).happening, fair: space.mustHappen(way), returns };
      });
      const rests = state !== null && !isOver && mustHappen(edgesOf(space, here)).size === 0;
      return {
        path,
        steps: told.map((one) => {
          const { happening, messages } = tellStep(model, one);
          return { happening, messages };
        }),
        engines: [],
        sections:
          state === null ? [] : [{ title: "State", lines: model.show?.(state) ?? [space.keyOf(state)] }],
        enabled,
        properties: judge(model, state, last, rests),
      };
    },
  };
}

function judge<State, Happening extends Happens>(
  model: Model<State, Happening>,
  state: State | null,
  last: Told<State, Happening> | undefined,
  rests: boolean,
): View["properties"] {
  const own = model.properties.map((property) => {
    let answer: ModelAnswer = false;
    switch (property.kind) {
      case "always":
      case "sometimes":
        answer = state !== null && property.check(state);
        break;
      case "eventually":
        answer = state !== null && rests && property.check(state);
        break;
      case "step": {
        const { happening = null, after = null } = last?.way ?? {};
        const before = last?.before ?? null;
        if (before !== null && happening !== null && after !== null)
          answer = property.check({ before, happening, after });
        break;
      }
    }
    return verdict(property, answer);
  });
  const error = last?.way.error ?? null;
  return [...own, verdict(model.assertion ?? ASSERTION, error ?? last !== undefined)];
}

const verdict = (
  { name, sentence }: { readonly name: string; readonly sentence: string },
  answer: ModelAnswer,
): View["properties"][number] => ({
  name,
  sentence,
  status: typeof answer === "string" ? "violated" : answer ? "holds" : "idle",
  detail: typeof answer === "string" ? answer : null,
});

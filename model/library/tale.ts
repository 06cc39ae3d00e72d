/** A path told back, step by step, with names that last: for people, who follow one client and not one number. */
import type { TraceStep } from "../result.ts";
import { type Happens, type Model, nameOf } from "./model.ts";
import type { ModelSpace, Way } from "./space.ts";

export interface Told<State, Happening> {
  /** Null: it has not begun yet. */
  readonly before: State | null;
  readonly way: Way<State, Happening>;
}

/**
 * Follows choices from the beginning. `violated` names the property that the last step violates.
 *
 * @throws RangeError that names the first choice which is not possible.
 */
export function retell<State, Happening extends Happens>(
  space: ModelSpace<State, Happening>,
  path: readonly number[],
  violated: string | null = null,
): Told<State, Happening>[] {
  const explored = follow(space, path);
  if (!space.model.canonical) return explored;
  const told: Told<State, Happening>[] = [];
  let before = space.beginning;
  for (const [index, { way }] of explored.entries()) {
    const alike = space.waysFrom(before).filter((one) => isAlike(space, one, way));
    const isLast = index === explored.length - 1;
    const wrong = alike.find(
      (one) => isLast && before && space.wrongStep(before, one)?.property === violated,
    );
    const found = wrong ?? alike.find(({ choice }) => choice === way.choice) ?? alike[0];
    // What is called canonical is none: then it is told as it was explored.
    if (!found) return explored;
    told.push({ before, way: found });
    before = found.after;
  }
  return told;
}

function follow<State, Happening extends Happens>(
  space: ModelSpace<State, Happening>,
  path: readonly number[],
): Told<State, Happening>[] {
  let number = 0;
  const told: Told<State, Happening>[] = [];
  for (const [index, choice] of path.entries()) {
    const isOver = told.at(-1)?.way.error != null;
    const way = isOver ? undefined : space.waysFrom(space.stateOf(number))[choice];
    if (!way) throw new RangeError(`choice ${index + 1} of ${path.length} (${choice}) is not possible there`);
    told.push({ before: space.stateOf(number), way });
    if (way.after !== null) number = space.number(way.after);
  }
  return told;
}

function isAlike<State, Happening extends Happens>(
  space: ModelSpace<State, Happening>,
  one: Way<State, Happening>,
  like: Way<State, Happening>,
): boolean {
  if (one.happening === null || like.happening === null) return one.choice === like.choice;
  if (nameOf(one.happening) !== nameOf(like.happening)) return false;
  if (one.after === null || like.after === null) return one.after === like.after;
  return space.keyOf(one.after) === space.keyOf(like.after);
}

/** Where a state's lines stand in a sequence diagram. */
const STATE = "state";

/** The step as reports show it. */
export function tellStep<State, Happening extends Happens>(
  model: Model<State, Happening>,
  { before, way: { happening, after, error } }: Told<State, Happening>,
): TraceStep {
  const now = after === null ? [] : (model.show?.(after) ?? []);
  const shown = now.map((text) => ({ from: STATE, to: STATE, text }));
  if (happening === null || before === null) return { happening: "it begins", messages: shown, engines: [] };
  const said = model.tell?.({ before, happening, after }) ?? plainWords(happening);
  const { words, messages } = typeof said === "string" ? { words: said, messages: [] } : said;
  return {
    happening: error === null ? words : `${words}: breaks off`,
    messages: [...messages, ...shown],
    engines: [],
  };
}

/** `acquire client 1` for `{ type: "acquire", client: 1 }`. */
function plainWords(happening: Happens): string {
  if (typeof happening === "string") return happening;
  const { type, ...rest } = happening;
  const more = Object.entries(rest).map(([name, value]) =>
    typeof value === "object" ? name : `${name} ${String(value)}`,
  );
  return [type, ...more].join(" ");
}

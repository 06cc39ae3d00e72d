/** A violation as reports show it: the path to it told back, and what is wrong in the names of that tale. */
import type { Wrong } from "../explore/search.ts";
import type { Violation } from "../result.ts";
import { ASSERTION, type Happens } from "./model.ts";
import type { ModelSpace } from "./space.ts";
import { retell, tellStep } from "./tale.ts";

/** `loopsTo`: the number of steps before those that can go on for ever; null: nothing goes round. */
export function violationOf<State, Happening extends Happens>(
  space: ModelSpace<State, Happening>,
  wrong: Wrong,
  path: readonly number[],
  loopsTo: number | null,
): Violation {
  const { model } = space;
  const { property } = wrong;
  const told = retell(space, path, property);
  const last = told.at(-1);
  // Said again with the names of the trace.
  const said =
    last &&
    [
      last.before === null ? null : space.wrongStep(last.before, last.way),
      last.way.after === null ? null : (space.wrongIn(last.way.after) ?? space.owedIn(last.way.after)),
    ].find((one) => one?.property === property);
  const detail = said?.detail ?? wrong.detail;
  const named = [...model.properties, model.assertion ?? ASSERTION].find(({ name }) => name === property);
  return {
    property,
    sentence: named?.sentence ?? "",
    detail: loopsTo === null ? detail : `it can go on for ever: ${detail}`,
    rung: model.name,
    method: "model",
    trace: told.map((one) => tellStep(model, one)),
    loopsTo,
    replay: {
      aceslotTrace: 1,
      rung: model.name,
      method: "model",
      size: {},
      mutant: null,
      property,
      choices: path,
    },
    source: named?.source ?? null,
  };
}

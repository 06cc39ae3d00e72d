/** Models of a few states, each with one thing in it that an explorer can get wrong. */
import type { Model, ModelProperty } from "../../model/index.ts";

/** A model given by its ways: `"a": "go b, must c"` leads by `go` to b and by `must`, which is fair, to c. */
export function graph(
  ways: Readonly<Record<string, string>>,
  properties: readonly ModelProperty<string, string>[],
  more: Partial<Model<string, string>> = {},
): Model<string, string> {
  const from = (state: string): string[][] =>
    (ways[state] ?? "")
      .split(", ")
      .filter((way) => way !== "")
      .map((way) => way.split(" "));
  return {
    name: "graph",
    begin: Object.keys(ways)[0] ?? "",
    happenings: (state) => from(state).map(([name = ""]) => name),
    next: (state, happening) => from(state).find(([name]) => name === happening)?.[1] ?? state,
    isFair: (happening) => happening.startsWith("must"),
    properties,
    ...more,
  };
}

/** In every state that the text does not name, all is well. */
export const never = (...bad: string[]): ModelProperty<string, string> => ({
  kind: "always",
  name: "never",
  sentence: "It never gets there.",
  sometimes: "it is anywhere",
  check: (state) => (bad.includes(state) ? `it is ${state}` : true),
});

/** Something is owed in all states that end with a question mark. */
export const paid: ModelProperty<string, string> = {
  kind: "eventually",
  name: "paid",
  sentence: "What is owed is paid some day.",
  sometimes: "something is owed",
  check: (state) => (state.endsWith("?") ? `${state} is owed` : false),
};

export interface Counters {
  readonly of: readonly number[];
}

export interface Count {
  readonly type: "up";
  readonly who: number;
}

/** Several counters that are alike, each of which counts to `top`. */
export const counters = (
  many: number,
  top: number,
  more: Partial<Model<Counters, Count>> = {},
): Model<Counters, Count> => ({
  name: "counters",
  begin: { of: new Array<number>(many).fill(0) },
  happenings: ({ of }) => of.flatMap((count, who): Count[] => (count < top ? [{ type: "up", who }] : [])),
  next: ({ of }, { who }) => ({ of: of.with(who, (of[who] ?? 0) + 1) }),
  properties: [
    {
      kind: "eventually",
      name: "at the top",
      sentence: "Every counter gets to the top.",
      sometimes: "one is not there yet",
      check: ({ of }) => (of.some((count) => count < top) ? `[${of}]` : false),
    },
  ],
  ...more,
});

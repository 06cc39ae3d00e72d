import { describe, expect, test } from "bun:test";
import { MUTANTS, type Mutant, mutantNamed, stepOf } from "../../model/mutants/index.ts";
import { PROPERTIES } from "../../model/properties/index.ts";
import { SMALLEST } from "../../model/world/size.ts";
import { World } from "../../model/world/world.ts";
import { type SelectorEvent, type State, step } from "../../src/slots/index.ts";

/** How far from the first state of its world a bug may show. */
const STATES_MAX = 20_000;

/** What two selectors say, as far as it can be compared; a mutant may break down. */
function answer(selector: typeof step, state: State, event: SelectorEvent): string {
  const plain = (_: string, value: unknown): unknown => (value instanceof Map ? [...value] : value);
  try {
    return JSON.stringify(selector(state, event), plain);
  } catch (error) {
    return String(error);
  }
}

/** Is there an event, in a state that our selector can come to, to which the mutant's answer is another one? */
function differs(mutant: Mutant): boolean {
  const wrong = stepOf(mutant);
  let isOther = false;
  const world = new World({
    size: { ...SMALLEST, ...mutant.world },
    properties: [],
    step: (state, event) => {
      isOther ||= answer(step, state, event) !== answer(wrong, state, event);
      return step(state, event);
    },
  });
  for (let state = 0; state < world.count && state < STATES_MAX && !isOther; state++)
    world.expand(state, () => {});
  return isOther;
}

/** A tie that an id breaks is seen only where the engines come in another order. */
function differsInOrder(mutant: Mutant): boolean {
  const engine = (id: string, port: number) =>
    ({
      id,
      name: id,
      address: { scheme: "http", host: "127.0.0.1", port },
      health: "healthy",
      draining: false,
      forwarded: false,
      usedAtMs: null,
    }) as const;
  const world = new World({ size: { ...SMALLEST }, properties: [], step });
  const look = {
    type: "snapshot",
    asked: 9,
    engines: [engine("e1", 1), engine("e0", 2)],
    streams: [],
  } as const;
  const { state } = step(world.stateOf(0).state, look);
  const request = { type: "request", client: 1, content: "id:1", variant: "", who: "tv" } as const;
  return answer(step, state, request) !== answer(stepOf(mutant), state, request);
}

describe("the mutants", () => {
  test("have names of their own, under which they are found", () => {
    expect(new Set(MUTANTS.map((mutant) => mutant.name)).size).toBe(MUTANTS.length);
    for (const mutant of MUTANTS) expect(mutantNamed(mutant.name)).toBe(mutant);
    expect(mutantNamed("no such bug")).toBeUndefined();
  });
});

describe("each mutant", () => {
  const known = new Set(PROPERTIES.map((property) => property.name));
  for (const mutant of MUTANTS)
    test(`${mutant.name}: says where it comes from and who must catch it, and is not our selector`, () => {
      expect(mutant.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(mutant.history).toMatch(/^.{40,}\.$/);
      expect([...known]).toContain(mutant.property);
      expect(differs(mutant) || differsInOrder(mutant)).toBe(true);
    });
});

/** The assertions that stay on: a selector whose books contradict themselves says so, and grants nothing on them. */
import { describe, expect, test } from "bun:test";
import {
  createStep,
  InvariantError,
  PARTS,
  type Parts,
  type SelectorEvent,
  type State,
  slotMachine,
  step,
} from "../../../src/slots/index.ts";
import { core, engine } from "./core.ts";

const REQUEST: SelectorEvent = { type: "request", client: 9, content: "id:9", variant: "", who: "tv" };
const STOPPED: SelectorEvent = { type: "stopConfirmed", session: 1, proof: "stop confirmed" };

/** An engine with one session on it, and what is wrong with the books. */
function playing(change: (state: State) => Partial<State>): State {
  const world = core({}, engine("a", 1));
  world.request(1, "id:1");
  world.plays(1);
  return { ...world.state, ...change(world.state) };
}

const idle = (): State => core({}, engine("a", 1)).state;
const withPart = (part: Partial<Parts>) => createStep({ ...PARTS, ...part });

function error(run: () => unknown): unknown {
  try {
    return run();
  } catch (thrown) {
    return thrown;
  }
}

describe("the books", () => {
  const cases: [string, string, () => unknown][] = [
    [
      "a held session on an engine that is not there",
      "engine a of session 1 is not in the pool",
      () =>
        step(
          playing(() => ({ engines: new Map() })),
          STOPPED,
        ),
    ],
    [
      "a place whose slot holds another session",
      "slot 0 of a does not hold session 7",
      () =>
        step(
          playing(({ places }) => ({ places: new Map(places).set(7, { engine: "a", slot: 0, session: 7 }) })),
          { ...STOPPED, session: 7 },
        ),
    ],
    [
      "a place whose slot is not there",
      "slot 5 of a does not hold session 1",
      () =>
        step(
          playing(() => ({ places: new Map([[1, { engine: "a", slot: 5, session: 1 }]]) })),
          STOPPED,
        ),
    ],
    [
      "a move of a slot on no engine",
      "engine nobody has no slot 0",
      () => withPart({ reserve: (draft) => draft.move("nobody", 0, "reserve", "a test") })(idle(), REQUEST),
    ],
    [
      "a move of no slot",
      "engine a has no slot 5",
      () => withPart({ reserve: (draft) => draft.move("a", 5, "reserve", "a test") })(idle(), REQUEST),
    ],
    [
      "a free slot with a session",
      "engine a: a free slot has a session",
      () =>
        withPart({
          reserve: (draft, _, chosen) => {
            const { session } = playing(() => ({})).engines.get("a")?.slots[0] ?? { session: null };
            draft.putEngine({ ...chosen, slots: [{ state: "free", session }] });
          },
        })(idle(), REQUEST),
    ],
    [
      "a held slot without a session",
      "engine a: a pending slot has no session",
      () => withPart({ reserve: (draft) => draft.move("a", 0, "reserve", "a test") })(idle(), REQUEST),
    ],
    [
      "an index that counts what is not held",
      "engine a: 0 slots are held, the index says 1",
      () =>
        withPart({ reserve: (draft, _, chosen) => draft.putEngine({ ...chosen, own: 1 }) })(idle(), REQUEST),
    ],
    [
      "fewer slots than the cap",
      "engine a has 0 slots, fewer than the cap 1",
      () =>
        withPart({ reserve: (draft, _, chosen) => draft.putEngine({ ...chosen, slots: [] }) })(
          idle(),
          REQUEST,
        ),
    ],
    [
      "a grant on a full engine",
      "engine a was chosen although it is full",
      () =>
        withPart({ isOpen: () => true })(
          playing(() => ({})),
          REQUEST,
        ),
    ],
    [
      "a grant above a lowered cap, though a slot is free",
      "engine a was chosen although it is full",
      () => withPart({ isOpen: () => true, loadOf: () => 1 })(idle(), REQUEST),
    ],
    [
      "a grant without a free slot, whatever the load is said to be",
      "engine a was chosen although it is full",
      () =>
        withPart({ isOpen: () => true, loadOf: () => 0 })(
          playing(() => ({})),
          REQUEST,
        ),
    ],
    [
      "a stream without a content",
      "stream 1 has no content",
      () => {
        const world = core({});
        world.look([]);
        world.request(1, "id:1");
        const stream = world.state.streams.get(1);
        const streams = stream ? new Map([[1, { ...stream, contents: [] }]]) : new Map();
        return step(
          { ...world.state, streams },
          { type: "snapshot", asked: 5, engines: [engine("a", 1)], streams: [] },
        );
      },
    ],
  ];
  for (const [name, message, run] of cases)
    test(`say so: ${name}`, () => {
      const thrown = error(run);
      expect(thrown).toBeInstanceOf(InvariantError);
      expect(thrown).toMatchObject({ name: "InvariantError", message });
    });
});

test("a move that the machine does not accept frees nothing", () => {
  const before = playing(() => ({}));
  const taken = step(before, STOPPED);
  expect(taken.illegal).toEqual(["stopConfirmed in state active (engine a, slot 0: stop confirmed)"]);
  expect(taken.effects).toEqual([]);
  expect(taken.state.places.size).toBe(1);
});

test("the machine has a name in Stately's tools", () => {
  expect(slotMachine.id).toBe("slot");
});

import { describe, expect, test } from "bun:test";
import { createActor } from "xstate";
import { SLOT_EVENTS, SLOT_STATES, SLOT_TABLE, slotMachine } from "../../../src/slots/index.ts";
import { ID, scene } from "./scene.ts";

describe("the slot machine", () => {
  test("moves free → pending → active → released → free, or gives a start up", () => {
    expect(SLOT_TABLE).toEqual({
      free: { reserve: "pending" },
      pending: { started: "active", release: "released" },
      active: { release: "released" },
      released: { stopConfirmed: "free" },
    });
  });

  for (const state of SLOT_STATES)
    for (const event of SLOT_EVENTS)
      test(`${event} in ${state}: a running machine does what the table says`, () => {
        const actor = createActor(slotMachine, { snapshot: slotMachine.resolveState({ value: state }) });
        actor.start();
        actor.send({ type: event });
        expect(actor.getSnapshot().value).toBe(SLOT_TABLE[state][event] ?? state);
        actor.stop();
      });

  test("a move that the machine does not accept is made visible and changes nothing", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.plays(1);
    const before = world.state;
    expect(() => world.send({ type: "stopConfirmed", session: 1, proof: "stop confirmed" })).toThrow(
      "stopConfirmed in state active",
    );
    expect(world.state.engines).toEqual(before.engines);
  });
});

import type { Address, SessionId, State } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

/** Where another start that is still unanswered went: what the shared object says. */
function addressOfAnother(state: State, own: SessionId): Address | undefined {
  for (const { address, slots } of state.engines.values())
    if (slots.some((slot) => slot.state === "pending" && slot.session?.id !== own)) return address;
  return undefined;
}

export const sharedAddress: Mutant = {
  name: "shared-address",
  history:
    "acexy writes host and port of the chosen engine into one object that all requests share, so of two that overlap one goes to the other's engine, and is counted at its own.",
  property: "right engine",
  wrap: (step) => (state, event) => {
    const result = step(state, event);
    const effects = result.effects.map((effect) => {
      if (effect.type !== "start") return effect;
      const address = addressOfAnother(result.state, effect.session);
      return address ? { ...effect, address } : effect;
    });
    return { ...result, effects };
  },
  world: { engines: 2 },
};

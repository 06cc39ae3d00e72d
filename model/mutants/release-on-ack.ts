import type { Mutant } from "./mutant.ts";
import { overbook } from "./overbook.ts";

export const releaseOnAck: Mutant = {
  name: "release-on-ack",
  history:
    "The next try at acexy's fix: a start counts until the orchestrator has acknowledged it, but the list lags behind the acknowledgement. Our core never sees that one, so here it has come by the time the stream plays.",
  property: "load ≤ cap at every grant",
  parts: {
    isOpen: ({ state }, engine) => {
      const unacknowledged = engine.slots.filter(
        ({ session }) => session && state.streams.get(session.stream ?? 0)?.phase !== "playing",
      );
      const isUsable = engine.listed && !engine.draining && !engine.resting;
      return isUsable && engine.foreign.length + unacknowledged.length < state.cap;
    },
    reserve: overbook,
  },
  world: {},
};

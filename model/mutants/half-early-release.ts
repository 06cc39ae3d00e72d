import type { Mutant } from "./mutant.ts";
import { overbook } from "./overbook.ts";

export const halfEarlyRelease: Mutant = {
  name: "half-early-release",
  history:
    "acexy's fix counts a pending start, and gives it back as soon as the start event has been handed to a goroutine: before the orchestrator has it, and long before its list shows it.",
  property: "load ≤ cap at every grant",
  parts: {
    loadOf: (engine) =>
      engine.foreign.length + engine.slots.filter((slot) => slot.state === "pending").length,
    reserve: overbook,
  },
  world: {},
};

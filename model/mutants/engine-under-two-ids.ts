import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const engineUnderTwoIds: Mutant = {
  name: "engine-under-two-ids",
  history:
    "acexy knows engines by the orchestrator's id. A container that was made anew, or that provisioning names differently from the list, is one machine with two caps.",
  property: "one engine, one cap",
  parts: { takeIn: (draft, seen, fallback) => PARTS.takeIn(draft, seen, fallback, new Map()) },
  world: { twins: 1 },
};

/** What several mutants share: taking a slot although the engine has none left. */
import type { Parts } from "../../src/slots/index.ts";
import { occupy } from "../../src/slots/sessions.ts";

/** Who counts no slots misses none: where none is free, there is one more. */
export const overbook: Parts["reserve"] = (draft, stream, engine) => {
  const free = engine.slots.findIndex((slot) => slot.state === "free");
  if (free >= 0) return occupy(draft, stream, engine, free);
  const slots = [...engine.slots, { state: "free", session: null } as const];
  occupy(draft, stream, { ...engine, slots }, engine.slots.length);
};

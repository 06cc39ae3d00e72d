/** Pictures for the docs, made from the machines themselves. */
import { SLOT_EVENTS, SLOT_STATES, SLOT_TABLE } from "../src/slots/index.ts";

/** The slot machine as a Mermaid state diagram. */
export function slotDiagram(): string {
  const moves = SLOT_STATES.flatMap((from) =>
    SLOT_EVENTS.flatMap((event) => {
      const to = SLOT_TABLE[from][event];
      return to === undefined ? [] : [`  ${from} --> ${to}: ${event}`];
    }),
  );
  return ["stateDiagram-v2", "  [*] --> free", ...moves].join("\n");
}

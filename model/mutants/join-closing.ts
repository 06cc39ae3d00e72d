import { type ContentKey, PARTS, type State, type Stream } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

/** The stream whose session is being stopped, as if it were there still. */
function dying(state: State, contents: readonly ContentKey[], variant: string): Stream | undefined {
  for (const engine of state.engines.values())
    for (const [slot, { state: phase, session }] of engine.slots.entries()) {
      if (phase !== "released" || !session) continue;
      if (!session.contents.some((key) => contents.includes(key))) continue;
      return {
        // Its own number is forgotten with it; this one no other stream has.
        id: -session.id,
        contents: session.contents,
        variant,
        phase: "playing",
        place: { engine: engine.id, slot, session: session.id },
        clients: [],
        live: true,
        lingeringSince: null,
        tried: [],
        contentFaults: 0,
        failovers: 0,
        lastMessage: "",
      };
    }
  return undefined;
}

export const joinClosing: Mutant = {
  name: "join-closing",
  history:
    "The prototype of this selector: a client that asks for a content whose session is just being stopped was attached to that session, and saw it end.",
  property: "no client of a dying stream",
  parts: {
    findStream: (state, contents, variant, not) =>
      PARTS.findStream(state, contents, variant, not) ??
      (not === undefined ? dying(state, contents, variant) : undefined),
  },
  world: { contents: 1 },
};

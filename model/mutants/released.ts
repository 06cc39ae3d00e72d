/** What several mutants share: taking one session for another. */
import type { Draft, SessionId } from "../../src/slots/index.ts";

/** The first session whose slot is being given back, whosever it is. */
export function firstReleased(draft: Draft): SessionId | undefined {
  for (const { session } of draft.state.places.values())
    if (draft.held(session)?.slot.state === "released") return session;
  return undefined;
}

import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const snapshotEndsQuarantine: Mutant = {
  name: "snapshot-ends-quarantine",
  history:
    "The prototype of this selector: what a former life left running counted until the first list that did not show it. A list that lags does not show what it was told last.",
  property: "free only after proof",
  parts: {
    takeSnapshot: (draft, event) => {
      const isNew = event.asked > draft.state.asked;
      PARTS.takeSnapshot(draft, event);
      if (!isNew) return;
      for (const { session: id } of [...draft.state.places.values()]) {
        const session = draft.held(id)?.session;
        if (!session || session.formerLabel === null) continue;
        const isListed = event.streams.some(
          ({ playbackSession, label }) =>
            label === session.formerLabel ||
            (playbackSession !== null && playbackSession === session.playbackSession),
        );
        if (!isListed) draft.parts.settle(draft, id, "not in the list");
      }
    },
  },
  world: { requests: 1, crashes: 1, looks: 1 },
};

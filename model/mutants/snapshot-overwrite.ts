import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const snapshotOverwrite: Mutant = {
  name: "snapshot-overwrite",
  history:
    "The first draft of many an allocator: the list is the truth, so each look at it overwrites what the books say. What was started a moment ago is in no list yet.",
  property: "free only after proof",
  parts: {
    takeSnapshot: (draft, event) => {
      const isNew = event.asked > draft.state.asked;
      PARTS.takeSnapshot(draft, event);
      if (!isNew) return;
      for (const { session: id } of [...draft.state.places.values()]) {
        const session = draft.held(id)?.session;
        if (
          session?.playbackSession &&
          event.streams.some((s) => s.playbackSession === session.playbackSession)
        )
          continue;
        const stream = session && draft.stream(session.stream ?? 0);
        if (stream) draft.parts.end(draft, stream, "not in the list");
        draft.parts.settle(draft, id, "not in the list");
      }
    },
  },
  world: { requests: 1, looks: 1 },
};

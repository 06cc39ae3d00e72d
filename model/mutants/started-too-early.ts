import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const startedTooEarly: Mutant = {
  name: "started-too-early",
  history:
    "acexy reports a start before the engine has begun it; one that fails was never there, and stays in the orchestrator's list.",
  property: "fair accounting",
  parts: {
    reserve: (draft, stream, engine) => {
      PARTS.reserve(draft, stream, engine);
      const session = draft.stream(stream.id)?.place?.session;
      const content = stream.contents[0];
      if (session === undefined || content === undefined) return;
      draft.patchSession(session, { reportedTo: engine.listedAs });
      draft.emit({
        type: "reportStarted",
        session,
        engine: engine.listedAs,
        address: engine.address,
        content,
        answer: {
          urls: { playback: "", stat: "", command: "" },
          infohash: null,
          playbackSession: "",
          isLive: true,
        },
      });
    },
  },
  world: { requests: 1 },
};

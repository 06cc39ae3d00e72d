import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const servedTwice: Mutant = {
  name: "served-twice",
  history:
    "A defect of our own first draft: of two streams that turn out to play one content the clients were served by the one that stays, whether they were served already or not.",
  property: "answered once",
  parts: {
    collapse: (draft, newer) => {
      const stream = PARTS.collapse(draft, newer);
      if (stream.phase === "playing")
        for (const client of stream.clients)
          if (draft.old.clients.get(client)?.served) draft.emit({ type: "serve", client, stream: stream.id });
      return stream;
    },
  },
  world: { engines: 2, contents: 1, hashes: true },
};

import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const firstLeaverCloses: Mutant = {
  name: "first-leaver-closes",
  history:
    "A slip that is easily made: the client that started a stream owns it, and takes it along when it leaves, whoever else watches.",
  property: "nobody is sent away because another left",
  parts: {
    leave: (draft, id) => {
      const left = draft.state.clients.get(id)?.stream;
      PARTS.leave(draft, id);
      const stream = left === undefined ? undefined : draft.stream(left);
      if (stream && stream.clients.length > 0) draft.parts.end(draft, stream, "its owner left");
    },
  },
  world: { contents: 1 },
};

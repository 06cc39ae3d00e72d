import type { Mutant } from "./mutant.ts";

export const collapseUnread: Mutant = {
  name: "collapse-unread",
  history:
    "Our own, until the checks found it: a content asked for by id and by infohash turns out to be one when the first start is answered after the second. The first stream goes on with the second's session, which had been read for the second until then, and nobody read it any more: its clients waited for a start time-out.",
  property: "everybody is answered",
  wrap: (right) => (state, event) => {
    const taken = right(state, event);
    if (event.type !== "started") return taken;
    const effects = taken.effects.filter(
      (effect) => effect.type !== "play" || effect.session === event.session,
    );
    return { ...taken, effects };
  },
  world: { cap: 2, contents: 1, hashes: true },
};

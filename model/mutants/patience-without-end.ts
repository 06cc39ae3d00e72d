import type { Mutant } from "./mutant.ts";

export const patienceWithoutEnd: Mutant = {
  name: "patience-without-end",
  history:
    "A slip that is easily made: the time-out in the queue begins anew each time that it fires while all engines are full, so that nobody is sent away too early, and nobody ever is.",
  property: "everybody is answered",
  wrap: (step) => (state, event) =>
    event.type === "timer" && event.timer.kind === "queue" && state.clients.has(event.timer.client)
      ? { state, effects: [{ type: "arm", timer: event.timer }], records: [], illegal: [] }
      : step(state, event),
  world: {},
};

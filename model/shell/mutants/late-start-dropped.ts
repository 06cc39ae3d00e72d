import type { SelectorEvent } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

class LateStartDropped extends Subject {
  protected override post(event: SelectorEvent): void {
    if (event.type === "started") {
      const place = this.state.places.get(event.session);
      const slot = place && this.state.engines.get(place.engine)?.slots[place.slot];
      if (slot?.state === "released") return;
    }
    super.post(event);
  }
}

export const lateStartDropped: ShellMutant = {
  name: "shell-late-start-dropped",
  history:
    "Abort during open: the answer of a start that nobody wants any more is thrown away, its session never stopped.",
  property: "shell: stopped before free",
  subject: LateStartDropped,
};

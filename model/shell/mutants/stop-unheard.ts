import type { SelectorEvent } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

class StopUnheard extends Subject {
  protected override post(event: SelectorEvent): void {
    if (event.type !== "stopConfirmed") super.post(event);
  }
}

export const stopUnheard: ShellMutant = {
  name: "shell-stop-unheard",
  history:
    "The stop is sent and its answer is read, but nobody posts it: only the deadline gives the slot back.",
  property: "shell: proof is heard",
  subject: StopUnheard,
};

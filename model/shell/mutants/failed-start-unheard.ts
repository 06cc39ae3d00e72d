import type { SelectorEvent } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

class FailedStartUnheard extends Subject {
  protected override post(event: SelectorEvent): void {
    if (event.type !== "startFailed") super.post(event);
  }
}

export const failedStartUnheard: ShellMutant = {
  name: "shell-failed-start-unheard",
  history:
    "An error path that returns early: the engine said no, and the slot that was reserved for it stays taken.",
  property: "shell: proof is heard",
  subject: FailedStartUnheard,
};

import type { SelectorEvent, Step } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

class EndReportedTwice extends Subject {
  protected override commit(event: SelectorEvent, taken: Step): void {
    const twice = taken.effects.filter(({ type }) => type === "reportEnded");
    super.commit(event, { ...taken, effects: [...taken.effects, ...twice] });
  }
}

export const endReportedTwice: ShellMutant = {
  name: "shell-end-reported-twice",
  history: "Both the path that ends a stream and the clean-up after it tell the orchestrator of the end.",
  property: "shell: fair reports",
  subject: EndReportedTwice,
};

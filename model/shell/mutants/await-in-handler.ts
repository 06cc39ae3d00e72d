import type { SelectorEvent, Step } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

/** The handler of every event waits for the disk before what it decided becomes the state. */
class AwaitInHandler extends Subject {
  #waiting = 0;

  protected override commit(event: SelectorEvent, taken: Step): void {
    if (this.state.places.size === 0) return super.commit(event, taken);
    this.#waiting++;
    void this.written().then(() => {
      this.#waiting--;
      super.commit(event, taken);
    });
  }

  override hidden(): unknown {
    return this.#waiting;
  }
}

export const awaitInHandler: ShellMutant = {
  name: "shell-await-in-handler",
  history:
    "`async` event handlers in the selector: two of them read one state, and the second one's write undoes the first's.",
  property: "shell: no illegal move",
  subject: AwaitInHandler,
};

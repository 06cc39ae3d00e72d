import { type SelectorEvent, step } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

/** Chooses an engine by the loads of now, asks whether it is there, and takes the slot by those same loads. */
class AwaitBeforeTake extends Subject {
  #asking = 0;

  protected override take(event: SelectorEvent): void {
    const seen = this.state;
    const [engine] = seen.engines.values();
    if (event.type !== "request" || !engine) return super.take(event);
    this.#asking++;
    void this.outside.engine.alive(engine.address).then(() => {
      this.#asking--;
      this.commit(event, step(seen, event));
    });
  }

  override hidden(): unknown {
    return this.#asking;
  }
}

export const awaitBeforeTake: ShellMutant = {
  name: "shell-await-before-take",
  history:
    "acexy: the streams of each engine are counted over HTTP, the choice is made, and nobody is told of it yet.",
  property: "shell: look and take in one turn",
  subject: AwaitBeforeTake,
};

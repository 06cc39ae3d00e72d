import type { SelectorEvent, State, Step } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

/** A grant becomes the state only after it has been written down; until then others see the slot as free. */
class CheckThenAwait extends Subject {
  #waiting = 0;

  protected override commit(event: SelectorEvent, taken: Step): void {
    const isGrant = taken.effects.some(({ type }) => type === "start");
    if (!isGrant || event.type !== "request") return super.commit(event, taken);
    const before: State = this.state;
    this.#waiting++;
    void this.outside.engine.alive(addressOf(taken)).then(() => {
      this.#waiting--;
      super.commit(event, this.state === before ? taken : merged(this.state, taken));
    });
  }

  override hidden(): unknown {
    return this.#waiting;
  }
}

function addressOf(taken: Step) {
  for (const effect of taken.effects) if (effect.type === "start") return effect.address;
  throw new Error("a grant without a start");
}

/** What was granted is granted, whatever has been taken meanwhile. */
function merged(now: State, taken: Step): Step {
  const clients = new Map([...now.clients, ...taken.state.clients]);
  const streams = new Map([...now.streams, ...taken.state.streams]);
  const places = new Map([...now.places, ...taken.state.places]);
  return { ...taken, state: { ...taken.state, clients, streams, places } };
}

export const checkThenAwait: ShellMutant = {
  name: "shell-check-then-await",
  history:
    "acexy's half fix: the count is looked at, the engine is asked for its health, then the count is raised.",
  property: "shell: load within the cap",
  subject: CheckThenAwait,
};

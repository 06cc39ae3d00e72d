import type { Effect, SelectorEvent } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

/** Whoever starts a stream holds the lock until the engine has answered. */
class LockAcrossCalls extends Subject {
  #locks = 0;
  readonly #waiting: SelectorEvent[] = [];

  protected override post(event: SelectorEvent): void {
    const isOwnAnswer = event.type === "started" || event.type === "startFailed";
    if (this.#locks > 0 && !isOwnAnswer) this.#waiting.push(event);
    else super.post(event);
  }

  protected override async begin(order: Effect & { type: "start" }): Promise<void> {
    this.#locks++;
    await super.begin(order);
    this.#locks--;
    while (this.#locks === 0) {
      const next = this.#waiting.shift();
      if (!next) return;
      super.post(next);
    }
  }

  override hidden(): unknown {
    return [this.#locks, this.#waiting.map(({ type }) => type)];
  }
}

export const lockAcrossCalls: ShellMutant = {
  name: "shell-lock-across-calls",
  history: "acexy's second try: one mutex around selection and start, so that a slow engine stops everybody.",
  property: "shell: nobody waits while a slot is free",
  subject: LockAcrossCalls,
};

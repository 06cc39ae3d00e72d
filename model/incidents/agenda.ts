/** What is due when: time passes from one thing to the next. */
import type { Timer } from "../../src/slots/index.ts";
import { timerKey } from "../properties/pool.ts";

/** The proxy's time-outs as they are by default, milliseconds; the last two are the broker's own. */
const TIMER_MS: Readonly<Record<Timer["kind"], number>> = {
  queue: 20_000,
  linger: 5000,
  start: 60_000,
  release: 90_000,
  stall: 20_000,
  provision: 60_000,
};

interface Due {
  readonly at: number;
  /** Of things due at one moment the one that was planned first comes first. */
  readonly order: number;
  readonly act: () => void;
}

export class Agenda {
  /** Milliseconds. */
  now = 0;
  readonly #timers = new Map<string, object>();
  #due: Due[] = [];
  #orders = 0;

  at(at: number, act: () => void): void {
    this.#due.push({ at: Math.max(at, this.now), order: this.#orders++, act });
  }

  in(delayMs: number, act: () => void): void {
    this.at(this.now + delayMs, act);
  }

  arm(timer: Timer, fire: () => void): void {
    const armed = {};
    this.#timers.set(timerKey(timer), armed);
    this.in(TIMER_MS[timer.kind], () => {
      if (this.#timers.get(timerKey(timer)) !== armed) return;
      this.#timers.delete(timerKey(timer));
      fire();
    });
  }

  disarm(timer: Timer): void {
    this.#timers.delete(timerKey(timer));
  }

  /** Lets everything happen that is planned, and what is planned meanwhile, unless it is to stop. */
  run(isStopped: () => boolean): void {
    while (!isStopped()) {
      this.#due.sort((a, b) => a.at - b.at || a.order - b.order);
      const due = this.#due.shift();
      if (!due) return;
      this.now = due.at;
      due.act();
    }
  }
}

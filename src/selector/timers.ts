/** The core's timers: it names them, here they get their lengths. */
import type { Timer } from "../slots/index.ts";
import type { Clock } from "./clock.ts";

type Kind = Timer["kind"];

export class Timers {
  readonly #clock: Clock;
  readonly #lengthOf: (timer: Timer) => number;
  readonly #fire: (timer: Timer) => void;
  readonly #armed: Readonly<Record<Kind, Map<number, () => void>>> = {
    queue: new Map(),
    linger: new Map(),
    start: new Map(),
    release: new Map(),
    stall: new Map(),
    provision: new Map(),
  };
  /** Oldest first. */
  readonly #due = new Map<string, Timer>();

  constructor(clock: Clock, lengthOf: (timer: Timer) => number, fire: (timer: Timer) => void) {
    this.#clock = clock;
    this.#lengthOf = lengthOf;
    this.#fire = fire;
  }

  /** Arming anew begins anew. One without length is due at once, one of infinite length never. */
  arm(timer: Timer): void {
    this.disarm(timer);
    const lengthMs = this.#lengthOf(timer);
    if (lengthMs <= 0) this.#due.set(nameOf(timer), timer);
    else if (lengthMs !== Number.POSITIVE_INFINITY) {
      const armed = this.#armed[timer.kind];
      const fire = (): void => {
        armed.delete(subjectOf(timer));
        this.#fire(timer);
      };
      armed.set(subjectOf(timer), this.#clock.after(lengthMs, fire, timer.kind));
    }
  }

  disarm(timer: Timer): void {
    const subject = subjectOf(timer);
    if (this.#due.size > 0) this.#due.delete(nameOf(timer));
    const armed = this.#armed[timer.kind];
    const cancel = armed.get(subject);
    if (!cancel) return;
    armed.delete(subject);
    cancel();
  }

  /** The oldest of those that are due at once: asked for when nothing else happens by itself any more. */
  takeDue(): Timer | undefined {
    for (const [name, timer] of this.#due) {
      this.#due.delete(name);
      return timer;
    }
    return undefined;
  }

  close(): void {
    this.#due.clear();
    for (const armed of Object.values(this.#armed)) {
      for (const cancel of armed.values()) cancel();
      armed.clear();
    }
  }
}

const nameOf = (timer: Timer): string => `${timer.kind} ${subjectOf(timer)}`;

function subjectOf(timer: Timer): number {
  switch (timer.kind) {
    case "queue":
      return timer.client;
    case "linger":
    case "stall":
      return timer.stream;
    case "start":
    case "release":
      return timer.session;
    case "provision":
      return 0;
  }
}

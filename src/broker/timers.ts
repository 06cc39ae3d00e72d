/** The core's timers: it names them, here they get their lengths. */
import type { Clock } from "../ports.ts";
import type { Timer } from "../slots/index.ts";

/** Lengths in ms, by what is waited for. */
export type TimerLengths = {
  readonly [Kind in Timer["kind"]]: (timer: Timer & { readonly kind: Kind }) => number;
};

export class Timers {
  readonly #clock: Clock;
  readonly #lengths: TimerLengths;
  readonly #fire: (timer: Timer) => void;
  readonly #armed = new Map<string, () => void>();

  constructor(clock: Clock, lengths: TimerLengths, fire: (timer: Timer) => void) {
    this.#clock = clock;
    this.#lengths = lengths;
    this.#fire = fire;
  }

  get size(): number {
    return this.#armed.size;
  }

  /** How many are armed of each kind that any is armed of. */
  get byKind(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const name of this.#armed.keys()) {
      const [kind = name] = name.split(" ", 1);
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  /** Arming anew begins anew. */
  arm(timer: Timer): void {
    this.disarm(timer);
    const name = nameOf(timer);
    const fire = (): void => {
      this.#armed.delete(name);
      this.#fire(timer);
    };
    const lengthOf = this.#lengths[timer.kind] as (timer: Timer) => number;
    this.#armed.set(name, this.#clock.after(lengthOf(timer), fire, name));
  }

  disarm(timer: Timer): void {
    const name = nameOf(timer);
    this.#armed.get(name)?.();
    this.#armed.delete(name);
  }

  close(): void {
    for (const cancel of this.#armed.values()) cancel();
    this.#armed.clear();
  }
}

function nameOf(timer: Timer): string {
  switch (timer.kind) {
    case "queue":
      return `queue ${timer.client}`;
    case "linger":
    case "stall":
      return `${timer.kind} ${timer.stream}`;
    case "start":
    case "release":
      return `${timer.kind} ${timer.session}`;
    case "provision":
      return timer.kind;
  }
}

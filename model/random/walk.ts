/** One walk through a world: happenings that numbers pick, then whatever must still happen until there is rest. */
import type { Wrong } from "../explore/search.ts";
import { happening, isFair } from "../world/happenings.ts";
import { beginning, type Happened, letHappen, type Now, possible } from "../world/lasting.ts";
import type { WorldSize } from "../world/size.ts";
import type { Stepper } from "../world/world.ts";
import { choiceOf, pick } from "./choosing.ts";
import type { Watch } from "./watch.ts";

/** A world with everything in it comes to rest within some 50 happenings; more are a circle. */
const REST_STEPS_MAX = 200;
/** A happening has room for session numbers up to 127; twenty requests with all their failures take some 50. */
const SESSIONS_MAX = 120;

const itself = (port: number): number => port;

export class Walk {
  now: Now;
  /** What has happened so far. */
  readonly codes: number[] = [];
  /** The numbers that pick it. */
  readonly choices: number[] = [];
  readonly happened: Happened[] = [];

  constructor(
    readonly size: WorldSize,
    readonly step: Stepper,
    readonly watch: Watch,
    /** Keep the choices, and each happening, so that the walk can be told. */
    readonly isKept: boolean,
  ) {
    this.now = beginning({ size, step, idOf: itself });
  }

  possible(): number[] {
    return possible(this.now, this.size);
  }

  /** Lets happen what a number picks; null: nothing went wrong. */
  choose(choice: number): Wrong | null {
    const code = this.isSpent() ? null : pick(this.possible(), choice);
    return code === null ? null : this.take(code);
  }

  take(code: number): Wrong | null {
    if (this.isKept) this.choices.push(choiceOf(this.possible(), code));
    const happened = this.#let(code);
    this.codes.push(code);
    if (this.isKept) this.happened.push(happened);
    this.now = happened.now;
    return this.watch.look(happened, this.size, this.step);
  }

  /** Are there no numbers left for sessions? */
  isSpent(): boolean {
    return this.now.state.nextSession > SESSIONS_MAX;
  }

  /**
   * Only what must happen happens from here on, in an order made of a number, until nothing more does. With
   * `alsoLeave` the clients leave as well.
   */
  rest(order: number, alsoLeave: boolean): Wrong | null {
    let random = (order % 2147483646) + 1;
    const idle = new Set<number>();
    for (let steps = 0; steps < REST_STEPS_MAX && !this.isSpent(); steps++) {
      const open = this.#due(alsoLeave).filter((code) => !idle.has(code));
      if (open.length === 0) return this.watch.atRest(this.now, this.size);
      random = (random * 48271) % 2147483647;
      const code = open[random % open.length];
      if (code === undefined) return null;
      const before = this.now;
      const wrong = this.take(code);
      if (wrong) return wrong;
      if (isSame(before, this.now)) idle.add(code);
      else idle.clear();
    }
    return this.watch.restless(this.now, this.size);
  }

  /** Does nothing happen any more unless somebody wishes or breaks something? */
  isAtRest(): boolean {
    return this.#due(false).every((code) => isSame(this.now, this.#let(code).now));
  }

  #due(alsoLeave: boolean): number[] {
    const { env } = this.now;
    return this.possible().filter((code) => {
      const { kind } = happening(code);
      return isFair(kind, env) || (alsoLeave && kind === "leave");
    });
  }

  #let(code: number): Happened {
    return letHappen({ size: this.size, step: this.step, idOf: itself }, this.now, code);
  }
}

const plainly = (_: string, value: unknown): unknown => (value instanceof Map ? [...value] : value);

/** Has a happening changed nothing? The clients that ever asked are not looked at: only requests add to them. */
function isSame(a: Now, b: Now): boolean {
  const { streams, clients, places, queue } = a.state;
  if (streams.size !== b.state.streams.size || clients.size !== b.state.clients.size) return false;
  if (places.size !== b.state.places.size || queue.length !== b.state.queue.length) return false;
  return (
    JSON.stringify(a.env) === JSON.stringify(b.env) &&
    JSON.stringify(a.state, plainly) === JSON.stringify(b.state, plainly)
  );
}

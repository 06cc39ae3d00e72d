/**
 * Slots that a life has taken over: of its former lives, and of other proxies that are no more. The journal names
 * their leases after they are taken, or when they are given back; until then it is a guess which is which.
 */
import type { LeaseRecord } from "../../src/broker/index.ts";
import type { Hold, Holds } from "./holds.ts";
import type { Place, Session } from "./session.ts";

type Before = Pick<Session, "holder" | "isSure" | "untilMs">;

export class Formers {
  readonly #holds: Holds;
  /** Taken over, and the next lines may tell who they are. */
  #unnamed: Hold[] = [];
  /** What the lives before left, in the order in which it is taken for a slot's. */
  #left: Session[];
  /** Guesses of slots that have just become free. */
  readonly #freed = new Map<string, { readonly of: Session; readonly wasOpen: boolean }>();
  /** What guesses have changed of the sessions that were left. */
  readonly #before = new Map<Session, Before>();

  constructor(holds: Holds, left: readonly Session[]) {
    this.#holds = holds;
    this.#left = [...left];
  }

  get isUnnamed(): boolean {
    return this.#unnamed.length > 0;
  }

  get left(): readonly Session[] {
    return this.#left;
  }

  taken(hold: Hold): void {
    this.#unnamed.push(hold);
  }

  /** A line says which session the slot has. */
  name(hold: Hold | undefined, session: Session): void {
    if (hold?.isFormer) {
      if (hold.isGuess && hold.of && hold.of !== session) this.#leave(hold.of);
      hold.of = session;
      hold.isGuess = false;
    }
    this.#unnamed = this.#unnamed.filter((other) => other !== hold);
    this.#left = this.#left.filter((other) => other !== session);
  }

  /** No line names the slots: most likely they are what the life before has left there. */
  guess(placeOf: (engine: string) => Place, placed: (hold: Hold, session: Session | null) => Session): void {
    for (const [index, hold] of this.#unnamed.entries()) {
      const here = placeOf(hold.engine);
      // Two contents are two sessions, at one place as well.
      const mayBe = ({ place, content }: Session): boolean =>
        place === here && (content === null || hold.content === null || content === hold.content);
      const known = this.#left.filter(mayBe);
      const [session = null] = known;
      this.#left = this.#left.filter((left) => left !== session);
      if (session) {
        const { holder, isSure, untilMs } = session;
        this.#before.set(session, { holder, isSure, untilMs });
        // Where more were left than are held, nobody can say for sure that it is this one.
        const holds = this.#unnamed.slice(index).filter(({ engine }) => placeOf(engine) === here);
        if (known.length > holds.length) session.isSure = false;
      }
      hold.isGuess = true;
      hold.of = placed(hold, session);
    }
    this.#unnamed = [];
  }

  freed(hold: Hold): void {
    if (this.#unnamed.length > 0) this.#unnamed = this.#unnamed.filter((other) => other !== hold);
    const { of, isGuess, engine, slot } = hold;
    if (of && isGuess) this.#freed.set(`${engine} ${slot}`, { of, wasOpen: of.isOpen });
  }

  /** The lease that a slot turns out to have had. False: it was no guess. */
  released({ engine, slot }: LeaseRecord, real: Session | undefined): boolean {
    if (this.#freed.size === 0) return false;
    const key = `${engine} ${slot}`;
    const guess = this.#freed.get(key);
    this.#freed.delete(key);
    if (!guess || guess.of === real) return guess !== undefined;
    // It was another one of those that were left: the two change places.
    const { of, wasOpen } = guess;
    // One that was made up for the slot has never been.
    if (!this.#before.has(of)) return true;
    if (wasOpen) {
      of.isOpen = true;
      of.over = null;
      of.place.open.add(of);
    }
    const guesses = this.#holds.all().filter((hold) => hold.isGuess && hold.of?.place === of.place);
    const other = guesses.find((hold) => hold.of === real) ?? guesses.find((hold) => !hold.of?.isOpen);
    if (other) other.of = of;
    else this.#leave(of);
    return true;
  }

  /** It is not what it was guessed to be, and is as it was. */
  #leave(session: Session): void {
    const before = this.#before.get(session);
    if (before) Object.assign(session, before);
    this.#left.push(session);
  }
}

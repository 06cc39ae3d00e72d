/** The slots of one life that are not free, by engine and number. */
import type { Session } from "./session.ts";

export interface Hold {
  readonly engine: string;
  readonly slot: number;
  session: number | null;
  readonly content: string | null;
  /** Of a former life, or of another proxy that is no more. */
  readonly isFormer: boolean;
  /** The session that it is; null: nothing counts yet, or nobody knows. */
  of: Session | null;
  /** Which of a former life's sessions it is was guessed. */
  isGuess: boolean;
  /** The highest fence that had been told to anybody when its lease was asked for. */
  fenceBefore: number;
}

export class Holds {
  readonly #engines = new Map<string, Map<number, Hold>>();
  readonly #sessions = new Map<number, Hold>();

  get(engine: string, slot: number): Hold | undefined {
    return this.#engines.get(engine)?.get(slot);
  }

  ofSession(session: number | null): Hold | undefined {
    return session === null ? undefined : this.#sessions.get(session);
  }

  add(engine: string, slot: number, content: string | null, isFormer: boolean): Hold {
    const hold: Hold = {
      engine,
      slot,
      session: null,
      content,
      isFormer,
      of: null,
      isGuess: false,
      fenceBefore: 0,
    };
    const slots = this.#engines.get(engine);
    if (slots) slots.set(slot, hold);
    else this.#engines.set(engine, new Map([[slot, hold]]));
    return hold;
  }

  name(hold: Hold, session: number): void {
    hold.session = session;
    this.#sessions.set(session, hold);
  }

  remove({ engine, slot, session }: Hold): void {
    this.#engines.get(engine)?.delete(slot);
    if (session !== null) this.#sessions.delete(session);
  }

  forget(engine: string): void {
    this.#engines.delete(engine);
  }

  all(): Hold[] {
    return [...this.#engines.values()].flatMap((slots) => [...slots.values()]);
  }
}

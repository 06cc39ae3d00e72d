/** Keeps the state file up to date: one write at a time, and steps that come meanwhile share the next one. */
import type { Log } from "../log.ts";
import type { FormerSession, SessionId, State } from "../slots/index.ts";
import type { StateStore } from "./state-file.ts";

/** What a crash must not forget: every session that holds a slot. */
export function heldSessions(state: State, labelOf: (session: SessionId) => string): FormerSession[] {
  return [...state.places.keys()].flatMap((id) => formerOf(state, id, labelOf) ?? []);
}

/** A held session as a later life, or another proxy, would have to know it; null: it holds no slot. */
export function formerOf(
  state: State,
  id: SessionId,
  labelOf: (session: SessionId) => string,
): FormerSession | null {
  const place = state.places.get(id);
  const engine = place && state.engines.get(place.engine);
  const session = engine?.slots[place?.slot ?? -1]?.session;
  if (!engine || !session) return null;
  const { contents, urls, playbackSession, reportedTo, formerLabel } = session;
  const label = formerLabel ?? labelOf(id);
  return {
    engine: reportedTo ?? engine.listedAs,
    name: engine.name,
    address: engine.address,
    contents,
    urls,
    playbackSession,
    reportedAs: reportedTo === null ? null : label,
    lease: session.lease ?? label,
  };
}

export class Saving {
  readonly #store: StateStore;
  readonly #log: Log;
  readonly #sessions: () => FormerSession[];
  #saved: Promise<void> = Promise.resolve();
  #writing = false;
  #again = false;
  #trouble: string | null = null;

  constructor(store: StateStore, log: Log, sessions: () => FormerSession[]) {
    this.#store = store;
    this.#log = log;
    this.#sessions = sessions;
  }

  /** Why the last write failed; null: it did not, or has been made up for. */
  get trouble(): string | null {
    return this.#store.isSaved === true ? null : this.#trouble;
  }

  /** Resolves when what was to be saved is, or could not be. */
  get done(): Promise<void> {
    return this.#saved;
  }

  save(): void {
    if (this.#again) return;
    if (!this.#writing) {
      this.#saved = this.#write();
      return;
    }
    this.#again = true;
    this.#saved = this.#saved.then(() => {
      this.#again = false;
      return this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    try {
      await this.#store.save(this.#sessions());
      if (this.#trouble !== null) this.#log.info("the state file is being written again");
      this.#trouble = null;
    } catch (error) {
      const message = `the state file cannot be written: ${error instanceof Error ? error.message : String(error)}`;
      if (this.#trouble === null) this.#log.error(`${message}; a crash now would forget open sessions`);
      this.#trouble = message;
    } finally {
      // The next one, if there is one, begins before anybody else comes.
      this.#writing = this.#again;
    }
  }
}

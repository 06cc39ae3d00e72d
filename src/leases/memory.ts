/** A store of leases for several proxies of one process: the books themselves. */
import { type Answer, type Books, type Change, type Command, NO_BOOKS, type Server } from "./books.ts";
import { keep } from "./keeping.ts";
import type { StoreEvents, StorePort, StoreView } from "./store.ts";

/** The store itself. Each proxy opens a door of its own to it. */
export class MemoryStore {
  readonly #server: () => Server;
  readonly #listeners = new Set<(change: Change) => void>();
  // It cannot have lost its memory: its first members need not wait for leases of before.
  #books: Books = { ...NO_BOOKS, run: "memory" };

  /** `now`: ms since 1970; only differences matter. */
  constructor(now: () => number) {
    this.#server = () => ({ run: "memory", time: now() });
  }

  get books(): Books {
    return this.#books;
  }

  /** A door for one member. */
  door(): StorePort {
    let listener: ((change: Change) => void) | null = null;
    return {
      open: (events: StoreEvents) => {
        listener = (change) => events.change(change);
        this.#listeners.add(listener);
        events.up();
      },
      ask: async (command: Command): Promise<Answer> => this.#take(command),
      view: async (): Promise<StoreView> => this.#books,
      describe: () => "memory",
      close: async () => {
        if (listener) this.#listeners.delete(listener);
      },
    };
  }

  #take(command: Command): Answer {
    const { books, answer, changes } = keep(this.#books, command, this.#server());
    this.#books = books;
    for (const change of changes) for (const tell of this.#listeners) tell(change);
    return answer;
  }
}

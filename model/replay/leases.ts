/** All sessions by the names of their leases. Those that are over are kept for a while: others may speak of them. */
import { LEASES_REMEMBERED } from "./limits.ts";
import type { Instant } from "./places.ts";
import type { Holder, Place, Session } from "./session.ts";

export class Leases {
  readonly #sessions = new Map<string, Session>();
  /** Names of what is over, oldest first. */
  #over: string[] = [];
  #forgotten = 0;

  constructor(readonly limit = LEASES_REMEMBERED) {}

  get(lease: string): Session | undefined {
    return this.#sessions.get(lease);
  }

  add(
    lease: string | null,
    place: Place,
    { where }: Pick<Instant, "where">,
    known: Partial<Session> & { readonly holder: Holder | null },
  ): Session {
    const session: Session = {
      lease,
      place,
      content: null,
      began: where,
      fence: null,
      isSure: true,
      isStopping: false,
      isForgotten: false,
      isOpen: false,
      since: { ms: Number.NEGATIVE_INFINITY, by: null },
      over: null,
      untilMs: Number.POSITIVE_INFINITY,
      reserved: null,
      ended: null,
      ...known,
    };
    if (lease !== null) this.#sessions.set(lease, session);
    return session;
  }

  /** Nothing begins with this name any more. */
  over({ lease }: Session): void {
    if (lease === null) return;
    this.#over.push(lease);
    while (this.#over.length - this.#forgotten > this.limit) {
      const oldest = this.#over[this.#forgotten++];
      if (oldest !== undefined && !this.#sessions.get(oldest)?.isOpen) this.#sessions.delete(oldest);
    }
    if (this.#forgotten < this.limit) return;
    this.#over = this.#over.slice(this.#forgotten);
    this.#forgotten = 0;
  }

  /** What is kept, for the test that it does not grow with the lines. */
  get size(): number {
    return this.#sessions.size;
  }
}

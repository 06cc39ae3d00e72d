/**
 * Keeps the sight of the store whole: takes changes in as they come, and looks at everything anew when some were
 * missed, or when the store says that we have something of which we know nothing.
 */
import type { Clock } from "../ports.ts";
import type { Change, Lease, PlacedLease } from "./books.ts";
import { REVIEWED_LEASES_MAX } from "./limits.ts";
import type { Sight } from "./sight.ts";
import type { StorePort, StoreView } from "./store.ts";

export interface WatchOrders {
  readonly store: StorePort;
  readonly sight: Sight;
  readonly clock: Clock;
  readonly ttlMs: number;
  /** All names by which the store knows what is ours. */
  names(): ReadonlySet<string>;
  isStray(lease: Lease): boolean;
  /** The store says that they are ours, though we know nothing of them, now or when we looked. */
  onStrays(strays: readonly PlacedLease[]): void;
}

export class Watch {
  readonly #orders: WatchOrders;
  /** Changes that have come since the look under way began; null: there is none. */
  #meanwhile: Change[] | null = null;
  /** One more look is needed after it. */
  #looksAgain = false;
  /** The last look failed. */
  #isBlind = false;
  /** Changes that the store had counted at the last renewal. */
  #seqBefore = 0;
  /** Monotonic ms. */
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(orders: WatchOrders) {
    this.#orders = orders;
  }

  change(change: Change): void {
    const { sight, isStray } = this.#orders;
    const hasStray = change.held.some(isStray);
    const isNext = sight.change(change);
    if (this.#meanwhile) this.#meanwhile.push(change);
    else if (!isNext || hasStray) void this.look();
  }

  /** A renewal was answered: the store has counted so many changes. */
  renewed(seq: number): void {
    // A change takes another way than an answer: it is missing only if it has not come by the next renewal.
    const isBehind = this.#orders.sight.view.seq < this.#seqBefore;
    this.#seqBefore = seq;
    // If the look under way does not mend it, the next renewal sees that.
    if (!this.#meanwhile && (isBehind || this.#isBlind || this.#isOld)) void this.look();
  }

  /** Who has joined, left or begun to wait since is told by no change. */
  get #isOld(): boolean {
    const { sight, clock, ttlMs } = this.#orders;
    if (clock.monotonicMs() - this.#lookedAt < ttlMs) return false;
    let leases = 0;
    for (const there of sight.view.engines.values()) leases += there.length;
    return leases <= REVIEWED_LEASES_MAX;
  }

  async look(): Promise<void> {
    if (this.#meanwhile) {
      this.#looksAgain = true;
      return;
    }
    const { store, names, clock } = this.#orders;
    try {
      do {
        this.#looksAgain = false;
        const changes: Change[] = [];
        this.#meanwhile = changes;
        this.#lookedAt = clock.monotonicMs();
        const known = names();
        const view = await store.view();
        this.#isBlind = false;
        if (!this.#take(view, changes, known)) this.#looksAgain = true;
      } while (this.#looksAgain);
    } catch {
      this.#isBlind = true;
    } finally {
      this.#meanwhile = null;
    }
  }

  /**
   * A view is overtaken by changes while it is on its way; where they come all the time, the next one would be as well,
   * so they are put on top of it. False: some are missing, or they show a stray that the view does not: whether we
   * have let go of it since, only a view that is asked for now can tell.
   */
  #take(view: StoreView, changes: readonly Change[], known: ReadonlySet<string>): boolean {
    const { sight, isStray, onStrays } = this.#orders;
    const isWhole = sight.take(view, changes);
    const strays = [...view.engines].flatMap(([place, leases]) =>
      leases
        .filter((lease) => isStray(lease) && !known.has(lease.id))
        .map((lease): PlacedLease => ({ ...lease, place })),
    );
    onStrays(strays);
    const seen = new Set(strays.map(({ id }) => id));
    const isNew = (lease: Lease): boolean => isStray(lease) && !seen.has(lease.id);
    return isWhole && !changes.some(({ seq, held }) => seq > view.seq && held.some(isNew));
  }
}

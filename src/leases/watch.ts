/**
 * Keeps the sight of the store whole: takes changes in as they come, and looks at everything anew when some were
 * missed, or when the store says that we have something of which we know nothing.
 */
import type { Change, Lease, PlacedLease } from "./books.ts";
import type { Sight } from "./sight.ts";
import type { StorePort, StoreView } from "./store.ts";

export interface WatchOrders {
  readonly store: StorePort;
  readonly sight: Sight;
  /** All names by which the store knows what is ours. */
  names(): ReadonlySet<string>;
  isStray(lease: Lease): boolean;
  /** The store says that they are ours, though we know nothing of them, now or when we looked. */
  onStrays(strays: readonly PlacedLease[]): void;
}

export class Watch {
  readonly #orders: WatchOrders;
  #looking: "no" | "yes" | "again" = "no";
  /** The last look failed. */
  #isBlind = false;
  /** Changes that the store had counted at the last renewal. */
  #seqBefore = 0;

  constructor(orders: WatchOrders) {
    this.#orders = orders;
  }

  change(change: Change): void {
    const { sight, isStray } = this.#orders;
    const hasStray = change.held.some(isStray);
    if (!sight.change(change) || hasStray) void this.look();
  }

  /** A renewal was answered: the store has counted so many changes. */
  renewed(seq: number): void {
    // A change takes another way than an answer: it is missing only if it has not come by the next renewal.
    const isBehind = this.#orders.sight.view.seq < this.#seqBefore;
    this.#seqBefore = seq;
    if (isBehind || this.#isBlind) void this.look();
  }

  async look(): Promise<void> {
    if (this.#looking !== "no") {
      this.#looking = "again";
      return;
    }
    const { store, sight, names } = this.#orders;
    try {
      do {
        this.#looking = "yes";
        const before = sight.view.seq;
        const known = names();
        const view = await store.view();
        const now = sight.view.seq;
        // Changes have come meanwhile that it does not show.
        if (now !== before && now > view.seq) this.#looking = "again";
        this.#isBlind = false;
        sight.take(view);
        this.#takeIn(view, known);
      } while ((this.#looking as string) === "again");
    } catch {
      this.#isBlind = true;
    } finally {
      this.#looking = "no";
    }
  }

  #takeIn({ engines }: StoreView, known: ReadonlySet<string>): void {
    const { isStray, onStrays } = this.#orders;
    const strays = [...engines].flatMap(([place, leases]) =>
      leases
        .filter((lease) => isStray(lease) && !known.has(lease.id))
        .map((lease): PlacedLease => ({ ...lease, place })),
    );
    onStrays(strays);
  }
}

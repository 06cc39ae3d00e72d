/**
 * What a member sees of the store: leases by place, kept up to date by changes. A place may be blocked for a while:
 * others come first there, or the store refused it for a reason that is not seen.
 */
import type { Clock } from "../ports.ts";
import type { Claimed } from "../slots/index.ts";
import type { Change, Lease, PlacedLease } from "./books.ts";
import { readSessionName } from "./detail.ts";
import { TURN_MS, TURNS_MAX } from "./limits.ts";
import type { StoreView } from "./store.ts";

const NOTHING: StoreView = { seq: 0, fence: 0, engines: new Map(), members: new Map(), queue: [] };

export interface SightOrders {
  readonly clock: Clock;
  readonly member: string;
  /** Leases of our own, or about to be. */
  isOurs(lease: string): boolean;
  onClaims(whole: boolean, places: readonly Claimed[]): void;
}

export class Sight {
  readonly #orders: SightOrders;
  readonly #blocks = new Map<string, () => void>();
  readonly #noted = new Map<string, number>();
  /** Several changes are taken in, and told together. */
  #isQuiet = false;
  #view: StoreView = NOTHING;
  #engines = new Map<string, readonly Lease[]>();

  constructor(orders: SightOrders) {
    this.#orders = orders;
  }

  get view(): StoreView {
    return { ...this.#view, engines: this.#engines };
  }

  /** Leases that are not ours: what we can bear witness to. */
  others(): PlacedLease[] {
    return [...this.#engines].flatMap(([place, leases]) =>
      leases.filter(({ id }) => !this.#orders.isOurs(id)).map((lease) => ({ ...lease, place })),
    );
  }

  at(place: string): readonly Lease[] {
    return this.#engines.get(place) ?? [];
  }

  /** Everything anew, and changes that have come since it was asked for. False: some are missing among those. */
  take(view: StoreView, changes: readonly Change[] = []): boolean {
    this.#view = view;
    this.#engines = new Map(view.engines);
    for (const unblock of this.#blocks.values()) unblock();
    this.#blocks.clear();
    this.#noted.clear();
    // Told in between, a slot that has long been taken again would look free, and be asked for.
    this.#isQuiet = true;
    const isWhole = changes.every((change) => this.change(change));
    this.#isQuiet = false;
    const places = new Set([...this.#engines.keys(), ...this.#blocks.keys()]);
    this.#orders.onClaims(
      true,
      [...places].map((place) => this.#claimedAt(place)),
    );
    return isWhole;
  }

  /** False: changes before this one were missed, and everything must be looked at anew. */
  change(change: Change): boolean {
    if (change.seq <= this.#view.seq) return true;
    if (change.seq > this.#view.seq + 1) return false;
    this.#view = { ...this.#view, seq: change.seq, queue: change.queue };
    if (change.seq <= (this.#noted.get(change.place) ?? 0)) return true;
    this.#noted.delete(change.place);
    const freed = change.held.length < this.at(change.place).length;
    this.#put(change.place, change.held);
    const index = change.queue.indexOf(this.#orders.member);
    const ahead = Math.min(index < 0 ? change.queue.length : index, TURNS_MAX);
    if (freed && ahead > 0) this.block(change.place, ahead * TURN_MS);
    else this.#tell(change.place);
    return true;
  }

  /** What an answer says of one place. Changes up to its number are still to come, and say nothing new there. */
  note(place: string, held: readonly Lease[], seq: number): void {
    // It was given before a change that we have heard of already.
    if (seq < this.#view.seq) return;
    this.#noted.set(place, seq);
    this.#put(place, held);
    this.#tell(place);
  }

  /** A lease that was ours is none any more: the store's word for it is not waited for. */
  forget(place: string, lease: string): void {
    this.#put(
      place,
      this.at(place).filter(({ id }) => id !== lease),
    );
  }

  /** What is ours has changed there. */
  retell(place: string): void {
    this.#tell(place);
  }

  /** Keeps us from a place for a while. */
  block(place: string, forMs: number): void {
    this.#blocks.get(place)?.();
    const cancel = this.#orders.clock.after(
      forMs,
      () => {
        this.#blocks.delete(place);
        this.#tell(place);
      },
      `turn ${place}`,
    );
    this.#blocks.set(place, cancel);
    this.#tell(place);
  }

  close(): void {
    for (const cancel of this.#blocks.values()) cancel();
    this.#blocks.clear();
  }

  #put(place: string, held: readonly Lease[]): void {
    if (held.length === 0) this.#engines.delete(place);
    else this.#engines.set(place, held);
  }

  #tell(place: string): void {
    if (this.#isQuiet) return;
    this.#orders.onClaims(false, [this.#claimedAt(place)]);
  }

  #claimedAt(place: string): Claimed {
    const claims = this.at(place)
      .filter(({ id }) => !this.#orders.isOurs(id))
      .map(({ id, contents, detail }) => ({ lease: id, contents, playbackSession: readSessionName(detail) }));
    return { place, claims, blocked: this.#blocks.has(place) };
  }
}

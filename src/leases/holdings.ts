/**
 * Everything in the store that is ours: what we hold, what we have asked for, and what we have given back without the
 * store's word for it yet. Whatever else bears our name there is a stray.
 */
import type { Log } from "../log.ts";
import type { FormerSession } from "../slots/index.ts";
import type { Lease, PlacedLease } from "./books.ts";
import { writeDetail } from "./detail.ts";
import type { Held } from "./held.ts";
import type { Returns } from "./returns.ts";
import type { Share } from "./share.ts";

export interface HoldingsOrders {
  readonly member: string;
  readonly log: Log;
  readonly returns: Returns;
  readonly share: Share;
  /** These leases may be used no more. */
  onLost(leases: readonly string[], why: string): void;
}

export class Holdings {
  readonly #orders: HoldingsOrders;
  readonly #held = new Map<string, Held>();
  /** Asked for, and not answered yet; true: not wanted any more. */
  readonly #asking = new Map<string, boolean>();
  /** Leases that go on under a former one's name, by that name. */
  readonly #renamed = new Map<string, string>();

  constructor(orders: HoldingsOrders) {
    this.#orders = orders;
  }

  get(lease: string): Held | undefined {
    return this.#held.get(lease);
  }

  put(lease: string, held: Held): void {
    this.#held.set(lease, held);
    if (held.name !== lease) this.#renamed.set(held.name, lease);
  }

  /** Held for its session to be stopped: of a former life of ours, or of a member that is no more. */
  putOrphan(lease: string, place: string, fence: number, session: FormerSession): void {
    const { contents } = session;
    this.put(lease, { name: lease, place, fence, contents, session, isLost: true, isGone: false });
  }

  drop(lease: string): Held | undefined {
    const held = this.#held.get(lease);
    this.#held.delete(lease);
    if (held) this.#renamed.delete(held.name);
    return held;
  }

  /** Begins to ask for a lease. */
  ask(lease: string): void {
    this.#asking.set(lease, false);
  }

  /** Nobody wants it any more. False: it is not being asked for. */
  unwant(lease: string): boolean {
    if (!this.#asking.has(lease)) return false;
    this.#asking.set(lease, true);
    return true;
  }

  /** The store has answered, or nobody knows. Is it still wanted? */
  answered(lease: string): boolean {
    const isWanted = this.#asking.get(lease) !== true;
    this.#asking.delete(lease);
    return isWanted;
  }

  /** Leases that may be used as far as we know. */
  get valid(): string[] {
    return [...this.#held].flatMap(([lease, { isLost }]) => (isLost ? [] : [lease]));
  }

  get byName(): ReadonlyMap<string, Held> {
    return new Map([...this.#held.values()].map((held) => [held.name, held]));
  }

  /** All names by which the store knows what is ours. */
  get names(): Set<string> {
    const { returns } = this.#orders;
    return new Set([...this.byName.keys(), ...this.#asking.keys(), ...returns.leases]);
  }

  /** What the store is to know that we hold. */
  get named(): PlacedLease[] {
    const { member, share } = this.#orders;
    return [...this.#held.values(), ...share.spare].flatMap(
      // Also what another has taken over: if that one ends as well it may be ours again, and it is not over yet.
      ({ name: id, place, fence, contents, session }): PlacedLease[] => [
        { id, owner: member, place, fence, contents, detail: writeDetail(session) },
      ],
    );
  }

  isUnderWay(lease: string): boolean {
    return this.#asking.has(lease) || this.#orders.returns.has(lease);
  }

  /** Do we have to do with a lease of this name, as the store knows it? */
  isKnown(name: string): boolean {
    if (this.#held.has(name) || this.#renamed.has(name) || this.isUnderWay(name)) return true;
    return this.#orders.share.spare.some((spare) => spare.name === name);
  }

  /** Does the store say that we have it, though we know nothing of it? */
  isStray({ id, owner }: Lease): boolean {
    return owner === this.#orders.member && !this.isKnown(id);
  }

  /** The store does not count them as ours any more, by the names that it knows. */
  disown(names: readonly string[]): void {
    this.#orders.share.drop(names);
    const gone = names
      .map((name) => this.#renamed.get(name) ?? name)
      .filter((lease) => this.#held.get(lease)?.isGone === false);
    for (const lease of gone) this.#mark(lease, { isGone: true });
    this.lose(gone, "another proxy has taken over");
  }

  /** Nothing is sent for them any more, and their streams are given up. */
  lose(leases: readonly string[], why: string): void {
    const { log, onLost } = this.#orders;
    const valid = leases.filter((lease) => this.#held.get(lease)?.isLost === false);
    if (valid.length === 0) return;
    for (const lease of valid) this.#mark(lease, { isLost: true });
    log.warn("leases are lost; their streams look for other slots", { leases: valid, why });
    onLost(valid, why);
  }

  #mark(lease: string, patch: Partial<Held>): void {
    const held = this.#held.get(lease);
    if (held) this.#held.set(lease, { ...held, ...patch });
  }
}

/** Takes over what members left behind that are no more: their sessions are held until there is proof that they stopped. */
import type { Log } from "../log.ts";
import { PROVISION_PLACE } from "../ports.ts";
import type { FormerSession } from "../slots/index.ts";
import type { PlacedLease } from "./books.ts";
import { readDetail } from "./detail.ts";
import type { Holdings } from "./holdings.ts";
import type { Returns } from "./returns.ts";
import type { Sight } from "./sight.ts";

export interface OrphansOrders {
  readonly member: string;
  readonly log: Log;
  readonly holdings: Holdings;
  readonly returns: Returns;
  readonly sight: Sight;
  onOrphans(sessions: readonly FormerSession[]): void;
}

export class Orphans {
  readonly #orders: OrphansOrders;

  constructor(orders: OrphansOrders) {
    this.#orders = orders;
  }

  /** Handed to us by the store. */
  take(all: readonly PlacedLease[]): void {
    const { log, holdings, returns, sight, onOrphans } = this.#orders;
    // Whoever asked for a new engine is no more: the next one may.
    for (const { id, place } of all) if (place === PROVISION_PLACE) returns.give(id, place);
    const orphans = all.filter(({ place }) => place !== PROVISION_PLACE);
    if (orphans.length === 0) return;
    const sessions = orphans.map(({ id, place, fence, contents, detail }) => {
      const session = readDetail(id, place, contents, detail);
      holdings.putOrphan(id, place, fence, session);
      return session;
    });
    log.warn("another proxy has ended without giving its slots back; its sessions are being stopped", {
      leases: orphans.map(({ id }) => id),
    });
    onOrphans(sessions);
    for (const { place } of orphans) sight.retell(place);
  }

  /**
   * Ours by the store's word, though we know nothing of them: a claim that it took in too late is given back, and of
   * what was handed to us without our hearing of it nobody else takes care.
   */
  takeStrays(strays: readonly PlacedLease[]): void {
    const { member, returns } = this.#orders;
    const isOwn = ({ id }: PlacedLease): boolean => id.startsWith(`${member}/`);
    for (const { id, place } of strays.filter(isOwn)) returns.give(id, place);
    this.take(strays.filter((lease) => !isOwn(lease)));
  }
}

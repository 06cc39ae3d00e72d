/**
 * A member of a store of leases: claims slots there, renews, takes over what ended members held, and knows at every
 * moment whether its leases still hold. It decides nothing about slots.
 *
 * How it stands with the store is in `standing.ts`, how it talks to it in `membership.ts`, what it sees there in
 * `sight.ts` and `watch.ts`, and what of that is its own in `holdings.ts`.
 */
import type { Log } from "../log.ts";
import {
  type ClaimOrder,
  type ClaimOutcome,
  type Clock,
  type LeaseEvents,
  type LeasePort,
  type LeaseView,
  PROVISION_PLACE,
} from "../ports.ts";
import type { ContentKey, FormerSession } from "../slots/index.ts";
import { Claims } from "./claims.ts";
import { writeDetail } from "./detail.ts";
import { driftOf } from "./drift.ts";
import { Holdings } from "./holdings.ts";
import { Membership } from "./membership.ts";
import { Orphans } from "./orphans.ts";
import { Returns } from "./returns.ts";
import { Share } from "./share.ts";
import { Sight } from "./sight.ts";
import { Standing } from "./standing.ts";
import type { StorePort } from "./store.ts";
import { Watch } from "./watch.ts";

export interface HolderOptions {
  readonly store: StorePort;
  /** `<instance>/<life>`: leases are named `<member>/<session>`. */
  readonly member: string;
  /** For people: shown to the other members. Plain data. */
  info(): Readonly<Record<string, string | number | null>>;
  /** The term: a member that has not renewed for so long is ended. */
  readonly ttlMs: number;
  /** What happens when the store cannot be asked for longer: nothing is granted, or what was held is used on. */
  readonly whenDown: "refuse" | "local";
  readonly clock: Clock;
  readonly log: Log;
}

const NO_EVENTS: LeaseEvents = { trouble() {}, claims() {}, lost() {}, orphans() {} };

export class LeaseHolder implements LeasePort {
  readonly #options: HolderOptions;
  readonly #share = new Share();
  readonly #returns: Returns;
  readonly #holdings: Holdings;
  readonly #sight: Sight;
  readonly #standing: Standing;
  readonly #membership: Membership;
  readonly #watch: Watch;
  readonly #orphans: Orphans;
  readonly #claims: Claims;
  #events = NO_EVENTS;

  constructor(options: HolderOptions) {
    this.#options = options;
    const { store, member, clock } = options;
    const share = this.#share;
    this.#returns = new Returns((lease, place) => this.#tellReturn(lease, place));
    this.#holdings = new Holdings({
      ...options,
      share,
      returns: this.#returns,
      onLost: (leases, why) => this.#events.lost(leases, why),
    });
    this.#sight = new Sight({
      clock,
      member,
      isOurs: (name) => this.#holdings.isKnown(name),
      onClaims: (whole, places) => this.#events.claims(whole, places),
    });
    this.#standing = new Standing({
      ...options,
      share,
      describe: () => store.describe(),
      onTrouble: (why) => this.#events.trouble(why),
      onEnd: () => this.#end(),
      onRecovery: () => void this.#membership.beat(),
    });
    this.#watch = new Watch({
      ...options,
      sight: this.#sight,
      names: () => this.#holdings.names,
      isStray: (lease) => this.#holdings.isStray(lease),
      onStrays: (strays) => {
        if (this.#standing.isUsable) this.#orphans.takeStrays(strays);
      },
    });
    this.#membership = new Membership({
      ...options,
      info: () => JSON.stringify(options.info()),
      standing: this.#standing,
      held: () => this.#holdings.named,
      witnessed: () => this.#sight.others(),
      onLost: (names) => this.#holdings.disown(names),
      onRenewed: (isJoined) => this.#endShare(isJoined),
      onJoined: () => {
        this.#returns.repeat();
        void this.#watch.look();
      },
      onBeaten: ({ orphans, seq }) => {
        this.#orphans.take(orphans);
        this.#returns.repeat();
        this.#watch.renewed(seq);
      },
    });
    const parts = { share, returns: this.#returns, holdings: this.#holdings, sight: this.#sight };
    this.#orphans = new Orphans({
      ...options,
      ...parts,
      onOrphans: (sessions) => this.#events.orphans(sessions),
    });
    this.#claims = new Claims({ ...parts, membership: this.#membership, standing: this.#standing });
  }

  start(events: LeaseEvents, former: Parameters<LeasePort["start"]>[1]): void {
    this.#events = events;
    for (const { lease, place, session } of former) this.#holdings.putOrphan(lease, place, 0, session);
    this.#standing.tell();
    this.#options.store.open({
      change: (change) => this.#watch.change(change),
      up: () => {
        this.#standing.reach();
        void this.#membership.join();
      },
      down: (why) => this.#standing.break(why),
    });
    this.#membership.start();
  }

  claim(order: ClaimOrder): Promise<ClaimOutcome> {
    return this.#claims.claim(order);
  }

  isHeld(lease: string): boolean {
    const held = this.#holdings.get(lease);
    return held !== undefined && !held.isLost && (this.#share.isUsed || this.#standing.isValid);
  }

  note(lease: string, contents: readonly ContentKey[], session: FormerSession): void {
    const held = this.#holdings.get(lease);
    if (!held) return;
    this.#holdings.put(lease, { ...held, contents, session });
    const { name: id, place } = held;
    const detail = writeDetail(session);
    if (this.#standing.isUsable) void this.#membership.ask({ type: "note", place, id, contents, detail });
  }

  release(lease: string): void {
    this.#claims.release(lease);
  }

  waiting(yes: boolean): void {
    this.#membership.waiting(yes);
  }

  drain(): void {
    this.#membership.drain();
  }

  /** Shows the others what we say about ourselves now. */
  announce(): void {
    if (this.#standing.isMember) void this.#membership.join();
  }

  get view(): LeaseView {
    const { store, member } = this.#options;
    const { engines, members, queue } = this.#sight.view;
    // The right to ask for a new engine is no slot.
    const isSlot = (place: string): boolean => place !== PROVISION_PLACE;
    const slots = [...engines].filter(([place]) => isSlot(place));
    const held = new Map([...this.#holdings.byName].filter(([, { place }]) => isSlot(place)));
    const leases = slots.flatMap(([place, there]) =>
      there.map(({ id, owner, fence, contents }) => ({ lease: id, owner, place, fence, contents })),
    );
    return {
      store: store.describe(),
      member,
      trouble: this.#standing.why,
      validMs: this.#standing.validMs,
      roundTripMs: this.#membership.roundTripMs,
      fence: this.#membership.fence,
      members: [...members].map(([name, { info }]) => ({ member: name, info })),
      leases,
      queue,
      drift: driftOf(member, leases, held, (lease) => this.#holdings.isUnderWay(lease)),
    };
  }

  async close(): Promise<void> {
    this.#sight.close();
    await this.#membership.close();
    await this.#options.store.close();
  }

  /** Has the store heard that a lease is given back? */
  async #tellReturn(lease: string, place: string): Promise<boolean> {
    if (!this.#standing.isReached || !this.#standing.isMember) return false;
    return (await this.#membership.ask({ type: "release", place, id: lease })) !== null;
  }

  /** Our leases end in the store soon: either they are given up, or we go on by ourselves with what we held. */
  #end(): void {
    if (this.#share.isUsed) return;
    const { valid } = this.#holdings;
    if (this.#options.whenDown === "local") {
      this.#share.begin();
      this.#options.log.error(
        "the lease store is away: this proxy goes on with the slots that it held; if only this proxy is cut off, engines may get too many streams",
        { slots: valid.length },
      );
      this.#standing.tell();
      return;
    }
    this.#standing.tell();
    this.#holdings.lose(valid, "the lease could not be renewed");
  }

  /** The store answers again. Once it knows what we hold, it counts, and what is free of ours is free for all. */
  #endShare(isJoined: boolean): void {
    if (!this.#share.isUsed) return;
    if (!isJoined) void this.#membership.join();
    else for (const held of this.#share.end()) this.#claims.giveBack(held);
  }
}

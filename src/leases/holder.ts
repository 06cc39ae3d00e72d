/**
 * A member of a store of leases: claims slots there, renews, takes over what ended members held, and knows at every
 * moment whether its leases still hold. It decides nothing about slots.
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
import type { Answer, Command, Lease, PlacedLease } from "./books.ts";
import { readDetail, writeDetail } from "./detail.ts";
import { driftOf } from "./drift.ts";
import { BEATS_PER_TERM, LEAVE_MS, REFUSED_PAUSE_MS, STEPS_PER_TERM } from "./limits.ts";
import { Returns } from "./returns.ts";
import { Sight } from "./sight.ts";
import type { StorePort, StoreView } from "./store.ts";

export interface HolderOptions {
  readonly store: StorePort;
  /** `<instance>/<life>`: leases are named `<member>/<session>`. */
  readonly member: string;
  /** For people: shown to the other members. Plain data. */
  readonly info: Readonly<Record<string, string | number | null>>;
  /** The term: a member that has not renewed for so long is ended. */
  readonly ttlMs: number;
  /** What happens when the store cannot be asked for longer: nothing is granted, or what was held is used on. */
  readonly whenDown: "refuse" | "local";
  readonly clock: Clock;
  readonly log: Log;
}

interface Held {
  /** Its name in the store: its own, unless it goes on with the slot of another one while the store is away. */
  readonly name: string;
  readonly place: string;
  readonly fence: number;
  readonly contents: readonly ContentKey[];
  readonly session: FormerSession;
  /** Not valid any more: its session is being stopped, and nothing else may be sent for it. */
  readonly isLost: boolean;
  /** The store has given it to another member, or knows nothing of it. */
  readonly isGone: boolean;
}

type Without<T> = T extends Command ? Omit<T, "member" | "ttl" | "seen"> : never;

const NO_EVENTS: LeaseEvents = { trouble() {}, claims() {}, lost() {}, orphans() {} };

export class LeaseHolder implements LeasePort {
  readonly #options: HolderOptions;
  readonly #sight: Sight;
  readonly #held = new Map<string, Held>();
  /** Asked for, and not answered yet; true: not wanted any more. */
  readonly #asking = new Map<string, boolean>();
  readonly #returns = new Returns(async (lease, place) => {
    if (this.#down !== null || !this.#isMember) return false;
    return (await this.#ask({ type: "release", place, id: lease })) !== null;
  });
  /** Leases that go on under a former one's name, by that name. */
  readonly #renamed = new Map<string, string>();
  #events = NO_EVENTS;
  /** Why the store cannot be asked; null: it can. */
  #down: string | null = "the lease store has not answered yet";
  /** Why it was asked in vain, though it can be reached. */
  #failure: string | null = null;
  #isMember = false;
  /** Monotonic ms until which our leases hold. */
  #validUntil = Number.NEGATIVE_INFINITY;
  #recoveredAt = Number.NEGATIVE_INFINITY;
  #fence = 0;
  #roundTripMs: number | null = null;
  #waits = false;
  #adopts = true;
  #closed = false;
  #joins = 0;
  #looking: "no" | "yes" | "again" = "no";
  /** The last look failed. */
  #isBlind = false;
  /** Changes that the store had counted at the last renewal. */
  #seqBefore = 0;
  /** The store is away and what was held is used on: leases whose slots are free. Null: it is not so. */
  #share: Held[] | null = null;
  #told: string | null = null;
  #cancelBeat = (): void => {};
  #cancelEnd = (): void => {};
  #cancelRecovery = (): void => {};

  constructor(options: HolderOptions) {
    this.#options = options;
    this.#sight = new Sight({
      clock: options.clock,
      member: options.member,
      isOurs: (lease) => this.#isKnown(lease),
      onClaims: (whole, places) => this.#events.claims(whole, places),
    });
  }

  start(events: LeaseEvents, former: Parameters<LeasePort["start"]>[1]): void {
    this.#events = events;
    for (const { lease, place, session } of former)
      this.#held.set(lease, {
        name: lease,
        place,
        fence: 0,
        contents: session.contents,
        session,
        isLost: true,
        isGone: false,
      });
    this.#tell();
    this.#options.store.open({
      change: (change) => {
        const isStray = change.held.some((lease) => this.#isStray(lease));
        if (!this.#sight.change(change) || isStray) void this.#look();
      },
      up: () => {
        this.#down = null;
        void this.#join();
      },
      down: (why) => this.#break(why),
    });
    this.#planBeat();
  }

  async claim(order: ClaimOrder): Promise<ClaimOutcome> {
    const { lease, place, contents, session, cap, more, instead } = order;
    if (this.#share || !this.#isUsable) {
      if (instead !== null) this.release(instead);
      if (this.#share) return this.#claimLocally(order);
      // It may not be known yet that our time is over, and whoever is not told asks again at once.
      this.#tell();
      return { kind: "refused", why: "down", message: this.#why ?? "no lease" };
    }
    this.#asking.set(lease, false);
    const detail = writeDetail(session);
    const joins = this.#joins;
    const answer = await this.#ask({
      type: "reserve",
      place,
      id: lease,
      contents,
      detail,
      cap,
      more,
      instead: instead === null ? null : (this.#held.get(instead)?.name ?? instead),
    });
    if (instead !== null) {
      if (answer?.type === "granted") this.#drop(instead);
      else this.release(instead);
    }
    const isUnwanted = this.#asking.get(lease) ?? false;
    this.#asking.delete(lease);
    // A store that was told everything that we hold, but not this, has taken it back.
    if (answer?.type === "granted" && joins === this.#joins) {
      const held = answer.held.find(({ id }) => id === lease);
      const fence = held?.fence ?? answer.fence;
      this.#held.set(lease, { name: lease, place, fence, contents, session, isLost: false, isGone: false });
      this.#sight.note(place, answer.held, answer.seq);
      if (isUnwanted) this.release(lease);
      return { kind: "granted", fence };
    }
    if (answer?.type !== "refused") {
      // Nobody knows whether it was granted.
      this.#returns.give(lease, place);
      return { kind: "refused", why: "down", message: this.#why ?? "the lease store does not answer" };
    }
    const { why, waitMs, held } = answer;
    if (why === "not a member" || why === "recovering")
      return { kind: "refused", why: "down", message: this.#why ?? why };
    // What was refused must look refused to the selector, or it would ask again at once. What we have given back is
    // no load to it.
    const counted = held.filter(({ id }) => !this.#returns.has(id));
    const isSeen =
      why === "full"
        ? counted.length >= cap
        : why === "content" && counted.some((other) => other.contents.some((key) => contents.includes(key)));
    if (why === "turn" || !isSeen) this.#sight.block(place, why === "turn" ? waitMs : REFUSED_PAUSE_MS);
    this.#sight.note(place, held, answer.seq);
    return { kind: "refused", why, message: REFUSALS[why] };
  }

  isHeld(lease: string): boolean {
    const held = this.#held.get(lease);
    return held !== undefined && !held.isLost && (this.#share !== null || this.#isValid);
  }

  note(lease: string, contents: readonly ContentKey[], session: FormerSession): void {
    const held = this.#held.get(lease);
    if (!held) return;
    this.#held.set(lease, { ...held, contents, session });
    if (this.#isUsable)
      void this.#ask({
        type: "note",
        place: held.place,
        id: held.name,
        contents,
        detail: writeDetail(session),
      });
  }

  release(lease: string): void {
    if (this.#asking.has(lease)) {
      this.#asking.set(lease, true);
      return;
    }
    const held = this.#drop(lease);
    if (!held) return;
    if (this.#share && !held.isLost) this.#share.push(held);
    else this.#giveBack(held);
  }

  waiting(yes: boolean): void {
    if (yes === this.#waits) return;
    this.#waits = yes;
    if (this.#isUsable) void this.#beat();
  }

  drain(): void {
    this.#adopts = false;
  }

  get view(): LeaseView {
    const { store, member } = this.#options;
    const view = this.#sight.view;
    const held = new Map([...this.#held.values()].map((one) => [one.name, one]));
    const leases = [...view.engines].flatMap(([place, there]) =>
      there.map(({ id, owner, fence, contents }) => ({ lease: id, owner, place, fence, contents })),
    );
    return {
      store: store.describe(),
      member,
      trouble: this.#why,
      validMs: Math.max(0, this.#validUntil - this.#now),
      roundTripMs: this.#roundTripMs,
      fence: this.#fence,
      members: [...view.members].map(([name, { info }]) => ({ member: name, info })),
      leases,
      queue: view.queue,
      drift: driftOf(member, leases, held, (lease) => this.#isUnderWay(lease)),
    };
  }

  async close(): Promise<void> {
    const { store, clock } = this.#options;
    const isUsable = this.#isUsable;
    this.#closed = true;
    this.#tell();
    for (const cancel of [this.#cancelBeat, this.#cancelEnd, this.#cancelRecovery]) cancel();
    this.#sight.close();
    if (isUsable) {
      let cancel = (): void => {};
      const patience = new Promise<void>((resolve) => {
        cancel = clock.after(LEAVE_MS, resolve, "leave");
      });
      await Promise.race([this.#ask({ type: "leave" }), patience]);
      cancel();
    }
    await store.close();
  }

  get #now(): number {
    return this.#options.clock.monotonicMs();
  }

  #isUnderWay(lease: string): boolean {
    return this.#asking.has(lease) || this.#returns.has(lease);
  }

  /** Do we have to do with a lease of this name, as the store knows it? */
  #isKnown(name: string): boolean {
    if (this.#held.has(name) || this.#renamed.has(name) || this.#isUnderWay(name)) return true;
    return this.#share?.some((spare) => spare.name === name) ?? false;
  }

  /** Does the store say that we have it, though we know nothing of it? */
  #isStray({ id, owner }: Lease): boolean {
    return owner === this.#options.member && !this.#isKnown(id);
  }

  get #isValid(): boolean {
    return this.#now < this.#validUntil;
  }

  /** Can slots be asked for, and can what is granted be used? */
  get #isUsable(): boolean {
    return this.#down === null && this.#isMember && this.#isValid && !this.#closed;
  }

  /** Why nothing is granted now; null: slots are. */
  get #why(): string | null {
    if (this.#closed) return "this proxy has left the lease store";
    if (this.#share) return null;
    if (this.#down !== null) return this.#down;
    if (this.#failure !== null) return this.#failure;
    const recoveringMs = this.#recoveredAt - this.#now;
    if (this.#isMember && recoveringMs > 0)
      return `the lease store is new, or has lost its memory: slots are granted again in ${Math.ceil(recoveringMs / 1000)} s`;
    if (!this.#isMember || !this.#isValid) return "the lease store does not answer in time";
    return null;
  }

  #tell(): void {
    const why = this.#why;
    if (why === this.#told) return;
    const { log, store } = this.#options;
    if (this.#closed) log.debug("no slots are granted any more", { store: store.describe() });
    else if (why !== null && this.#told === null)
      log.warn("no slots are granted for now", { store: store.describe(), reason: why });
    else if (why === null && this.#told !== null)
      log.info("slots are granted again", { store: store.describe() });
    this.#told = why;
    this.#events.trouble(why);
  }

  /** One command. Null: nobody knows whether the store took it; why is in the trouble. */
  async #ask(command: Without<Command>): Promise<Answer | null> {
    const { store, member, ttlMs: ttl } = this.#options;
    const sentAt = this.#now;
    try {
      const asked = { ...command, member, ttl, seen: this.#fence } as Command;
      const answer = await store.ask(asked);
      this.#hear(asked, answer, sentAt);
      return answer;
    } catch (error) {
      this.#failure = `the lease store refuses: ${error instanceof Error ? error.message : String(error)}`;
      this.#tell();
      return null;
    }
  }

  /** What every answer says. Renewed is what was renewed when it was sent, not when the answer came. */
  #hear(command: Command, answer: Answer, sentAt: number): void {
    if (this.#closed) return;
    const { ttlMs, clock } = this.#options;
    this.#roundTripMs = this.#now - sentAt;
    this.#fence = Math.max(this.#fence, answer.fence);
    this.#failure = null;
    if (!answer.isMember) {
      const wasMember = this.#isMember;
      this.#isMember = false;
      if (wasMember && command.type !== "join" && this.#down === null) void this.#join();
    } else if (RENEWING.has(command.type)) {
      // What has ended, or is another's now, does not come back with the rest.
      if (!this.#isValid) this.#expire();
      if (answer.type === "joined") this.#lose(answer.lost);
      this.#validUntil = Math.max(this.#validUntil, sentAt + ttlMs - Math.floor(ttlMs / STEPS_PER_TERM));
      this.#planEnd();
      if (answer.type === "joined") this.#isMember = true;
      if (this.#share && this.#isValid) {
        if (answer.type === "joined") this.#endShare();
        else void this.#join();
      }
    }
    if (answer.recoveringMs > 0) {
      this.#recoveredAt = this.#now + answer.recoveringMs;
      this.#cancelRecovery();
      this.#cancelRecovery = clock.after(answer.recoveringMs, () => void this.#beat(), "recovery");
    } else this.#recoveredAt = Number.NEGATIVE_INFINITY;
    this.#tell();
  }

  /** Says everything that we hold, and looks at everything. */
  async #join(): Promise<void> {
    const { member, info, log, store } = this.#options;
    const held = [...this.#held.values(), ...(this.#share ?? [])].flatMap(
      ({ name: id, place, fence, contents, session, isGone }): PlacedLease[] =>
        isGone ? [] : [{ id, owner: member, place, fence, contents, detail: writeDetail(session) }],
    );
    this.#joins++;
    const answer = await this.#ask({
      type: "join",
      info: JSON.stringify(info),
      held,
      witnessed: this.#sight.others(),
    });
    if (answer?.type !== "joined" || this.#closed) return;
    log.info("joined the lease store", {
      store: store.describe(),
      member,
      leases: held.length - answer.lost.length,
    });
    this.#returns.repeat();
    await this.#look();
    this.#tell();
  }

  /** Leases that the store does not count as ours any more. */
  #lose(names: readonly string[]): void {
    this.#share = this.#share?.filter(({ name }) => !names.includes(name)) ?? null;
    const lost = names
      .map((name) => this.#renamed.get(name) ?? name)
      .filter((lease) => this.#held.get(lease)?.isGone === false);
    for (const lease of lost) this.#mark(lease, { isGone: true });
    this.#endLeases(lost, "another proxy has taken over");
  }

  async #look(): Promise<void> {
    if (this.#looking !== "no") {
      this.#looking = "again";
      return;
    }
    try {
      do {
        this.#looking = "yes";
        const before = this.#sight.view.seq;
        const known = new Set([...this.#held.values()].map(({ name }) => name));
        for (const lease of [...this.#asking.keys(), ...this.#returns.leases]) known.add(lease);
        const view = await this.#options.store.view();
        const now = this.#sight.view.seq;
        // Changes have come meanwhile that it does not show.
        if (now !== before && now > view.seq) this.#looking = "again";
        this.#isBlind = false;
        this.#sight.take(view);
        this.#takeIn(view, known);
      } while ((this.#looking as string) === "again");
    } catch {
      this.#isBlind = true;
    } finally {
      this.#looking = "no";
    }
  }

  #planBeat(): void {
    const { clock, ttlMs } = this.#options;
    this.#cancelBeat = clock.after(
      Math.floor(ttlMs / BEATS_PER_TERM),
      () => {
        if (this.#closed) return;
        this.#planBeat();
        // The one before may still be unanswered: a slow store is kept full of renewals.
        if (this.#down === null) void this.#beat();
      },
      "beat",
    );
  }

  async #beat(): Promise<void> {
    if (!this.#isMember) return this.#join();
    const answer = await this.#ask({ type: "beat", waiting: this.#waits, adopts: this.#adopts });
    if (answer?.type !== "beaten" || this.#closed) return;
    this.#takeOver(answer.orphans);
    // A change takes another way than an answer: it is missing only if it has not come by the next renewal.
    const isBehind = this.#sight.view.seq < this.#seqBefore;
    this.#seqBefore = answer.seq;
    this.#returns.repeat();
    if (isBehind || this.#isBlind) await this.#look();
  }

  /**
   * Leases that the store says are ours, though we know nothing of them, now or when we looked: a claim that it took
   * in too late is given back, and of what was handed to us without our hearing of it nobody else takes care.
   */
  #takeIn({ engines }: StoreView, known: ReadonlySet<string>): void {
    if (!this.#isUsable) return;
    const strays: PlacedLease[] = [];
    for (const [place, leases] of engines)
      for (const lease of leases)
        if (this.#isStray(lease) && !known.has(lease.id)) strays.push({ ...lease, place });
    const isOwn = ({ id }: Lease): boolean => id.startsWith(`${this.#options.member}/`);
    for (const { id, place } of strays.filter(isOwn)) this.#returns.give(id, place);
    this.#takeOver(strays.filter((lease) => !isOwn(lease)));
  }

  #takeOver(all: readonly PlacedLease[]): void {
    // Whoever asked for a new engine is no more: the next one may.
    for (const { id, place } of all) if (place === PROVISION_PLACE) this.#returns.give(id, place);
    const orphans = all.filter(({ place }) => place !== PROVISION_PLACE);
    if (orphans.length === 0) return;
    const sessions = orphans.map(({ id, place, fence, contents, detail }) => {
      const session = readDetail(id, place, contents, detail);
      this.#held.set(id, { name: id, place, fence, contents, session, isLost: true, isGone: false });
      return session;
    });
    this.#options.log.warn(
      "another proxy has ended without giving its slots back; its sessions are being stopped",
      {
        leases: orphans.map(({ id }) => id),
      },
    );
    this.#events.orphans(sessions);
    for (const { place } of orphans) this.#sight.retell(place);
  }

  /** The store cannot be asked. What is held stays held until its end. */
  #break(why: string): void {
    this.#down = `the lease store cannot be reached: ${why}`;
    this.#isMember = false;
    this.#tell();
  }

  #planEnd(): void {
    this.#cancelEnd();
    const leftMs = this.#validUntil - this.#now;
    this.#cancelEnd = this.#options.clock.after(Math.max(0, leftMs), () => this.#expire(), "lease end");
  }

  /** Our leases end in the store soon: nothing is sent for them any more, and their streams are given up. */
  #expire(): void {
    if (this.#closed || this.#share || this.#validUntil === Number.NEGATIVE_INFINITY) return;
    if (this.#isValid) return this.#planEnd();
    const held = [...this.#held].filter(([, { isLost }]) => !isLost);
    if (this.#options.whenDown === "local") {
      this.#share = [];
      this.#options.log.error(
        "the lease store is away: this proxy goes on with the slots that it held; if only this proxy is cut off, engines may get too many streams",
        { slots: held.length },
      );
      this.#tell();
      return;
    }
    this.#tell();
    this.#endLeases(
      held.map(([lease]) => lease),
      "the lease could not be renewed",
    );
  }

  #endLeases(leases: readonly string[], why: string): void {
    const valid = leases.filter((lease) => this.#held.get(lease)?.isLost === false);
    if (valid.length === 0) return;
    for (const lease of valid) this.#mark(lease, { isLost: true });
    this.#options.log.warn("leases are lost; their streams look for other slots", { leases: valid, why });
    this.#events.lost(valid, why);
  }

  #mark(lease: string, patch: Partial<Held>): void {
    const held = this.#held.get(lease);
    if (held) this.#held.set(lease, { ...held, ...patch });
  }

  /** Forgets a lease. */
  #drop(lease: string): Held | undefined {
    const held = this.#held.get(lease);
    this.#held.delete(lease);
    if (held) this.#renamed.delete(held.name);
    return held;
  }

  /** While the store is away: in a slot of a lease that we still had, and under its name there. */
  #claimLocally({ lease, place, contents, session }: ClaimOrder): ClaimOutcome {
    const spare = this.#share?.find((held) => held.place === place);
    if (!spare) {
      this.#sight.block(place, REFUSED_PAUSE_MS);
      return {
        kind: "refused",
        why: "full",
        message: "the lease store is away, and this proxy had no slot there",
      };
    }
    this.#share = this.#share?.filter((held) => held !== spare) ?? null;
    this.#renamed.set(spare.name, lease);
    this.#held.set(lease, { ...spare, contents, session });
    return { kind: "granted", fence: 0 };
  }

  /** The store counts again: what is free of ours is free for all. */
  #endShare(): void {
    const spare = this.#share ?? [];
    this.#share = null;
    for (const held of spare) this.#giveBack(held);
  }

  #giveBack({ name, place }: Held): void {
    this.#sight.forget(place, name);
    this.#returns.give(name, place);
  }
}

/** Commands that renew the membership. */
const RENEWING = new Set<Command["type"]>(["reserve", "beat", "join"]);

const REFUSALS = {
  full: "another proxy was faster: the engine is full",
  content: "another proxy plays this content on the engine",
  turn: "other proxies have waited longer",
} as const;

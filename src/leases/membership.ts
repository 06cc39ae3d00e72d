/**
 * A member's talk with its store: it joins, renews in time, and asks. What every answer says of our standing is taken
 * in here; what it says of leases is for others.
 */
import type { Log } from "../log.ts";
import type { Clock } from "../ports.ts";
import type { Answer, Command, PlacedLease } from "./books.ts";
import { BEATS_PER_TERM, LEAVE_MS } from "./limits.ts";
import type { Standing } from "./standing.ts";
import type { StorePort } from "./store.ts";

type Without<T> = T extends Command ? Omit<T, "member" | "ttl" | "seen"> : never;

export interface MembershipOrders {
  readonly store: StorePort;
  readonly member: string;
  /** For people, as JSON. */
  info(): string;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly standing: Standing;
  held(): readonly PlacedLease[];
  witnessed(): readonly PlacedLease[];
  /** What we named and do not hold; told before what is left counts as renewed. */
  onLost(names: readonly string[]): void;
  /** The leases hold on. `isJoined`: the store has just been told everything that we hold. */
  onRenewed(isJoined: boolean): void;
  onJoined(): void;
  onBeaten(answer: Answer & { readonly type: "beaten" }): void;
}

/** Commands that renew the membership. */
const RENEWING = new Set<Command["type"]>(["reserve", "beat", "join"]);

export class Membership {
  readonly #orders: MembershipOrders;
  #fence = 0;
  #roundTripMs: number | null = null;
  #joins = 0;
  #waits = false;
  #adopts = true;
  #cancelBeat = (): void => {};

  constructor(orders: MembershipOrders) {
    this.#orders = orders;
  }

  /** The highest fence that was seen. */
  get fence(): number {
    return this.#fence;
  }

  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  /** How often the store was told everything that we hold. */
  get joins(): number {
    return this.#joins;
  }

  start(): void {
    const { clock, ttlMs, standing } = this.#orders;
    this.#cancelBeat = clock.after(
      Math.floor(ttlMs / BEATS_PER_TERM),
      () => {
        this.start();
        // The one before may still be unanswered: a slow store is kept full of renewals.
        if (standing.isReached) void this.beat();
      },
      "beat",
    );
  }

  /** One command. Null: nobody knows whether the store took it; why is in the trouble. */
  async ask(command: Without<Command>): Promise<Answer | null> {
    const { store, member, ttlMs: ttl, standing } = this.#orders;
    const sentAt = this.#now;
    try {
      const asked = { ...command, member, ttl, seen: this.#fence } as Command;
      const answer = await store.ask(asked);
      this.#hear(asked, answer, sentAt);
      return answer;
    } catch (error) {
      standing.fail(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  /** Says everything that we hold. */
  async join(): Promise<void> {
    const { member, info, log, store, standing, onJoined } = this.#orders;
    const [held, witnessed] = [this.#orders.held(), this.#orders.witnessed()];
    this.#joins++;
    const answer = await this.ask({ type: "join", info: info(), held, witnessed });
    if (answer?.type !== "joined" || standing.isClosed) return;
    const leases = held.length - answer.lost.length;
    log.info("joined the lease store", { store: store.describe(), member, leases });
    onJoined();
  }

  async beat(): Promise<void> {
    const { standing, onBeaten } = this.#orders;
    if (!standing.isMember) return this.join();
    const answer = await this.ask({ type: "beat", waiting: this.#waits, adopts: this.#adopts });
    if (answer?.type === "beaten" && !standing.isClosed) onBeaten(answer);
  }

  /** Do streams wait here? */
  waiting(yes: boolean): void {
    if (yes === this.#waits) return;
    this.#waits = yes;
    if (this.#orders.standing.isUsable) void this.beat();
  }

  /** Takes over no more of what others leave behind. */
  drain(): void {
    this.#adopts = false;
  }

  /** Ends the membership, if the store hears of it in time. */
  async close(): Promise<void> {
    const { standing, clock } = this.#orders;
    const { isUsable } = standing;
    standing.close();
    this.#cancelBeat();
    if (!isUsable) return;
    let cancel = (): void => {};
    const patience = new Promise<void>((resolve) => {
      cancel = clock.after(LEAVE_MS, resolve, "leave");
    });
    await Promise.race([this.ask({ type: "leave" }), patience]);
    cancel();
  }

  get #now(): number {
    return this.#orders.clock.monotonicMs();
  }

  #hear(command: Command, answer: Answer, sentAt: number): void {
    const { standing, onLost, onRenewed } = this.#orders;
    if (standing.isClosed) return;
    this.#roundTripMs = this.#now - sentAt;
    this.#fence = Math.max(this.#fence, answer.fence);
    standing.succeed();
    if (!answer.isMember) {
      if (standing.leave() && command.type !== "join" && standing.isReached) void this.join();
    } else if (RENEWING.has(command.type)) {
      // What has ended, or is another's now, does not come back with the rest.
      standing.expire();
      if (answer.type === "joined") onLost(answer.lost);
      standing.renew(sentAt, answer.type === "joined");
      if (standing.isValid) onRenewed(answer.type === "joined");
    }
    standing.recover(answer.recoveringMs);
    standing.tell();
  }
}

/**
 * How a member stands with its store: can the store be asked, are we a member, and until when do our leases hold? Says
 * why nothing is granted, once for each reason.
 */
import type { Log } from "../log.ts";
import type { Clock } from "../ports.ts";
import { STEPS_PER_TERM } from "./limits.ts";
import type { Share } from "./share.ts";

export interface StandingOrders {
  readonly clock: Clock;
  readonly log: Log;
  readonly ttlMs: number;
  readonly share: Share;
  /** For people. */
  describe(): string;
  /** Null: slots are granted. */
  onTrouble(why: string | null): void;
  /** Our leases end in the store soon. */
  onEnd(): void;
  /** A store that is new, or has lost its memory, has waited long enough. */
  onRecovery(): void;
}

/** Before the first answer. */
const NOT_YET = "the lease store has not answered yet";

export class Standing {
  readonly #orders: StandingOrders;
  /** Why the store cannot be asked; null: it can. */
  #down: string | null = NOT_YET;
  /** Why it was asked in vain, though it can be reached. */
  #failure: string | null = null;
  #isMember = false;
  #isClosed = false;
  /** Monotonic ms until which our leases hold. */
  #validUntil = Number.NEGATIVE_INFINITY;
  #recoveredAt = Number.NEGATIVE_INFINITY;
  #told: string | null = null;
  /** It was said that nothing is granted. */
  #isWarned = false;
  #hasGranted = false;
  #cancelEnd = (): void => {};
  #cancelRecovery = (): void => {};

  constructor(orders: StandingOrders) {
    this.#orders = orders;
  }

  get isReached(): boolean {
    return this.#down === null;
  }

  get isMember(): boolean {
    return this.#isMember;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isValid(): boolean {
    return this.#now < this.#validUntil;
  }

  /** Can slots be asked for, and can what is granted be used? */
  get isUsable(): boolean {
    return this.isReached && this.#isMember && this.isValid && !this.#isClosed;
  }

  get validMs(): number {
    return Math.max(0, this.#validUntil - this.#now);
  }

  /** Why nothing is granted now; null: slots are. */
  get why(): string | null {
    if (this.#isClosed) return "this proxy has left the lease store";
    if (this.#orders.share.isUsed) return null;
    if (this.#down !== null) return this.#down;
    if (this.#failure !== null) return this.#failure;
    const recoveringMs = this.#recoveredAt - this.#now;
    if (this.#isMember && recoveringMs > 0)
      return `the lease store is new, or has lost its memory: slots are granted ${this.#again}in ${Math.ceil(recoveringMs / 1000)} s`;
    if (!this.#isMember || !this.isValid) return "the lease store does not answer in time";
    return null;
  }

  tell(): void {
    const { why } = this;
    if (why === this.#told) return;
    const { log, describe, onTrouble } = this.#orders;
    const store = describe();
    if (this.#isClosed) log.debug("no slots are granted any more", { store });
    else if (why === null) {
      log.info(`slots are granted ${this.#again}`.trimEnd(), { store });
      this.#hasGranted = true;
      this.#isWarned = false;
    } else if (why === NOT_YET)
      log.info("no slots are granted before the lease store has answered", { store });
    // Of other reasons the first is enough: the next ones follow from it.
    else if (!this.#isWarned || why === this.#down) {
      log.warn("no slots are granted for now", { store, reason: why });
      this.#isWarned = true;
    }
    this.#told = why;
    onTrouble(why);
  }

  reach(): void {
    this.#down = null;
  }

  /** The store cannot be asked. What is held stays held until its end. */
  break(why: string): void {
    this.#down = `the lease store cannot be reached: ${why}`;
    this.#isMember = false;
    const { share, log, describe } = this.#orders;
    // Nothing follows from it now, since what was held is used on.
    if (share.isUsed) log.warn("the lease store cannot be asked", { store: describe(), reason: why });
    this.tell();
  }

  fail(why: string): void {
    this.#failure = `the lease store refuses: ${why}`;
    this.tell();
  }

  /** It has answered: nothing fails. */
  succeed(): void {
    this.#failure = null;
  }

  /** The store does not know us. Were we a member? */
  leave(): boolean {
    const wasMember = this.#isMember;
    this.#isMember = false;
    return wasMember;
  }

  /** Renewed is what was renewed when it was sent, not when the answer came. */
  renew(sentAt: number, isJoined: boolean): void {
    const { ttlMs } = this.#orders;
    this.#validUntil = Math.max(this.#validUntil, sentAt + ttlMs - Math.floor(ttlMs / STEPS_PER_TERM));
    this.#planEnd();
    if (isJoined) this.#isMember = true;
  }

  /** Nothing is granted for so long; 0: it is. */
  recover(recoveringMs: number): void {
    const { clock, onRecovery } = this.#orders;
    this.#recoveredAt = recoveringMs > 0 ? this.#now + recoveringMs : Number.NEGATIVE_INFINITY;
    if (recoveringMs <= 0) return;
    this.#cancelRecovery();
    this.#cancelRecovery = clock.after(recoveringMs, onRecovery, "recovery");
  }

  /** Has our time run out? Asked by the timer, and before an answer prolongs it. */
  expire(): void {
    if (this.#isClosed || this.#validUntil === Number.NEGATIVE_INFINITY) return;
    if (this.isValid) this.#planEnd();
    else this.#orders.onEnd();
  }

  close(): void {
    this.#isClosed = true;
    this.tell();
    this.#cancelEnd();
    this.#cancelRecovery();
  }

  get #again(): string {
    return this.#hasGranted ? "again " : "";
  }

  get #now(): number {
    return this.#orders.clock.monotonicMs();
  }

  #planEnd(): void {
    this.#cancelEnd();
    this.#cancelEnd = this.#orders.clock.after(this.validMs, () => this.expire(), "lease end");
  }
}

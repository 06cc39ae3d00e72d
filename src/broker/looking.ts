/** Looks at the pool: in the background, more often while somebody waits, less often while nobody answers. */
import { messageOf } from "../foreign.ts";
import {
  LOOK_INTERVAL_MS,
  LOOK_INTERVAL_WAITING_MS,
  LOOK_PAUSE_MAX_MS,
  LOOKS_FAILED_MAX,
} from "../limits.ts";
import type { Log } from "../log.ts";
import type { Clock, PoolPort, PoolView } from "../ports.ts";

export interface LookingOrders {
  readonly pool: PoolPort;
  readonly clock: Clock;
  readonly log: Log;
  onView(asked: number, view: PoolView): void;
  /** The source is down for good enough: its fallback may be used. */
  onDown(): void;
  isSomebodyWaiting(): boolean;
}

export class Looking {
  readonly #orders: LookingOrders;
  #asked = 0;
  #failures = 0;
  #inFlight: Promise<void> | null = null;
  #cancelNext: () => void = () => {};
  #closed = false;
  #lastSkipped = "";
  #lastSuccessMs: number | null = null;
  #lastError: string | null = null;

  constructor(orders: LookingOrders) {
    this.#orders = orders;
  }

  /** Looks made so far, for the figures. */
  get looks(): number {
    return this.#asked;
  }

  get health(): { readonly up: boolean; readonly ageMs: number | null; readonly error: string | null } {
    const ageMs =
      this.#lastSuccessMs === null ? null : this.#orders.clock.monotonicMs() - this.#lastSuccessMs;
    return { up: this.#failures === 0 && ageMs !== null, ageMs, error: this.#lastError };
  }

  /** Looks now, unless a look is under way. Resolves when it is over. */
  look(): Promise<void> {
    this.#inFlight ??= this.#look().finally(() => {
      this.#inFlight = null;
      this.plan();
    });
    return this.#inFlight;
  }

  /** Sets the time of the next look, by what is the case now. */
  plan(): void {
    if (this.#closed || this.#inFlight) return;
    this.#cancelNext();
    this.#cancelNext = this.#orders.clock.after(this.#pauseMs(), () => void this.look(), "look");
  }

  close(): void {
    this.#closed = true;
    this.#cancelNext();
  }

  #pauseMs(): number {
    if (this.#failures > 0)
      return Math.min(LOOK_INTERVAL_WAITING_MS * 2 ** this.#failures, LOOK_PAUSE_MAX_MS);
    return this.#orders.isSomebodyWaiting() ? LOOK_INTERVAL_WAITING_MS : LOOK_INTERVAL_MS;
  }

  async #look(): Promise<void> {
    const { pool, clock, log, onView, onDown } = this.#orders;
    const asked = ++this.#asked;
    try {
      const view = await pool.look();
      if (this.#closed) return;
      if (this.#failures > 0) log.info("the pool's source answers again", { source: pool.describe() });
      this.#failures = 0;
      this.#lastError = null;
      this.#lastSuccessMs = clock.monotonicMs();
      this.#tellSkipped(view.skipped);
      onView(asked, view);
    } catch (error) {
      if (this.#closed) return;
      const message = messageOf(error);
      const found = { source: pool.describe(), error: message };
      // One warning, however the reasons change while it lasts.
      if (this.#failures === 0) log.warn("the pool's source does not answer; known engines go on", found);
      else if (this.#lastError !== message) log.info("the pool's source still does not answer", found);
      this.#failures++;
      this.#lastError = message;
      if (this.#failures >= LOOKS_FAILED_MAX) onDown();
    }
  }

  #tellSkipped(skipped: readonly string[]): void {
    const text = skipped.join("; ");
    if (text !== "" && text !== this.#lastSkipped)
      this.#orders.log.warn("records of the pool's source were skipped", { skipped });
    this.#lastSkipped = text;
  }
}

/** One client that looks at a slate: takes what is due by the clock, and nothing ahead of it. */
import { CHUNK_BYTES } from "../limits.ts";
import type { ClientSource } from "../sinks/sink.ts";
import { SLATE_LEAD_MS } from "./limits.ts";
import { type Reel, STEP_MS } from "./reel.ts";

const NOTHING = new Uint8Array(0);

export class SlateViewer implements ClientSource {
  readonly #reel: Reel;
  readonly #nowMs: () => number;
  readonly #onGone: () => void;
  readonly #beganMs: number;
  #steps = 0;
  #rest: Uint8Array = NOTHING;
  #wake: (() => void) | null = null;

  /** `nowMs` is monotonic. */
  constructor(reel: Reel, nowMs: () => number, onGone: () => void) {
    this.#reel = reel;
    this.#nowMs = nowMs;
    this.#onGone = onGone;
    this.#beganMs = nowMs();
  }

  get shownMs(): number {
    return this.#nowMs() - this.#beganMs;
  }

  get hasMore(): boolean {
    return this.#rest.length > 0 || this.#steps * STEP_MS < this.shownMs + SLATE_LEAD_MS;
  }

  take(bytesMax = CHUNK_BYTES): Uint8Array | null {
    if (!this.hasMore) return null;
    if (this.#rest.length === 0) {
      this.#rest = this.#reel.step();
      this.#steps += 1;
    }
    const taken = this.#rest.subarray(0, bytesMax);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  whenReady(wake: () => void): void {
    this.#wake = wake;
    this.deliver();
  }

  /** Lets a waiting sink come for what has become due. */
  deliver(): void {
    if (this.#wake === null || !this.hasMore) return;
    const wake = this.#wake;
    this.#wake = null;
    wake();
  }

  gone(): void {
    this.#onGone();
  }
}

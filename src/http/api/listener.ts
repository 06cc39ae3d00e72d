/** One listener of the feed: what waits for it, until its connection takes it. */
import type { ClientSource } from "../../stream/sinks/sink.ts";
import { LISTENER_BYTES_MAX } from "./limits.ts";

export class Listener implements ClientSource {
  readonly #onGone: () => void;
  readonly #waiting: { readonly bytes: Uint8Array; readonly isCounted: boolean }[] = [];
  #lineBytes = 0;
  #wake: (() => void) | null = null;
  #isEnded = false;
  #onOver: (() => void) | null = null;
  /** Monotonic ms since when something has waited for it; null: nothing does. */
  #owedSinceMs: number | null = null;

  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  get hasMore(): boolean {
    return this.#waiting.length > 0;
  }

  get isOver(): boolean {
    return this.#isEnded && !this.hasMore;
  }

  /** What it begins with, however much that is. */
  begin(bytes: Uint8Array): void {
    this.#push(bytes, false);
  }

  /** Something that must not be left out. False: too much waits already, and it is to be given up. */
  tell(bytes: Uint8Array): boolean {
    if (this.#lineBytes + bytes.length > LISTENER_BYTES_MAX) return false;
    this.#lineBytes += bytes.length;
    this.#push(bytes, true);
    return true;
  }

  /** Something that the next of its kind makes worthless: left out for one that has not taken what came before. */
  show(bytes: Uint8Array): void {
    if (!this.hasMore) this.#push(bytes, false);
  }

  /** Nothing more will come. */
  end(): void {
    this.#isEnded = true;
    this.#ring();
  }

  /** Calls `over` once it has taken all that it will ever get, or is gone. */
  whenOver(over: () => void): void {
    this.#onOver = over;
    if (this.isOver) this.#tellOver();
  }

  /** How long it has taken nothing although there was something. */
  owedMs(nowMs: number): number {
    return this.#owedSinceMs === null ? 0 : nowMs - this.#owedSinceMs;
  }

  take(bytesMax = Number.POSITIVE_INFINITY): Uint8Array | null {
    const next = this.#waiting.shift();
    if (next === undefined) return null;
    const part = next.bytes.subarray(0, bytesMax);
    const rest = next.bytes.subarray(part.length);
    if (rest.length > 0) this.#waiting.unshift({ ...next, bytes: rest });
    if (next.isCounted) this.#lineBytes -= part.length;
    this.#owedSinceMs = this.hasMore ? performance.now() : null;
    if (this.isOver) this.#tellOver();
    return part;
  }

  whenReady(wake: () => void): void {
    this.#wake = wake;
    if (this.hasMore || this.#isEnded) this.#ring();
  }

  gone(): void {
    this.#tellOver();
    this.#onGone();
  }

  #tellOver(): void {
    this.#onOver?.();
    this.#onOver = null;
  }

  #push(bytes: Uint8Array, isCounted: boolean): void {
    this.#waiting.push({ bytes, isCounted });
    this.#owedSinceMs ??= performance.now();
    this.#ring();
  }

  #ring(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

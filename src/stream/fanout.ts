/** One stream: its ring and the clients in it. It says when the ring may forget what a client has not taken. */
import type { Clock } from "../ports.ts";
import { Segments } from "./hls/segments.ts";
import { BEGINNING_MS, DELIVERY_MS, HLS_SEGMENTS_IN_RING_MIN, JOIN_WINDOW_MS } from "./limits.ts";
import type { Piece } from "./mpegts/scanner.ts";
import { Ring } from "./ring.ts";

/** A client, as far as its stream knows it. */
export interface Reading {
  readonly position: number;
  /** Says when it will be late; a moment that is past if it is late already. */
  readonly pace: { lateAtMs(nowMs: number): number };
  /** Whether it waits for bytes, and nothing else, with its connection open. */
  readonly isWaiting?: boolean;
  rewind(): void;
  enter(): void;
  deliver(): void;
}

export class Fanout {
  readonly ring: Ring;
  /** Where its bytes are cut for HLS. */
  readonly segments: Segments;
  readonly clients = new Set<Reading>();
  bytesIn = 0;
  bytesOut = 0;
  /** How often clients fell out of the ring and were moved forward. */
  skips = 0;
  /** How often the source was kept waiting for a client. */
  holds = 0;
  readonly #clock: Clock;
  /** When the first byte came; null: none yet. */
  #begunMs: number | null = null;
  #writtenMs = 0;
  #hasHadClient = false;
  /** A source that waits: what lets it go on, and the position that clients must pass for it. */
  #held: { readonly release: () => void; readonly position: number } | null = null;
  readonly #deliveryMs: number;
  #deliveredMs = -Infinity;
  #isDelivering = false;
  #isDue = false;
  #cancelDelivery = (): void => {};

  /** `deliveryMs`: deliveries lie at least so far apart; what comes between goes out together. */
  constructor(bufferBytes: number, clock: Clock, deliveryMs = DELIVERY_MS) {
    this.ring = new Ring(bufferBytes);
    this.segments = new Segments(this.ring.capacityBytes / HLS_SEGMENTS_IN_RING_MIN);
    this.#clock = clock;
    this.#deliveryMs = deliveryMs;
  }

  /** A source waits for a client. */
  get isHolding(): boolean {
    return this.#held !== null;
  }

  /** A new client; at the very start if the stream has just begun, so that the first ones all get the same. */
  join(client: Reading): void {
    this.clients.add(client);
    this.#hasHadClient = true;
    if (this.ring.start === 0 && this.#clock.monotonicMs() - (this.#begunMs ?? Infinity) <= BEGINNING_MS) {
      client.rewind();
    } else {
      client.enter();
    }
    this.#held?.release();
  }

  /** A client of another stream goes on here. */
  adopt(client: Reading): void {
    this.clients.add(client);
    this.#hasHadClient = true;
    this.#held?.release();
  }

  leave(client: Reading): void {
    this.clients.delete(client);
    this.#held?.release();
  }

  /** Tells that a client took bytes: it went from one position to another. */
  took(bytes: number, from: number, to: number): void {
    this.bytesOut += bytes;
    if (this.#held !== null && from < this.#held.position && to >= this.#held.position) this.#held.release();
  }

  skipped(): void {
    this.skips += 1;
    this.#held?.release();
  }

  write(piece: Piece): void {
    this.#writtenMs = this.#clock.monotonicMs();
    this.#begunMs ??= this.#writtenMs;
    this.bytesIn += piece.bytes.length;
    this.#append(piece);
  }

  #append(piece: Piece): void {
    const base = this.ring.end;
    this.ring.append(piece);
    this.segments.append(piece, base, this.ring.start);
  }

  /** Gives what was written to the clients that wait for it: at once, or with what comes until the next delivery. */
  announce(): void {
    if (this.#isDue) return;
    const waitMs = this.#deliveredMs + this.#deliveryMs - this.#clock.monotonicMs();
    // Timers are late rather than early.
    if (waitMs < 1) {
      this.deliver();
      return;
    }
    this.#isDue = true;
    this.#cancelDelivery = this.#clock.after(Math.floor(waitMs), () => this.deliver());
  }

  /** How long the source has sent nothing; null: it has never sent anything. */
  silentMs(nowMs: number): number | null {
    return this.#begunMs === null ? null : nowMs - this.#writtenMs;
  }

  /**
   * Writes packets that are not the source's, if a client waits for bytes and nobody would lose any by it. They
   * do not count as written. Answers whether it did.
   */
  fill(bytes: Uint8Array): boolean {
    const isAwaited = [...this.clients].some((client) => client.isWaiting === true);
    if (!isAwaited || this.#held !== null || this.#heldUntilMs(bytes.length) !== null) return false;
    this.#append({ bytes, marks: [], hasMedia: false });
    this.deliver();
    return true;
  }

  /** The same as `announce`, now. */
  deliver(): void {
    if (this.#isDue) this.#cancelDelivery();
    this.#isDue = false;
    this.#deliveredMs = this.#clock.monotonicMs();
    this.#isDelivering = true;
    try {
      for (const client of this.clients) client.deliver();
    } finally {
      this.#isDelivering = false;
    }
  }

  /** Monotonic milliseconds; looked up once for a whole delivery. */
  get nowMs(): number {
    return this.#isDelivering ? this.#deliveredMs : this.#clock.monotonicMs();
  }

  /** Nothing more will be written. */
  close(): void {
    if (this.#isDue) this.deliver();
  }

  /**
   * Waits until `bytes` may be written. It waits for a client that would lose bytes exactly while that client
   * keeps up with the clock: engines begin with a burst that players take at the pace of the content. Null:
   * they may be written now. `signal` ends the wait.
   */
  room(bytes: number, signal: AbortSignal): Promise<void> | null {
    if (this.#heldUntilMs(bytes) === null) return null;
    this.holds += 1;
    return this.#waitForRoom(bytes, signal);
  }

  async #waitForRoom(bytes: number, signal: AbortSignal): Promise<void> {
    // Nobody may wait for what was written just now: the client waited for may be one of them.
    this.deliver();
    for (;;) {
      const untilMs = signal.aborted ? null : this.#heldUntilMs(bytes);
      if (untilMs === null) return;
      await new Promise<void>((resolve) => {
        const release = (): void => {
          cancel();
          signal.removeEventListener("abort", release);
          // After a change of sources another one may wait here already.
          if (this.#held === held) this.#held = null;
          resolve();
        };
        const held = { release, position: this.ring.startAfter(bytes) };
        const cancel = this.#clock.after(Math.max(1, untilMs - this.#clock.monotonicMs()), release);
        signal.addEventListener("abort", release);
        this.#held = held;
      });
    }
  }

  /** Until when at least one client has a right to what the ring would forget; null: nobody has. */
  #heldUntilMs(bytes: number): number | null {
    const position = this.ring.startAfter(bytes);
    if (position <= this.ring.start) return null;
    const nowMs = this.#clock.monotonicMs();
    let untilMs = (this.#begunMs ?? nowMs) + (this.#hasHadClient ? JOIN_WINDOW_MS : BEGINNING_MS);
    for (const client of this.clients) {
      // One that is out of the ring already has nothing to lose.
      if (client.position >= this.ring.start && client.position < position) {
        untilMs = Math.max(untilMs, client.pace.lateAtMs(nowMs));
      }
    }
    return untilMs > nowMs ? untilMs : null;
  }
}

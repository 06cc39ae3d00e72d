/**
 * Null packets that keep connections alive while a stream that has begun is silent. They are written once, to the
 * ring, and only while a client waits there for bytes; they are no media, and keep no stream alive that is dead.
 */
import type { Fanout } from "./fanout.ts";
import { FILLER_PACKETS, FILLER_SILENCE_MS } from "./limits.ts";
import { nullPackets } from "./mpegts/packets.ts";
import { filledMsMax } from "./silence.ts";

const FILLING = nullPackets(FILLER_PACKETS);

export class Filler {
  /** How many were written. */
  packets = 0;
  readonly #fanout: Fanout;
  readonly #stallTimeoutMs: () => number;

  /** `stallTimeoutMs`: the silence after which an engine is given up. */
  constructor(fanout: Fanout, stallTimeoutMs: () => number) {
    this.#fanout = fanout;
    this.#stallTimeoutMs = stallTimeoutMs;
  }

  /** To be called about once a second. */
  fill(nowMs: number): void {
    const silentMs = this.#fanout.silentMs(nowMs);
    if (silentMs === null || silentMs <= FILLER_SILENCE_MS) return;
    if (silentMs > filledMsMax(this.#stallTimeoutMs())) return;
    if (this.#fanout.fill(FILLING)) this.packets += FILLER_PACKETS;
  }
}

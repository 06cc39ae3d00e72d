/** One stream as it plays: a source after another writes into its ring, and its clients read from there. */
import type { Clock, EnginePort, SourceEvents } from "../ports.ts";
import type { SessionId, SessionUrls } from "../slots/index.ts";
import type { Client } from "./client.ts";
import { Fanout } from "./fanout.ts";
import { Filler } from "./filler.ts";
import type { HlsClient } from "./hls/client.ts";
import { SEAM_KEPT_BYTES_MAX, SEAM_TAIL_BYTES } from "./limits.ts";
import { foreignWords } from "./mpegts/framing.ts";
import { type Damage, Intake, NO_DAMAGE, sumOf } from "./source/intake.ts";
import { Reader, type Stat } from "./source/reader.ts";
import { Former, Seam } from "./source/seam.ts";
import { Steadiness } from "./source/steadiness.ts";
import { SourceError } from "./source/upstream.ts";

/** Over one connection, or segment by segment. */
export type Watcher = Client | HlsClient;

/** What is counted for one stream, whatever engines it has been on. */
export interface StreamFigures extends Damage {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly bufferedBytes: number;
  /** The same by the program's own clock, ms; null: not known. */
  readonly bufferedMs: number | null;
  /** By the program's own clock; null: not known yet. */
  readonly bitsPerSecond: number | null;
  /** Times that a client was too slow and was moved forward. */
  readonly skips: number;
  /** Times that the source was kept waiting for a client. */
  readonly holds: number;
  /** Null packets that stood in for bytes while there were none. */
  readonly fillerPackets: number;
  readonly peers: number | null;
  readonly status: string | null;
  readonly downloadedBytes: number | null;
  readonly speedDownKBps: number | null;
  readonly speedUpKBps: number | null;
}

export interface PlayingOptions {
  readonly bufferBytes: number;
  readonly stallTimeoutMs: number;
  readonly deliveryMs?: number;
  readonly engine: Pick<EnginePort, "stat">;
  readonly clock: Clock;
  readonly events: SourceEvents;
}

export class Playing {
  readonly fanout: Fanout;
  readonly clients = new Set<Watcher>();
  readonly filler: Filler;
  readonly #options: PlayingOptions;
  readonly #steadiness = new Steadiness();
  /** What a former session's statistics said last; its end must not hide it. */
  #formerStat: Stat | null = null;
  /** Of sessions before. */
  #formerDamage = NO_DAMAGE;
  #intake: Intake | null = null;
  #reader: Reader | null = null;
  #stop = new AbortController();

  constructor(options: PlayingOptions) {
    this.#options = options;
    this.fanout = new Fanout(options.bufferBytes, options.clock, options.deliveryMs);
    this.filler = new Filler(this.fanout, () => options.stallTimeoutMs);
  }

  /** Reads this session from now on, and a former one no more. */
  play(order: { readonly session: SessionId; readonly urls: SessionUrls; readonly isLive: boolean }): void {
    this.#stop.abort();
    this.#reader?.stop();
    if (this.#reader !== null) {
      this.#formerStat = this.#reader.lastStat ?? this.#formerStat;
      this.#steadiness.changed(this.#reader.playedMs);
    }
    this.#formerDamage = this.#damage;
    const stop = new AbortController();
    const intake = new Intake({ pieceBytesMax: this.fanout.ring.pieceBytesMax, seam: this.#seam() });
    const { engine, clock, events } = this.#options;
    this.#stop = stop;
    this.#intake = intake;
    this.#reader = new Reader({
      ...order,
      stallTimeoutMs: () => this.#options.stallTimeoutMs,
      steadyMs: this.#steadiness.neededMs,
      engine,
      clock,
      events,
      write: (chunk, isMedia) => this.#write(intake, stop.signal, chunk, isMedia),
    });
  }

  /** Reads no more. */
  close(): void {
    this.#stop.abort();
    this.#reader?.stop();
    this.fanout.close();
  }

  /** A session is being read. */
  get isReading(): boolean {
    return this.#reader !== null && !this.#reader.isOver;
  }

  get figures(): StreamFigures {
    const { fanout, filler } = this;
    const stat = this.#reader?.lastStat ?? this.#formerStat;
    return {
      bytesIn: fanout.bytesIn,
      bytesOut: fanout.bytesOut,
      bufferedBytes: fanout.ring.heldBytes,
      bufferedMs: fanout.ring.heldMs,
      bitsPerSecond: fanout.ring.bitrate,
      ...this.#damage,
      skips: fanout.skips,
      holds: fanout.holds,
      fillerPackets: filler.packets,
      peers: stat?.peers ?? null,
      status: stat?.status ?? null,
      downloadedBytes: stat?.downloadedBytes ?? null,
      speedDownKBps: stat?.speedDownKBps ?? null,
      speedUpKBps: stat?.speedUpKBps ?? null,
    };
  }

  get #damage(): Damage {
    return this.#intake === null ? this.#formerDamage : sumOf(this.#formerDamage, this.#intake.damage);
  }

  /** Takes a session's bytes into the ring and says when there was media; resolves when there is room for more. */
  async #write(intake: Intake, stop: AbortSignal, chunk: Uint8Array, isMedia: () => void): Promise<void> {
    const { fanout } = this;
    for (const piece of intake.push(chunk, this.#options.clock.monotonicMs())) {
      const wait = fanout.room(piece.bytes.length, stop);
      if (wait !== null) await wait;
      if (stop.aborted) return;
      fanout.write(piece);
      if (piece.hasMedia) isMedia();
    }
    fanout.announce();
    // The engine plays, though its clients have had all this already.
    if (intake.keepsMedia) isMedia();
    if (intake.isForeign) throw new SourceError(foreignWords(chunk));
  }

  /** Where a source goes on in a ring that holds another one's bytes; null for the first source. */
  #seam(): Seam | null {
    const { ring } = this.fanout;
    if (ring.end === 0) return null;
    const former = new Former(ring.last(SEAM_TAIL_BYTES), ring.hasHadKeyframes);
    return new Seam(former, Math.min(SEAM_KEPT_BYTES_MAX, this.#options.bufferBytes));
  }
}

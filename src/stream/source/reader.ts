/** Reads one session's playback and says how it goes: first media, progress before it, its end. */
import type { Clock, EnginePort, SourceEvents, StatOutcome } from "../../ports.ts";
import type { Fault, SessionId, SessionUrls } from "../../slots/index.ts";
import {
  BEGINNING_PROGRESS_MS_MAX,
  STAT_CONFIRM_MS,
  STAT_PAUSE_MS,
  STAT_PLAYING_PAUSE_MS,
} from "../limits.ts";
import { silenceMsMax } from "../silence.ts";
import { openPlayback, SourceError } from "./upstream.ts";

export interface ReaderOrders {
  readonly session: SessionId;
  readonly urls: SessionUrls;
  /** What is not live has an end. */
  readonly isLive: boolean;
  /** The silence without progress after which it is given up. */
  stallTimeoutMs(): number;
  /** Media, and time, after which `steady` is told. */
  readonly steadyMs: number;
  readonly engine: Pick<EnginePort, "stat">;
  readonly clock: Clock;
  readonly events: SourceEvents;
  /**
   * Takes bytes in and calls `isMedia` as soon as there is media among them; resolves when there is room for
   * more. Rejects with a `SourceError` if they make no sense.
   */
  write(chunk: Uint8Array, isMedia: () => void): Promise<void>;
}

export type Stat = Extract<StatOutcome, { kind: "stat" }>;

export class Reader {
  readonly session: SessionId;
  lastStat: Stat | null = null;
  readonly #orders: ReaderOrders;
  readonly #abort = new AbortController();
  #over = false;
  #hasMedia = false;
  #isWriting = false;
  /** The most that its statistics have shown: peers that come and go are no progress. */
  #best: { readonly downloadedBytes: number; readonly peers: number } | null = null;
  readonly #beganMs: number;
  /** When media last went into the ring. */
  #lastMediaMs: number;
  #lastProgressMs: number;
  #mediaSinceMs = 0;
  #steady = false;
  #cancelLook: () => void = () => {};

  constructor(orders: ReaderOrders) {
    this.#orders = orders;
    this.session = orders.session;
    this.#beganMs = orders.clock.monotonicMs();
    this.#lastMediaMs = this.#beganMs;
    this.#lastProgressMs = this.#beganMs;
    this.#planLook();
    void this.#run();
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** From its first media to its last so far. */
  get playedMs(): number {
    return this.#hasMedia ? this.#lastMediaMs - this.#mediaSinceMs : 0;
  }

  /** Reads no more, and tells nothing more. */
  stop(): void {
    this.#over = true;
    this.#cancelLook();
    this.#abort.abort();
  }

  #end(fault: Fault, message: string): void {
    if (this.#over) return;
    this.stop();
    this.#orders.events.ended(this.session, fault, message);
  }

  async #run(): Promise<void> {
    try {
      const playback = await openPlayback(this.#orders.urls.playback, this.#abort.signal);
      for (;;) {
        const chunk = await playback.next();
        if (this.#over) return;
        if (chunk === null) break;
        await this.#take(chunk);
      }
      if (this.#hasMedia && !this.#orders.isLive && (playback.isFramed || (await this.#isStillKnown()))) {
        this.#end("over", "the content is over");
        return;
      }
      this.#end(
        "engine",
        this.#hasMedia ? "the engine ended the playback" : "the engine ended the playback before any media",
      );
    } catch (error) {
      const message = error instanceof SourceError ? error.message : `the playback failed: ${String(error)}`;
      this.#end("engine", message);
    }
  }

  /** A process that dies closes its connections as well: only an engine that still knows the session has ended its content. */
  async #isStillKnown(): Promise<boolean> {
    const { engine, urls } = this.#orders;
    return (await engine.stat(urls)).kind === "stat";
  }

  async #take(chunk: Uint8Array): Promise<void> {
    this.#isWriting = true;
    await this.#orders.write(chunk, () => this.#sawMedia());
    this.#isWriting = false;
  }

  #sawMedia(): void {
    if (this.#over) return;
    const { clock, events } = this.#orders;
    this.#lastMediaMs = clock.monotonicMs();
    this.#lastProgressMs = this.#lastMediaMs;
    if (!this.#hasMedia) {
      this.#hasMedia = true;
      this.#mediaSinceMs = this.#lastMediaMs;
      events.media(this.session);
    } else if (!this.#steady && this.playedMs >= this.#orders.steadyMs) {
      this.#steady = true;
      events.steady(this.session);
    }
  }

  #planLook(): void {
    const pauseMs =
      this.#hasMedia && this.#silentMs() < STAT_PAUSE_MS ? STAT_PLAYING_PAUSE_MS : STAT_PAUSE_MS;
    this.#cancelLook = this.#orders.clock.after(pauseMs, () => void this.#look());
  }

  /** The time that clients keep the bytes waiting is not the source's silence. */
  #silentMs(): number {
    return this.#isWriting ? 0 : this.#orders.clock.monotonicMs() - this.#lastMediaMs;
  }

  /** A silent engine may be working: its statistics tell. */
  async #look(): Promise<void> {
    const { engine, urls, clock, events } = this.#orders;
    const stat = await engine.stat(urls);
    if (this.#over) return;
    if (stat.kind === "gone") {
      this.#end("engine", "the engine knows the session no more");
      return;
    }
    if (stat.kind === "stat") {
      const best = this.#best ?? stat;
      this.lastStat = stat;
      this.#best = {
        downloadedBytes: Math.max(best.downloadedBytes, stat.downloadedBytes),
        peers: Math.max(best.peers, stat.peers),
      };
      const gotOn = stat.downloadedBytes > best.downloadedBytes || stat.peers > best.peers;
      if (gotOn) {
        this.#lastProgressMs = clock.monotonicMs();
        if (this.#isBeginning()) events.progress(this.session);
      }
    }
    if (this.#hasMedia && this.#isGivenUp()) {
      // A process that stood still itself finds every engine silent, and its bytes at the door.
      this.#cancelLook = clock.after(STAT_CONFIRM_MS, () => this.#giveUp(stat));
      return;
    }
    this.#planLook();
  }

  #giveUp(stat: StatOutcome): void {
    if (this.#over) return;
    if (!this.#isGivenUp()) return this.#planLook();
    const silence = `the engine was silent for ${Math.round(this.#silentMs() / 1000)} s`;
    // One that answers no question is not to be given anything else before it does.
    if (stat.kind === "unavailable") this.#end("engine", `${silence}: ${stat.message}`);
    else this.#end("timeout", silence);
  }

  /** Not begun yet, and not for so long that its statistics are believed no more. */
  #isBeginning(): boolean {
    return !this.#hasMedia && this.#orders.clock.monotonicMs() - this.#beganMs < BEGINNING_PROGRESS_MS_MAX;
  }

  #isGivenUp(): boolean {
    const stallTimeoutMs = this.#orders.stallTimeoutMs();
    const silentMs = this.#silentMs();
    if (silentMs >= silenceMsMax(stallTimeoutMs)) return true;
    const idleMs = this.#orders.clock.monotonicMs() - this.#lastProgressMs;
    return silentMs >= stallTimeoutMs && idleMs >= stallTimeoutMs;
  }
}

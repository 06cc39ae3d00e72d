/** Reads one session's playback and says how it goes: first media, progress before it, its end. */

import type { Clock, EnginePort, SourceEvents, StatOutcome } from "../ports.ts";
import type { Fault, SessionId, SessionUrls } from "../slots/index.ts";
import { REDIRECTS_MAX, STAT_PAUSE_MS, STAT_PLAYING_PAUSE_MS, STEADY_MS } from "./limits.ts";

export interface ReaderOrders {
  readonly session: SessionId;
  readonly urls: SessionUrls;
  readonly stallTimeoutMs: number;
  readonly engine: Pick<EnginePort, "stat">;
  readonly clock: Clock;
  readonly events: SourceEvents;
  /**
   * Takes bytes in; resolves when there is room for more. Answers whether they were media. Rejects with a
   * `SourceError` if they make no sense.
   */
  write(chunk: Uint8Array): Promise<boolean>;
}

/** The source is at fault; the message is for people. */
export class SourceError extends Error {
  override name = "SourceError";
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
  #lastByteMs: number;
  #lastProgressMs: number;
  #mediaSinceMs = 0;
  #steady = false;
  #cancelLook: () => void = () => {};

  constructor(orders: ReaderOrders) {
    this.#orders = orders;
    this.session = orders.session;
    this.#lastByteMs = orders.clock.monotonicMs();
    this.#lastProgressMs = this.#lastByteMs;
    this.#planLook();
    void this.#run();
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
      const body = await this.#open();
      const chunks = body.getReader();
      for (;;) {
        const { done, value } = await chunks.read();
        if (this.#over) {
          await chunks.cancel().catch(() => {});
          return;
        }
        if (done) break;
        await this.#take(value);
      }
      this.#end(
        "engine",
        this.#hasMedia ? "the engine ended the playback" : "the engine ended the playback before any media",
      );
    } catch (error) {
      this.#end(
        "engine",
        error instanceof SourceError ? error.message : "the connection to the engine broke off",
      );
    }
  }

  async #take(chunk: Uint8Array): Promise<void> {
    const { clock, events } = this.#orders;
    this.#isWriting = true;
    const isMedia = await this.#orders.write(chunk);
    this.#isWriting = false;
    // The time that others kept the bytes waiting is not the source's silence.
    this.#lastByteMs = clock.monotonicMs();
    this.#lastProgressMs = this.#lastByteMs;
    if (this.#over || !isMedia) return;
    if (!this.#hasMedia) {
      this.#hasMedia = true;
      this.#mediaSinceMs = this.#lastByteMs;
      events.media(this.session);
    } else if (!this.#steady && this.#lastByteMs - this.#mediaSinceMs >= STEADY_MS) {
      this.#steady = true;
      events.steady(this.session);
    }
  }

  /** Opens the playback. Redirects are followed within the engine's own origin only. */
  async #open(): Promise<ReadableStream<Uint8Array>> {
    let url = this.#orders.urls.playback;
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const answer = await fetch(url, PLAYBACK_INIT(this.#abort.signal));
      if (answer.status === 200 && answer.body) return answer.body;
      await answer.body?.cancel().catch(() => {});
      if (answer.status < 300 || answer.status > 399)
        throw new SourceError(`the playback answered ${answer.status}`);
      const next = URL.canParse(answer.headers.get("location") ?? "", url)
        ? new URL(answer.headers.get("location") ?? "", url)
        : null;
      if (next === null || next.origin !== new URL(url).origin)
        throw new SourceError("the playback redirects to another host");
      url = next.href;
    }
    throw new SourceError("the playback redirects again and again");
  }

  #planLook(): void {
    const pauseMs =
      this.#hasMedia && this.#silentMs() < STAT_PAUSE_MS ? STAT_PLAYING_PAUSE_MS : STAT_PAUSE_MS;
    this.#cancelLook = this.#orders.clock.after(pauseMs, () => void this.#look());
  }

  #silentMs(): number {
    return this.#isWriting ? 0 : this.#orders.clock.monotonicMs() - this.#lastByteMs;
  }

  /** A silent engine may be working: its statistics tell. */
  async #look(): Promise<void> {
    const { engine, urls, clock, events, stallTimeoutMs } = this.#orders;
    const stat = await engine.stat(urls);
    if (this.#over) return;
    if (stat.kind === "gone") {
      this.#end("engine", "the engine knows the session no more");
      return;
    }
    if (stat.kind === "stat") {
      const before = this.lastStat;
      this.lastStat = stat;
      const gotOn =
        before !== null && (stat.downloadedBytes > before.downloadedBytes || stat.peers > before.peers);
      if (gotOn) {
        this.#lastProgressMs = clock.monotonicMs();
        if (!this.#hasMedia) events.progress(this.session);
      }
    }
    const idleMs = clock.monotonicMs() - this.#lastProgressMs;
    if (
      this.#hasMedia &&
      !this.#isWriting &&
      this.#silentMs() >= stallTimeoutMs &&
      idleMs >= stallTimeoutMs
    ) {
      this.#end("timeout", `the engine was silent for ${Math.round(this.#silentMs() / 1000)} s`);
      return;
    }
    this.#planLook();
  }
}

/** `timeout` is Bun's: an endless body must not end after its five minutes. */
const PLAYBACK_INIT = (signal: AbortSignal): RequestInit & { timeout: boolean } => ({
  signal,
  redirect: "manual",
  keepalive: false,
  timeout: false,
});

/**
 * The last minutes in a few numbers: what a page that was opened just now begins its chart with. A sample is one look at
 * the streams that play; as many are kept as the chart shows, however long the proxy runs.
 */
import { systemClock } from "../broker/index.ts";
import type { Clock } from "../ports.ts";
import { loadOf, type StreamId } from "../slots/index.ts";
import type { AppOptions } from "./routes.ts";

/** Between two samples. */
const SAMPLE_MS = 5_000;
/** Five minutes. */
const SAMPLES_KEPT = 60;

export interface Sample {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The sum of all engines' loads. */
  readonly load: number;
  readonly clients: number;
  /** To all clients together, since the sample before. */
  readonly sentBitsPerSecond: number;
}

export class Recent {
  readonly everyMs = SAMPLE_MS;
  readonly #clock: Clock;
  readonly #options: Pick<AppOptions, "broker" | "bodies">;
  readonly #samples: Sample[] = [];
  #sent = new Map<StreamId, number>();
  #atMs: number;

  /** Samples until `ending`; without one it has none. */
  constructor(options: Pick<AppOptions, "broker" | "bodies" | "ending">, clock: Clock = systemClock) {
    this.#options = options;
    this.#clock = clock;
    this.#atMs = clock.monotonicMs();
    if (options.ending !== undefined) this.#plan(options.ending);
  }

  /** Oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  #plan(ending: AbortSignal): void {
    if (ending.aborted) return;
    const cancel = this.#clock.after(
      SAMPLE_MS,
      () => {
        ending.removeEventListener("abort", cancel);
        this.#look();
        this.#plan(ending);
      },
      "sample",
    );
    ending.addEventListener("abort", cancel);
  }

  #look(): void {
    const { broker, bodies } = this.#options;
    const { state } = broker;
    const before = this.#sent;
    const nowMs = this.#clock.monotonicMs();
    const seconds = (nowMs - this.#atMs) / 1000;
    this.#atMs = nowMs;
    this.#sent = new Map();
    let bytes = 0;
    for (const id of state.streams.keys()) {
      const sent = bodies.figures(id)?.bytesOut ?? 0;
      this.#sent.set(id, sent);
      bytes += sent - (before.get(id) ?? 0);
    }
    let load = 0;
    for (const engine of state.engines.values()) load += loadOf(engine);
    this.#samples.push({
      at: new Date(this.#clock.now()).toISOString(),
      load,
      clients: state.clients.size,
      sentBitsPerSecond: Math.round((Math.max(0, bytes) * 8) / seconds),
    });
    if (this.#samples.length > SAMPLES_KEPT) this.#samples.shift();
  }
}

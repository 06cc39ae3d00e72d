/** Hand-over: has a player stopped reading its former stream since it asked for another one? */
import { HANDOVER_SILENCE_MS } from "../limits.ts";
import type { Clock, StreamsPort } from "../ports.ts";
import type { ClientId } from "../slots/index.ts";

/**
 * Looks every 300 ms while `rival` waits. A client that has taken no byte since, although bytes were there,
 * has zapped; one that takes a single byte is watching, and is asked about no more.
 */
export class Watching {
  readonly #clock: Clock;
  readonly #streams: Pick<StreamsPort, "taken">;
  readonly #isWaiting: (rival: ClientId) => boolean;
  readonly #onIdle: (client: ClientId, rival: ClientId) => void;
  /** Each pair that is being watched, with what takes its timer back. */
  readonly #pairs = new Map<string, () => void>();

  constructor(
    clock: Clock,
    streams: Pick<StreamsPort, "taken">,
    isWaiting: (rival: ClientId) => boolean,
    onIdle: (client: ClientId, rival: ClientId) => void,
  ) {
    this.#clock = clock;
    this.#streams = streams;
    this.#isWaiting = isWaiting;
    this.#onIdle = onIdle;
  }

  /**
   * What the client had taken is noted as soon as it is being served. A pair that is being watched already (its
   * stream failed over and plays again) goes on being watched, once.
   */
  watch(client: ClientId, rival: ClientId): void {
    const pair = `watch ${client} ${rival}`;
    if (this.#pairs.has(pair)) return;
    let before = this.#streams.taken(client);
    const look = (): void => {
      const now = this.#isWaiting(rival) ? this.#streams.taken(client) : undefined;
      if (now === undefined || (before !== null && now !== null && now.bytes !== before.bytes)) {
        this.#pairs.delete(pair);
        return;
      }
      if (before !== null && now?.moreWaiting) this.#onIdle(client, rival);
      before ??= now;
      lookLater();
    };
    const lookLater = (): void => {
      this.#pairs.set(pair, this.#clock.after(HANDOVER_SILENCE_MS, look, pair));
    };
    lookLater();
  }

  /** Pairs that are being watched, each with a timer. */
  get size(): number {
    return this.#pairs.size;
  }

  /** Looks no more. */
  close(): void {
    for (const cancel of this.#pairs.values()) cancel();
    this.#pairs.clear();
  }
}

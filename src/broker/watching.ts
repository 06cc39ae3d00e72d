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
  readonly #pairs = new Set<string>();

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

  /** The core asks again at every step; a pair is watched once. */
  watch(client: ClientId, rival: ClientId): void {
    const pair = `${client} ${rival}`;
    const before = this.#streams.taken(client);
    if (this.#pairs.has(pair) || !before) return;
    this.#pairs.add(pair);
    const look = (): void => {
      if (!this.#isWaiting(rival)) {
        this.#pairs.delete(pair);
        return;
      }
      const now = this.#streams.taken(client);
      // The pair stays noted, so that a client that reads is not watched anew.
      if (!now || now.bytes !== before.bytes) {
        this.#clock.after(HANDOVER_SILENCE_MS, forgetLater);
        return;
      }
      if (now.moreWaiting) this.#onIdle(client, rival);
      this.#clock.after(HANDOVER_SILENCE_MS, look);
    };
    const forgetLater = (): void => {
      if (this.#isWaiting(rival)) this.#clock.after(HANDOVER_SILENCE_MS, forgetLater);
      else this.#pairs.delete(pair);
    };
    this.#clock.after(HANDOVER_SILENCE_MS, look);
  }
}

/**
 * Bun's bound on the silence of a connection, for one request. It must not end those that wait for a slot, or watch a
 * stream that pauses: routes have deadlines of their own. And it must come back: what is set for a request stays with
 * its connection.
 */

/** What routes whose body may be silent say before they hand it on. Of a runtime without such a bound nothing is told. */
export interface Silence {
  /** The body has deadlines of its own, and nothing comes behind it: its connection ends with it. */
  endless(): void;
  /** The body has deadlines of its own until `ended` is called; other requests may come behind it. */
  untilEnd(): void;
  /** The last of it has been handed on, nobody takes it, or it was broken off: what is left to be sent has the bound again. */
  ended(): void;
}

/** As much of Bun's server as is needed. */
export interface Timeouts {
  timeout(request: Request, seconds: number): void;
}

/** From the request until its answer there is no bound; from then on `seconds`, unless the route says otherwise. */
export class BunSilence implements Silence {
  readonly #bound: (seconds: number) => void;
  readonly #seconds: number;
  #own: "endless" | "ends" | null = null;

  constructor(server: Timeouts, request: Request, seconds: number) {
    this.#bound = (next) => server.timeout(request, next);
    this.#seconds = seconds;
    this.#bound(0);
  }

  endless(): void {
    this.#own = "endless";
  }

  untilEnd(): void {
    this.#own = "ends";
  }

  ended(): void {
    this.#bound(this.#seconds);
  }

  /** To be called with the answer, before it is handed on. */
  answered(answer: Response): Response {
    if (this.#own === null) this.#bound(this.#seconds);
    if (this.#own === "endless") answer.headers.set("Connection", "close");
    return answer;
  }
}

/** Somebody who watches in the demo: asks for a channel and reads it at the speed of the wire until it leaves. */

const PICTURE_DEADLINE_MS = 20_000;

/** Where the proxy is. */
export interface Door {
  readonly url: string;
  readonly token: string | null;
}

export class Viewer {
  readonly #gone = new AbortController();
  readonly #reading: Promise<void>;
  #bytes = 0;
  #failure: string | null = null;

  /** `agent`: what it calls itself. */
  constructor({ url, token }: Door, content: string, agent = "aceslot-demo") {
    const query = token === null ? "" : `&token=${encodeURIComponent(token)}`;
    this.#reading = this.#read(`${url}/ace/getstream?id=${content}${query}`, agent);
  }

  /** It was refused or broken off. */
  get isOver(): boolean {
    return this.#failure !== null;
  }

  /** Resolves when bytes have come since the call. */
  async playing(): Promise<void> {
    const before = this.#bytes;
    const deadline = performance.now() + PICTURE_DEADLINE_MS;
    while (this.#bytes <= before) {
      if (this.#failure !== null) throw new Error(this.#failure);
      if (performance.now() > deadline) throw new Error("no picture came in time");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async leave(): Promise<void> {
    this.#gone.abort();
    await this.#reading;
  }

  async #read(url: string, agent: string): Promise<void> {
    try {
      const answer = await fetch(url, { signal: this.#gone.signal, headers: { "User-Agent": agent } });
      if (!answer.ok || !answer.body)
        throw new Error(`the proxy answered ${answer.status}: ${await answer.text()}`);
      for await (const chunk of answer.body) this.#bytes += chunk.byteLength;
      throw new Error("the stream ended");
    } catch (error) {
      if (!this.#gone.signal.aborted) this.#failure = error instanceof Error ? error.message : String(error);
    }
  }
}

/** The end: who waits for everything to be free, and the one promise of `close`. */

export class Ending {
  #idle: (() => void)[] = [];
  #closed: Promise<void> | null = null;
  #drained: () => void = () => {};
  #isShut = false;

  /** Is nobody new let in? */
  get isShut(): boolean {
    return this.#isShut;
  }

  shut(): void {
    this.#isShut = true;
  }

  /** Resolves when everything is free. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Nothing is held and nobody waits. */
  idle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Begins to close when it is asked for first; `begin` may already find everything free. `last` is done at the end. */
  close(begin: () => void, last: () => void): Promise<void> {
    if (this.#closed) return this.#closed;
    this.#isShut = true;
    this.#closed = new Promise<void>((resolve) => {
      this.#drained = resolve;
    }).then(last);
    begin();
    return this.#closed;
  }

  /** The core holds nothing any more. */
  drained(): void {
    this.#drained();
  }

  get hasWaiting(): boolean {
    return this.#idle.length > 0;
  }
}

/** Leases that were given back: the store is told until it has heard it. */
export class Returns {
  readonly #told = new Map<string, { readonly place: string; isUnderWay: boolean }>();
  /** Answers whether the store has heard it. */
  readonly #tell: (lease: string, place: string) => Promise<boolean>;

  constructor(tell: (lease: string, place: string) => Promise<boolean>) {
    this.#tell = tell;
  }

  /** Given back, and not confirmed by the store yet? */
  has(lease: string): boolean {
    return this.#told.has(lease);
  }

  get leases(): Iterable<string> {
    return this.#told.keys();
  }

  give(lease: string, place: string): void {
    this.#told.set(lease, { place, isUnderWay: false });
    void this.#try(lease);
  }

  /** Tells again what was told in vain. */
  repeat(): void {
    for (const [lease, { isUnderWay }] of this.#told) if (!isUnderWay) void this.#try(lease);
  }

  async #try(lease: string): Promise<void> {
    const entry = this.#told.get(lease);
    if (!entry) return;
    entry.isUnderWay = true;
    const isHeard = await this.#tell(lease, entry.place);
    entry.isUnderWay = false;
    if (isHeard && this.#told.get(lease) === entry) this.#told.delete(lease);
  }
}

/** Which routes are asked, and with what they answer: counted by pattern, since paths hold names that never end. */

/** What a route is called where a request met none: turned away at the door, or nothing there. */
export const NO_ROUTE = "none";

export class Traffic {
  /** Requests by `<status> <route>`: one short text for each pair that has occurred. */
  readonly #counts = new Map<string, number>();

  #underWay = 0;

  /** Requests that have no answer yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** A request, until its answer. */
  async during<T>(answer: () => T | Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await answer();
    } finally {
      this.#underWay -= 1;
    }
  }

  /** `pattern`: the route as the app knows it, such as `/ace/getstream/:id{[^/]+\\.ts}`; null: none. */
  count(pattern: string | null, status: number): void {
    const key = `${status} ${pattern ?? NO_ROUTE}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Each pair with its count; a pattern without the rules for its parts. */
  *[Symbol.iterator](): Iterator<
    readonly [labels: { readonly route: string; readonly code: string }, count: number]
  > {
    for (const [key, count] of this.#counts) {
      const space = key.indexOf(" ");
      const route = key.slice(space + 1).replaceAll(/\{(?:[^{}]|\{[^{}]*\})*\}/g, "");
      yield [{ route, code: key.slice(0, space) }, count];
    }
  }
}

/**
 * What the suites need of a runtime: its server, and what it says of things left open. One file per runtime fits it
 * in, and hands the suites to the runtime's own test runner.
 */

/** As servers call it: the second argument is whatever they know of the connection. */
export type Fetch = (request: Request, connection?: unknown) => Promise<Response>;

export interface Listening extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
}

export interface Runtime {
  readonly name: "Bun" | "Deno" | "Node";
  /** Serves `fetch` on a free port, in the way that its users are told to. */
  listen(fetch: Fetch): Promise<Listening>;
  /** What Bun came to in `core.ts`; null: this is Bun, or nobody has told. */
  readonly coreFacts: string | null;
  /** A client that is broken off sees a reset; else an orderly end of the connection in mid-body. */
  readonly resets: boolean;
  /** What keeps the process alive, named by kind; null: the runtime does not tell. */
  openResources(): readonly string[] | null;
}

export type Test = (name: string, run: () => Promise<void>) => void;

/** The environment variable by which the others are told what Bun came to. */
export const CORE_FACTS = "ACESLOT_CORE_FACTS";

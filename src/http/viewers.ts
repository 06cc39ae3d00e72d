/** One HLS session for each viewer, also where several of its first questions come at once. */
import type { HlsSession } from "../stream/index.ts";
import { nobodyReads } from "./admission.ts";

export class Viewers {
  readonly #find: (viewer: string) => HlsSession | null;
  /** Sessions that are being opened: resolves with the refusal, or null when it is worth looking again. */
  readonly #opening = new Map<string, Promise<Response | null>>();

  /** `find`: a viewer's session, if it has one. */
  constructor(find: (viewer: string) => HlsSession | null) {
    this.#find = find;
  }

  /** The viewer's session. Without one `open` makes it, or says why not. `signal`: this asker is gone. */
  async sessionOf(
    viewer: string,
    open: () => Promise<HlsSession | Response>,
    signal: AbortSignal,
  ): Promise<HlsSession | Response> {
    for (;;) {
      const known = this.#find(viewer);
      if (known !== null) return known;
      const other = this.#opening.get(viewer);
      if (other === undefined) break;
      const refusal = await other;
      if (signal.aborted) return nobodyReads();
      if (refusal !== null) return refusal.clone();
    }
    const opened = open();
    const outcome = opened.then((answer) =>
      answer instanceof Response && !signal.aborted ? answer.clone() : null,
    );
    this.#opening.set(viewer, outcome);
    const done = (): void => void this.#opening.delete(viewer);
    outcome.then(done, done);
    return opened;
  }
}

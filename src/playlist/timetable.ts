/** When sources are looked at: in rounds, one after the other, each source when it is due. */
import type { Log } from "../log.ts";
import { FILE_LOOK_MS } from "./limits.ts";
import type { Source } from "./source.ts";

export interface TimetableOptions {
  /** Those of now. */
  sources(): readonly Source<unknown>[];
  /** Looks at the sources and takes over what is new; calls `linedUp` when the playlists are. */
  round(linedUp: () => void): Promise<void>;
  refreshMs(): number;
  /** How long others wait for a source that was never read. */
  readonly patienceMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export class Timetable {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #working: Promise<void> = Promise.resolve();
  readonly #options: TimetableOptions;

  constructor(options: TimetableOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#stop());
  }

  /** Reads everything now: `linedUp` resolves when the playlists were read, or hang, and `all` when that is so of all. */
  refresh(): { readonly linedUp: Promise<void>; readonly all: Promise<void> } {
    for (const source of this.#options.sources()) source.dueAt = 0;
    let resolve = (): void => {};
    const linedUp = new Promise<void>((resolved) => {
      resolve = resolved;
    });
    return { linedUp, all: this.#work(resolve) };
  }

  /** Looks at those that are due. One that hangs holds up the others for a while, and is taken up when it is done. */
  async lookAt(sources: readonly Source<unknown>[]): Promise<void> {
    const now = performance.now();
    const due = sources.filter(({ dueAt, isLooking }) => dueAt <= now && !isLooking);
    if (due.length === 0) return;
    const { refreshMs, signal, patienceMs } = this.#options;
    const looks = due.map((source) => source.look(refreshMs(), signal));
    await within(due.every(({ tried }) => tried) ? FILE_LOOK_MS : patienceMs, Promise.all(looks));
    looks.forEach((look, index) => {
      if (due[index]?.isLooking) void look.then(() => this.#work());
    });
  }

  #work(linedUp = (): void => {}): Promise<void> {
    this.#working = this.#working
      .then(() => this.#options.round(linedUp))
      .catch((error: unknown) => {
        this.#options.log.error("channels could not be put together; those of before stay", {
          error: String(error),
        });
      })
      .finally(linedUp);
    return this.#working.then(() => this.#plan());
  }

  #plan(): void {
    this.#stop();
    if (this.#options.signal.aborted) return;
    const idle = this.#options.sources().filter(({ isLooking }) => !isLooking);
    // One that is being looked at begins a round of its own when that is over.
    if (idle.length === 0) return;
    const dueAt = Math.min(...idle.map((source) => source.dueAt));
    this.#timer = setTimeout(() => void this.#work(), Math.max(PAUSE_MS_MIN, dueAt - performance.now()));
    this.#timer.unref?.();
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Between two rounds, whatever is due. */
const PAUSE_MS_MIN = Math.min(50, FILE_LOOK_MS);

/** Resolves with the work, or when it has taken so long. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, tooLong]).finally(() => clearTimeout(timer));
}

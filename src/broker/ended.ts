/** Why did it stop? The streams that ended last, each with its reason. */
import { ENDED_STREAMS_KEPT } from "../limits.ts";
import type { Clock, StreamNumbers } from "../ports.ts";
import type { ContentKey, EngineId, Stream, StreamId } from "../slots/index.ts";

/** A stream that is over. */
export interface EndedStream {
  /** Its number. */
  readonly stream: StreamId;
  /** Every name of what was played: `id:<40 hex digits>`, `infohash:<40 hex digits>`. */
  readonly contents: readonly ContentKey[];
  /** The engine that it was on last; null: none. */
  readonly engine: EngineId | null;
  /** That engine's name; null: none, or it is gone. */
  readonly engineName: string | null;
  /** When it was first asked for; null: not known. */
  readonly startedAt: string | null;
  /** When it ended, RFC 3339, UTC. */
  readonly at: string;
  /** Why, in words. */
  readonly reason: string;
  /** Clients had media of it. */
  readonly played: boolean;
  /** What was counted, and what the engine's statistics said last; null: no session had begun. */
  readonly last: StreamNumbers | null;
}

export class EndedStreams {
  readonly #clock: Clock;
  readonly #kept: EndedStream[] = [];
  readonly #listeners = new Set<(stream: EndedStream) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(
    stream: Stream,
    reason: string,
    last: StreamNumbers | null,
    known: { readonly startedAt: string | null; nameOf(engine: EngineId): string | null },
  ): void {
    const engine = stream.place?.engine ?? stream.tried.at(-1) ?? null;
    const at = new Date(this.#clock.now()).toISOString();
    // Kept, and handed to whoever listens: nobody's to change.
    const ended: EndedStream = Object.freeze({
      stream: stream.id,
      contents: Object.freeze([...stream.contents]),
      engine,
      engineName: engine === null ? null : known.nameOf(engine),
      startedAt: known.startedAt,
      at,
      reason,
      played: stream.live,
      last: Object.freeze(last),
    });
    this.#kept.push(ended);
    if (this.#kept.length > ENDED_STREAMS_KEPT) this.#kept.shift();
    for (const listen of this.#listeners) listen(ended);
  }

  listen(listener: (stream: EndedStream) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Newest first. */
  get all(): readonly EndedStream[] {
    return this.#kept.toReversed();
  }
}

/** What an engine's statistics said last, in words; null: they never said anything. */
export function statWords(last: StreamNumbers | null): string | null {
  if (last === null || last.status === null) return null;
  const { status, peers, downloadedBytes, speedDownKBps } = last;
  const word = status === "" ? "no status" : `status ${status}`;
  return `${word}, ${peers ?? 0} peers, ${downloadedBytes ?? 0} bytes downloaded, ${speedDownKBps ?? 0} KB/s`;
}

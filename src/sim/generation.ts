/** What the two generations of the orchestrator do each in its own way. */
import type { Books, EndedEvent, EngineRecord, StartedEvent, StreamRecord } from "./books.ts";
import type { OrchestratorRoute, ProvisionBlock } from "./orchestrator-faults.ts";

/** A call's outcome before any fault touches it. */
export interface Answer {
  status: number;
  body: unknown;
}

/** One generation's rules and shapes. Changes of books are run twice (truth and view) and must be repeatable. */
export interface Generation {
  engineJson(record: EngineRecord): Record<string, unknown>;
  streamJson(record: StreamRecord): Record<string, unknown>;
  statusJson(books: Books, block: ProvisionBlock | null, replicasMax: number): unknown;
  /** The streams that a list shows, filters honoured or not. */
  listStreams(books: Books, query: URLSearchParams): StreamRecord[];
  /** The order in which a list is sent. */
  inOrder<T>(list: readonly T[], random: () => number): readonly T[];
  streamStarted(books: Books, event: StartedEvent): StreamRecord;
  /** Tells which stream the end was taken for. */
  streamEnded(books: Books, event: EndedEvent): StreamRecord | null;
  removeEngine(books: Books, containerId: string, at: Date): void;
  /** The id under which a stream started by somebody else is listed. */
  foreignStreamId(key: string, playbackSessionId: string): string;
  /** Why an event's body is refused; null when it is taken. */
  invalidEvent(route: OrchestratorRoute, body: unknown): Answer | null;
  startedAnswer(stream: StreamRecord): Answer;
  endedAnswer(stream: StreamRecord | null): Answer;
  blockedAnswer(block: ProvisionBlock, status: number): Answer;
  readonly notFound: { type: string; body: string };
  /** Whether a provision call is answered before there is anything to show. */
  readonly provisionsLater: boolean;
}

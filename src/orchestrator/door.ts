/** What the outbox needs of an orchestrator: smaller than the pool, and easy to play in a test. */
import type { EngineId, ListedStream } from "../slots/index.ts";
import type { Generation } from "./generation.ts";

export interface Whereabouts {
  readonly generation: Generation;
}

export type Delivery =
  | { readonly kind: "taken" }
  /** For good: the same event would be refused again. */
  | { readonly kind: "refused"; readonly message: string }
  /** It may have been taken all the same, unless it was not even `sent`. */
  | { readonly kind: "failed"; readonly message: string; readonly sent?: boolean };

export interface EventDoor {
  /**
   * Which kind of orchestrator answers; null: none does at present. One that did not answer is asked again after a
   * pause, however often this is called, unless it is urgent.
   */
  where(isUrgent?: boolean): Promise<Whereabouts | null>;
  post(event: "stream_started" | "stream_ended", body: unknown): Promise<Delivery>;
  /** The started streams of an engine, as listed now; null: cannot be told at present. */
  streams(engine: EngineId): Promise<readonly ListedStream[] | null>;
}

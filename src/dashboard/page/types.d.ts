/** What the page is told: the API's own schemas, so that neither side can change alone. */
import type { z } from "zod";
import type { ReadyAnswer } from "../../http/api/schemas/health.ts";
import type { JournalEntry } from "../../http/api/schemas/journal.ts";
import type {
  EndedView,
  FiguresEvent,
  HelloEvent,
  RecentAnswer,
  StreamView,
} from "../../http/api/schemas.ts";

export type Figures = z.infer<typeof FiguresEvent>;
export type Hello = z.infer<typeof HelloEvent>;
export type Recent = z.infer<typeof RecentAnswer>;
export type Ready = z.infer<typeof ReadyAnswer>;
export type Engine = Figures["engines"][number];
export type Slot = Engine["slots"][number];
export type Stream = z.infer<typeof StreamView>;
export type Client = Figures["clients"][number];
export type Ended = z.infer<typeof EndedView>;
export type Leases = NonNullable<Figures["leases"]>;
export type Line = z.infer<typeof JournalEntry>;

export interface Channel {
  readonly number: number | string | null;
  readonly name: string;
  readonly group: string | null;
  readonly content: string;
  readonly url: string;
  readonly hls: string;
}

/** Something to play or to link to. */
export interface Playable {
  /** `id:<40 hex>` or `infohash:<40 hex>`. */
  readonly content: string;
  readonly name: string;
}

/** One moment of the last five minutes. */
export interface Sample {
  /** Seconds since 1970. */
  readonly at: number;
  /** Mbit/s to clients. */
  readonly out: number;
  readonly slots: number;
}

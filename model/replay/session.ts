/** What the history follows: sessions at places, whoever has them, and moments at which a place's load was looked at. */
import type { Peak, Where } from "./told.ts";

/** A life of a proxy, as far as what it holds can be trusted. */
export interface Holder {
  readonly proxy: string;
  /** `<instance>/<life>`, its name in the store; null: no line has told it. */
  readonly member: string | null;
  /** That it grants by; null: not told. */
  readonly cap: number | null;
  /** Its file goes on with it: what it has not ended until now, it still has. */
  readonly isAlive: boolean;
}

/** One run of a content on an engine. A lease that another proxy takes over is the same session going on. */
export interface Session {
  /** Null: its proxy has no leases, or nobody knows which one it is. */
  readonly lease: string | null;
  readonly place: Place;
  content: string | null;
  /** The line that says that it begins. */
  began: Where;
  fence: number | null;
  /** Who has it; null: only the store has told of it. */
  holder: Holder | null;
  /** A journal says that it began, and no line is missing since. */
  isSure: boolean;
  /** Its slot's holder has asked the engine to end it, and waits for the answer. */
  isStopping: boolean;
  /** The store lost it with its memory, and nobody has named it again. */
  isForgotten: boolean;
  isOpen: boolean;
  /** When it began, ms, by whose clock (null: the store's). */
  since: { readonly ms: number; readonly by: Holder | null };
  /** When it was over, ms, and who said so (null: the store); null: it is not. */
  over: { readonly ms: number; readonly by: Holder | null } | null;
  /** Beyond this it is not possible any more, ms; it is only known of sessions without a lease. */
  untilMs: number;
  /** Where it began and ended in the store's stream; null: not told. */
  reserved: StoreMark | null;
  ended: StoreMark | null;
}

export interface StoreMark {
  readonly where: Where;
  readonly ms: number;
  /** Rises with each line of the store's streams. */
  readonly order: number;
  /** The member whose command it was; empty: not told. */
  readonly by: string;
}

/** One engine, by its address. */
export interface Place {
  /** `host:port`. */
  readonly name: string;
  /** For people. */
  engine: string;
  readonly open: Set<Session>;
  certain: Peak | null;
  possible: Peak | null;
  /** Moments of which it is not decided yet who was there. */
  readonly moments: Moment[];
}

export interface Moment {
  readonly place: Place;
  readonly where: Where;
  readonly ms: number;
  /** Whose line it is; null: the store's. */
  readonly by: Holder | null;
  /** The session that begins then. */
  readonly session: Session;
  readonly cap: number | null;
  /** It is a step that must not go above the cap. */
  readonly isStep: boolean;
  certain: Session[];
  possible: Session[];
}

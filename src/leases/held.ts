/** A lease of ours, and the session that it is for. */
import type { ContentKey, FormerSession } from "../slots/index.ts";

export interface Held {
  /** Its name in the store: its own, unless it goes on with the slot of another one while the store is away. */
  readonly name: string;
  readonly place: string;
  readonly fence: number;
  readonly contents: readonly ContentKey[];
  readonly session: FormerSession;
  /** Not valid any more: its session is being stopped, and nothing else may be sent for it. */
  readonly isLost: boolean;
  /** The store has given it to another member, or knows nothing of it. */
  readonly isGone: boolean;
}

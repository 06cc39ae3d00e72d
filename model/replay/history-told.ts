/** What the history of several proxies found, as data. */
import type { Where } from "./where.ts";

/** A session that was there when a place had too many. */
export interface SessionTold {
  /** Null: nobody knows its name, or its proxy has no leases. */
  readonly lease: string | null;
  /** Who had it then; null: only the store has told of it. */
  readonly proxy: string | null;
  readonly content: string | null;
  readonly fence: number | null;
  /** It was certainly there. */
  readonly certain: boolean;
  /** The line that says that it begins. */
  readonly began: Where;
}

/** A place that had more sessions than its cap, at the first such instant. */
export interface Excess {
  readonly place: string;
  readonly where: Where;
  readonly load: number;
  readonly cap: number;
  readonly sessions: readonly SessionTold[];
}

export interface ProxyTold {
  readonly proxy: string;
  readonly lives: number;
  readonly granted: number;
  readonly refused: number;
  readonly adopted: number;
  readonly lost: number;
  readonly released: number;
}

export interface StoreTold {
  /** Commands of ours. */
  readonly commands: number;
  /** Leases that it granted, and that ended there. */
  readonly granted: number;
  readonly ended: number;
  /** Members that it ended, since they did not renew. */
  readonly membersEnded: number;
  /** How often it lost its memory, or was emptied. */
  readonly losses: number;
}

export interface HistoryTold {
  /** Of clocks, ms, that was assumed. */
  readonly skewMs: number;
  readonly proxies: readonly ProxyTold[];
  /** Null: no stream of the store was given. */
  readonly store: StoreTold | null;
  readonly exceeded: { readonly certainly: Excess | null; readonly possibly: Excess | null };
  /** Starts after the store had ended their proxy's membership: allowed only as long as nobody else got the slot. */
  readonly windows: number;
}

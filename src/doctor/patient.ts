/** What the doctor examines. */
import type { Settings } from "../config/settings.ts";
import type { Machine } from "./machine.ts";
import type { StoreOptions } from "./store-visit.ts";

export interface Patient {
  readonly settings: Settings;
  /** Null: slots are not shared. */
  readonly leaseStore: SharedStore | null;
  /** The proxy would run in a container, where 127.0.0.1 is the container itself. */
  readonly inContainer: boolean;
  readonly machine: Machine;
  /** The environment of the process, as it is. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A content to try, 40 hex digits; null: none. */
  readonly testId: string | null;
}

/** The store as the proxy would use it. */
export interface SharedStore extends StoreOptions {
  /** The term of its leases. */
  readonly ttlMs: number;
}

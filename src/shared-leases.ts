/** The shared store of leases that the settings name. Its client is loaded only where there is one. */
import type { Settings } from "./config/settings.ts";
import { LEASE_ANSWER_MS_MAX } from "./limits.ts";
import type { Log } from "./log.ts";
import type { SharedLeases } from "./proxy.ts";

export type LeaseSettings = Pick<
  Settings,
  "lease" | "leaseTtlMs" | "leaseWhenDown" | "leasePrefix" | "leasePassword" | "leaseCaFile"
>;

/** Null: the slots are this proxy's alone. Connects to nothing yet. */
export async function sharedLeases(settings: LeaseSettings, log: Log): Promise<SharedLeases | null> {
  const { lease, leaseTtlMs, leaseWhenDown, leasePrefix, leasePassword, leaseCaFile } = settings;
  if (lease.kind === "memory") return null;
  const { createRedisStore } = await import("./leases/redis.ts");
  const store = createRedisStore({
    address: { ...lease, password: leasePassword },
    prefix: leasePrefix,
    caFile: leaseCaFile,
    answerMs: Math.min(leaseTtlMs, LEASE_ANSWER_MS_MAX),
    log,
  });
  return { store, ttlMs: leaseTtlMs, whenDown: leaseWhenDown };
}

/** What a fail-over of the store could do to the cap: an old primary that goes on beside the new one. */
import { type Finding, info, ok, warn } from "./finding.ts";
import type { SharedStore } from "./patient.ts";
import type { ReplicaRule, ServerInfo } from "./store-info.ts";

const WHAT = "lease store: fail-over";
const WHY =
  "an old primary that still answers some proxies after a fail-over would grant slots that the new one grants, too";

/** `server` null: it does not tell what it is; `rule` null: this user may not ask. */
export function ofReplicas(
  { address, ttlMs }: SharedStore,
  server: ServerInfo | null,
  rule: ReplicaRule | null,
): Finding[] {
  if (address.form === "server" && (server?.replicas ?? 0) === 0) return [];
  // A quarter of the term, by which proxies give up before the store does, is safe however fast a fail-over is.
  const lagS = Math.max(1, Math.floor(ttlMs / 4000));
  const isHeeded = server === null || server.version[0] >= 7;
  if (rule === null)
    return [
      info(
        WHAT,
        "min-replicas-to-write could not be looked at: this user may not ask for it (CONFIG GET)",
        `${WHY}, unless it is 1 or more, and min-replicas-max-lag ${lagS}`,
      ),
    ];
  const { toWrite, maxLagS } = rule;
  const isSet = toWrite > 0 && maxLagS > 0 && (maxLagS <= lagS || maxLagS * 1000 < ttlMs);
  if (isSet && isHeeded) return [ok(WHAT, `it refuses writes when no replica has followed for ${maxLagS} s`)];
  return [
    warn({
      what: WHAT,
      found: isSet
        ? "min-replicas-to-write is set, but only Redis 7.0 and newer heed it in scripts"
        : `min-replicas-to-write is ${toWrite}, min-replicas-max-lag ${maxLagS} s`,
      why: WHY,
      fix: [
        ...(isHeeded ? [] : ["use Redis 7.0 or newer, or Valkey: older ones do not heed it in scripts"]),
        ...(server?.replicas === 0 ? ["give it a replica first, else it refuses all writes"] : []),
        "on every server that may become the primary, and in its configuration:",
        `  redis-cli CONFIG SET min-replicas-max-lag ${lagS}`,
        "  redis-cli CONFIG SET min-replicas-to-write 1",
      ].join("\n"),
    }),
  ];
}

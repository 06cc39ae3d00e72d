/** Will the store keep what is claimed there, and answer in time? */
import { durationText } from "../config/durations.ts";
import { type Finding, fail, info, ok, warn } from "./finding.ts";
import type { ServerInfo } from "./store-info.ts";
import type { Visit } from "./store-visit.ts";

/** What is thrown out is noticed like a restart, but everybody waits for it. */
export function ofMemory({ memoryPolicy, memoryLimit }: ServerInfo): Finding {
  const what = "lease store: eviction";
  if (memoryPolicy === "noeviction" || memoryPolicy === "") return ok(what, "it throws nothing out");
  const isLimited = memoryLimit > 0;
  return (isLimited ? fail : warn)({
    what,
    found: `maxmemory-policy is ${memoryPolicy}${isLimited ? `, at ${Math.round(memoryLimit / 2 ** 20)} MiB` : ", without a limit so far"}`,
    why: "a store that is full throws leases out; that is noticed, but then nothing is granted for one --lease-ttl, again and again",
    fix: "redis-cli CONFIG SET maxmemory-policy noeviction  and the same in its configuration; or give the leases a server of their own",
  });
}

export function ofDisk({ appendsToFile }: ServerInfo, ttlMs: number): Finding {
  return info(
    "lease store: disk",
    appendsToFile ? "it keeps an append-only file" : "it keeps no append-only file",
    `either way nothing is granted for ${durationText(ttlMs)} after it was restarted, and streams go on; what a proxy held that ends at the same time is known from such a file, or from the proxies that are left`,
  );
}

export function ofTime(ttlMs: number, { roundTripsMs, clockAheadMs }: Visit): Finding[] {
  const median = roundTripsMs[Math.floor(roundTripsMs.length / 2)] ?? 0;
  const longest = roundTripsMs.at(-1) ?? 0;
  const found = `${median.toFixed(1)} ms, the longest of ${roundTripsMs.length} ${longest.toFixed(1)} ms`;
  const what = "lease store: round trip";
  // A lease is renewed five times in its term, and ends a quarter of it early.
  const isSlow = longest > ttlMs / 20;
  return [
    isSlow
      ? warn({
          what,
          found,
          why: `each start waits for one, and leases of ${durationText(ttlMs)} must be renewed in time`,
          fix: `put the store nearer, or give leases a longer term: --lease-ttl ${Math.ceil((longest * 40) / 1000)}s for all proxies`,
        })
      : ok(what, found),
    ...(clockAheadMs === null
      ? []
      : [
          info(
            "lease store: clock",
            Math.abs(clockAheadMs) < 500
              ? "as ours"
              : `${durationText(Math.round(Math.abs(clockAheadMs) / 100) * 100)} ${clockAheadMs > 0 ? "ahead of" : "behind"} ours`,
            "only the store's own clock counts, so a difference does no harm",
          ),
        ]),
  ];
}

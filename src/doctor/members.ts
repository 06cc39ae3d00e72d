/** Do the proxies that share the store mean the same? */
import { durationText } from "../config/durations.ts";
import { differing, readMember } from "../http/members.ts";
import type { Books } from "../leases/books.ts";
import { isLoopback } from "../net/host.ts";
import { type Finding, fail, info, warn } from "./finding.ts";
import type { Patient, SharedStore } from "./patient.ts";

export function ofMembers({ settings }: Patient, { ttlMs, address }: SharedStore, books: Books): Finding[] {
  const what = "lease store: proxies";
  const members = [...books.members].map(([member, { info: text }]) => readMember(member, text));
  const leases = [...books.engines.values()].reduce((sum, held) => sum + held.length, 0);
  const names = members.map(({ name }) => name).sort();
  const findings: Finding[] = [
    info(what, names.length === 0 ? "none is there now" : `${names.join(", ")}; they hold ${leases} slots`),
  ];
  const cap = settings.maxStreamsPerEngine;
  const caps = differing(members, (told) => told.cap, String, cap);
  if (caps.length > 0)
    findings.push(
      fail({
        what,
        found: `their caps differ: ${caps.join(", ")}; here it is ${cap}`,
        why: "engines get as many streams as the highest of them says",
        fix: "give all proxies the same --max-streams-per-engine",
      }),
    );
  const terms = differing(members, (told) => told.ttlMs, durationText, ttlMs);
  if (terms.length > 0)
    findings.push(
      warn({
        what,
        found: `their terms differ: ${terms.join(", ")}; here it is ${durationText(ttlMs)}`,
        why: "the longest of them is how long slots of a dead proxy stay taken, and lets the store's clock take steps that may end a shorter one too soon: streams move",
        fix: "give all proxies the same --lease-ttl",
      }),
    );
  const loopback =
    settings.orchestrator === null ? settings.engines.filter(({ host }) => isLoopback(host)) : [];
  if (loopback.length > 0 && !address.hosts.every(({ host }) => isLoopback(host)))
    findings.push(
      warn({
        what: "engines",
        found: `${loopback.map(({ host, port }) => `${host}:${port}`).join(", ")} means another engine on each host`,
        why: "proxies that share a store know an engine by its address: two engines of one address get one engine's slots, one engine of two addresses twice its cap",
        fix: "name engines by an address that is the same for all proxies: --engine 192.168.1.10:6878",
      }),
    );
  return findings;
}

/** Do the proxies that share the store mean the same? */
import type { Books } from "../leases/books.ts";
import { type Finding, fail, info, warn } from "./finding.ts";
import type { LeaseStore, Patient } from "./patient.ts";
import { isLoopback } from "./reaching.ts";

interface Told {
  readonly name: string;
  readonly cap: number | null;
  readonly ttlMs: number | null;
}

export function ofMembers({ settings }: Patient, { ttlMs, address }: LeaseStore, books: Books): Finding[] {
  const what = "lease store: proxies";
  const members = [...books.members].map(([member, { info: text }]) => readMember(member, text));
  const leases = [...books.engines.values()].reduce((sum, held) => sum + held.length, 0);
  const names = members.map(({ name }) => name).sort();
  const findings: Finding[] = [
    info(what, names.length === 0 ? "none is there now" : `${names.join(", ")}; they hold ${leases} slots`),
  ];
  const others = (of: (told: Told) => number | null, ours: number): string[] =>
    members.flatMap((told) => {
      const value = of(told);
      return value === null || value === ours ? [] : [`${told.name} has ${value}`];
    });
  const cap = settings.maxStreamsPerEngine;
  const caps = others((told) => told.cap, cap);
  if (caps.length > 0)
    findings.push(
      fail({
        what,
        found: `their caps differ: ${caps.join(", ")}; here it is ${cap}`,
        why: "engines get as many streams as the highest of them says",
        fix: "give all proxies the same --max-streams-per-engine",
      }),
    );
  const terms = others((told) => told.ttlMs, ttlMs);
  if (terms.length > 0)
    findings.push(
      warn({
        what,
        found: `their terms differ: ${terms.map((each) => `${each} ms`).join(", ")}; here it is ${ttlMs} ms`,
        why: "the longest of them is how long slots of a dead proxy stay taken",
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

function readMember(member: string, text: string): Told {
  let told: Readonly<Record<string, unknown>> = {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) told = { ...value };
  } catch {
    // Of another version, or of somebody else.
  }
  const count = (value: unknown): number | null => (typeof value === "number" ? value : null);
  const name = typeof told.name === "string" ? told.name : (member.split("/", 1)[0] ?? member);
  return { name, cap: count(told.cap), ttlMs: count(told.ttlMs) };
}

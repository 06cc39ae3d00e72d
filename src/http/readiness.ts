/** `/readyz`: can a stream be taken now? If not, why: in words for people, and in codes for machines. */
import type { z } from "zod";
import type { Broker } from "../broker/index.ts";
import { loadOf } from "../slots/index.ts";
import type { ReadyAnswer, UNREADY_CODES } from "./api/schemas.ts";
import type { Crowd } from "./crowd.ts";
import { leaseReadiness } from "./leases.ts";
import { plainText } from "./plain-text.ts";

type UnreadyCode = (typeof UNREADY_CODES)[number];

/** Codes and reasons are as many, in the same order. */
export function readiness(
  broker: Broker,
  stateTrouble: string | null,
  /** What is wrong with playlists and guides, each in words. */
  channelTroubles: readonly string[] = [],
  crowd?: Pick<Crowd, "level">,
): z.infer<typeof ReadyAnswer> {
  const { state, looking } = broker;
  const codes: UnreadyCode[] = [];
  const reasons: string[] = [];
  const warnings: string[] = [];
  const unready = (code: UnreadyCode, reason: string): void => {
    codes.push(code);
    reasons.push(reason);
  };
  if (state.draining) unready("draining", "the proxy is shutting down");
  if (broker.trouble !== null) unready("books_broken", broker.trouble);
  if (crowd !== undefined && crowd.level !== "open")
    unready("no_descriptors", "nearly all descriptors are in use: no further client is let in");
  const leasing = leaseReadiness(broker);
  if (leasing !== null && leasing.reason !== null) unready("no_grants", leasing.reason);
  if (broker.saveTrouble !== null) warnings.push(broker.saveTrouble);
  if (stateTrouble !== null) warnings.push(stateTrouble);
  if (leasing !== null) warnings.push(...leasing.warnings);
  warnings.push(...channelTroubles);
  const { up, ageMs, error } = looking.health;
  if (!up)
    warnings.push(
      error === null
        ? "the pool's source has not answered yet"
        : `the pool's source does not answer: ${error}`,
    );
  const engines = [...state.engines.values()];
  const usable = engines.filter((engine) => engine.listed && !engine.draining && !engine.resting);
  const warnOf = (words: string, of: readonly { readonly name: string }[]): void => {
    if (of.length > 0) warnings.push(`${words}: ${of.map((engine) => plainText(engine.name)).join(", ")}`);
  };
  const resting = engines.filter((engine) => engine.resting);
  warnOf(
    "set aside after faults",
    resting.filter((engine) => engine.faults > 0),
  );
  // One that was started for us is asked before it gets its first stream.
  warnOf(
    "new, and has not answered yet",
    resting.filter((engine) => engine.faults === 0),
  );
  const places = usable.reduce((sum, engine) => sum + Math.max(0, state.cap - loadOf(engine)), 0);
  if (engines.length === 0) unready("no_engine", "no engine is known");
  else if (usable.length === 0) unready("no_usable_engine", "no engine is usable");
  else if (places === 0 && state.provisioning.phase === "impossible") unready("full", "all engines are full");
  else if (places === 0 && state.provisioning.phase === "blocked")
    unready(
      "provisioning_blocked",
      `all engines are full and no new one can be started: ${state.provisioning.blocked.message}`,
    );
  return {
    ready: reasons.length === 0,
    codes,
    reasons,
    warnings,
    engines: { known: engines.length, usable: usable.length },
    places,
    illegal_moves: broker.counters.illegalMoves,
    snapshot_age_ms: ageMs === null ? null : Math.round(ageMs),
    lease: leasing?.lease ?? null,
  };
}

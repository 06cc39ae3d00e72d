/** A plain list of engines: always there, without streams of others, and with nobody to report to. */
import { hostPortOf } from "../net/exchange.ts";
import { Places } from "../net/places.ts";
import type { PoolPort } from "../ports.ts";
import { type Address, type ListedEngine, placeKey } from "../slots/index.ts";

/** `addresses` is asked with each look: a reload may have changed the list. */
export function createStaticPool(addresses: () => readonly Address[], places = new Places()): PoolPort {
  const engines = (): readonly ListedEngine[] => listedEngines(addresses());
  return {
    look: async () => ({
      engines: listedEngines(await places.distinct(addresses())),
      streams: [],
      skipped: [],
    }),
    provision: null,
    fallback: [],
    describe() {
      const [first, ...more] = engines();
      return more.length === 0 ? `engine ${first?.id}` : `${more.length + 1} engines`;
    },
  };
}

/** Engines that a person named: known by `host:port`, each once, be it named as localhost or as 127.0.0.1. */
export function listedEngines(addresses: readonly Address[]): readonly ListedEngine[] {
  const byPlace = new Map<string, ListedEngine>();
  for (const address of addresses) {
    const id = hostPortOf(address);
    const place = placeKey(address);
    if (byPlace.has(place)) continue;
    byPlace.set(place, {
      id,
      name: id,
      address,
      health: "unknown",
      draining: false,
      forwarded: false,
      usedAtMs: null,
    });
  }
  return [...byPlace.values()];
}

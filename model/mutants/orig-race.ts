import type { RankedEngine } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";
import { overbook } from "./overbook.ts";

const HEALTH = ["healthy", "unknown", "unhealthy"];

/** All that the orchestrator knows, and nothing else. */
const listedLoad = (engine: RankedEngine): number => engine.foreign.length;

const firstThatTells = (...orders: number[]): number => orders.find((order) => order !== 0) ?? 0;

export const origRace: Mutant = {
  name: "orig-race",
  history:
    "acexy looked at the streams that the orchestrator lists, and chose; what it had chosen a moment ago was in no list yet. On 2025-10-12 one engine was chosen eight times, six of them within twelve seconds, each time seen with no stream at all.",
  property: "load ≤ cap at every grant",
  parts: {
    loadOf: listedLoad,
    ownerOf: () => "foreign",
    rank: (a, b) =>
      firstThatTells(
        HEALTH.indexOf(a.health) - HEALTH.indexOf(b.health),
        Number(b.forwarded) - Number(a.forwarded),
        listedLoad(a) - listedLoad(b),
        (a.usedAtMs ?? 0) - (b.usedAtMs ?? 0),
        a.id < b.id ? -1 : 1,
      ),
    reserve: overbook,
  },
  world: {},
};

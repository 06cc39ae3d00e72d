/** Second opinions on the lease protocol alone: ours and others that were proposed, each in a world that is large enough for it. */
import { leaseProtocol, RULES } from "../cluster/protocol/protocol.ts";
import {
  type Budgets,
  type LeaseWorld,
  leaseWorld,
  leaseWorldName,
  type ProtocolName,
} from "../cluster/protocol/variants.ts";
import { checkModel } from "../library/check.ts";
import type { CheckResult } from "../result.ts";
import type { Opinion } from "./opinion.ts";
import { askSpin, constant, type SpinOptions } from "./spin.ts";

export interface LeaseQuestion {
  readonly world: LeaseWorld;
  /** Looked at alone, for the shortest way to its violation; null: all rules are looked at. */
  readonly rule: keyof typeof RULES | null;
  /** False: a violation is enough, since there are many states besides. */
  readonly counts: boolean;
}

export interface LeaseOpinion {
  readonly opinion: Opinion;
  /** How many there are, though something is wrong with some. Null: they were not counted. */
  readonly states: number | null;
}

type Size = Parameters<typeof leaseWorld>[1];
const ask = (
  protocol: ProtocolName,
  size: Size,
  budgets: Partial<Budgets> = {},
  rule: LeaseQuestion["rule"] = null,
  counts = true,
): LeaseQuestion => ({ world: leaseWorld(protocol, size, budgets), rule, counts });

const SMALL: Size = [2, 1, 1, 1];

/** Ours, in worlds of several sizes. */
export const LADDER: readonly LeaseQuestion[] = [
  ask("ours", SMALL),
  ask("ours", SMALL, { lapses: 1, pauses: 1 }),
  ask("ours", SMALL, { crashes: 1, breaks: 1 }),
  ask("ours", [2, 1, 2, 2]),
  ask("ours", [2, 2, 1, 1], { lapses: 1 }),
  ask("ours", [3, 1, 1, 1], { lapses: 1 }),
];

/** More of them, most too large for a test of every day. */
export const LARGER: readonly LeaseQuestion[] = [
  ask("ours", SMALL, { lapses: 1 }),
  ask("ours", [2, 1, 1, 2]),
  ask("ours", SMALL, { lapses: 1, pauses: 1, crashes: 1, breaks: 1 }),
  ask("ours", SMALL, { lapses: 2, breaks: 1 }),
  ask("ours", SMALL, { lapses: 2, pauses: 1, crashes: 1, breaks: 1 }),
  ask("ours", [2, 1, 1, 2], { lapses: 1 }),
  ask("ours", [2, 1, 1, 2], { lapses: 1, pauses: 1 }),
  ask("ours", [2, 1, 2, 2], { crashes: 1 }),
  ask("ours", [2, 1, 2, 2], { lapses: 1, crashes: 1 }),
  ask("ours", [2, 2, 1, 2], { lapses: 1 }),
  ask("ours", [2, 2, 1, 1], { lapses: 1, pauses: 1, crashes: 1 }),
  ask("ours", [3, 1, 1, 1], { lapses: 2 }),
  ask("ours", [3, 1, 2, 1], { lapses: 1, crashes: 1 }),
];

/** Other protocols, and ours without one of its parts. */
export const VARIANTS: readonly LeaseQuestion[] = [
  ask("get-check-set", SMALL, {}, "cap"),
  ask("no-expiry", SMALL),
  ask("no-expiry", SMALL, { crashes: 1 }, "leak"),
  ask("expiry-unchecked", SMALL, { lapses: 1, pauses: 1 }, "cap"),
  ask("expiry-timely", SMALL, { lapses: 1, pauses: 1 }),
  ask("expiry-untimely", SMALL, { lapses: 1 }, "cap"),
  ask("expiry-untimely", SMALL, { crashes: 1 }, "cap"),
  ask("no-proof", SMALL, { lapses: 1 }, "cap"),
  ask("long-pause", SMALL, { lapses: 1, pauses: 1 }, null, false),
  ask("long-pause", SMALL, { lapses: 1, pauses: 1 }, "cap"),
  ask("join-frees", SMALL, { crashes: 1, breaks: 1 }, "cap"),
  ask("gone-unnamed", SMALL, { lapses: 2, breaks: 1 }, "cap", false),
  ask("anybody-frees", [3, 1, 1, 1], { lapses: 2 }, "leased", false),
  ask("unlooked", SMALL, { breaks: 1 }, "leak"),
  ask("overtaken", SMALL, { breaks: 1 }),
];

export const questionName = ({ world }: LeaseQuestion): string =>
  `${world.protocol}, ${leaseWorldName(world)}`;

const NO_LIMIT = { maxStates: Number.MAX_SAFE_INTEGER };

const opinionOf = ({ rungs, violation, seconds }: CheckResult): Opinion => {
  const [rung] = rungs;
  if (!rung) throw new Error("nothing was explored");
  const { states, edges: transitions, depth } = rung;
  const steps = violation?.trace.length ?? depth;
  return {
    states,
    transitions,
    depth: steps,
    violated: violation?.property ?? null,
    seconds,
    memoryBytes: null,
  };
};

const allStates = (world: LeaseWorld): number =>
  opinionOf(checkModel(leaseProtocol(world, []), NO_LIMIT)).states;

export function ourLeaseOpinion({ world, rule, counts }: LeaseQuestion): LeaseOpinion {
  const rules = rule === null ? Object.values(RULES) : [RULES[rule]];
  const opinion = opinionOf(checkModel(leaseProtocol(world, rules), NO_LIMIT));
  if (opinion.violated === null) return { opinion, states: opinion.states };
  return { opinion, states: counts ? allStates(world) : null };
}

export async function spinLeaseOpinion(
  { world, rule, counts }: LeaseQuestion,
  options?: SpinOptions,
): Promise<LeaseOpinion> {
  const defines = {
    PROTOCOL: constant(world.protocol),
    PROXIES: world.proxies,
    ENGINES: world.engines,
    CAP: world.cap,
    ATTEMPTS: world.attempts,
    LAPSES: world.lapses,
    PAUSES: world.pauses,
    CRASHES: world.crashes,
    BREAKS: world.breaks,
    RULES: rule === null ? "ALL" : rule === "cap" ? "REAL_LOAD" : constant(rule),
  };
  const { opinion, states } = await askSpin({ file: "leases.pml", defines }, options, counts);
  if (opinion.violated === null) return { opinion, states: opinion.states };
  // It takes a look of its own to find something at rest.
  const depth = opinion.violated === RULES.leak ? opinion.depth - 1 : opinion.depth;
  return { opinion: { ...opinion, depth }, states };
}

const number = (value: number | null | undefined): string =>
  value == null ? "–" : value.toLocaleString("en");
const cells = (values: readonly string[]): string => `| ${values.join(" | ")} |`;

export const LADDER_HEAD: readonly string[] = [
  cells(["World", "ways on", "depth", "states: ours", "SPIN"]),
  cells(["---", "--:", "--:", "--:", "--:"]),
];

/** Where SPIN counts other ways on or another depth, that is told too. */
export function ladderRow({ world }: LeaseQuestion, ours: LeaseOpinion, spin: LeaseOpinion | null): string {
  const { transitions, depth } = ours.opinion;
  const isSame = !spin || (spin.opinion.transitions === transitions && spin.opinion.depth === depth);
  const more = isSame ? "" : `, ${number(spin.opinion.transitions)} ways on, depth ${spin.opinion.depth}`;
  const counts = [number(transitions), number(depth), number(ours.states), `${number(spin?.states)}${more}`];
  return cells([leaseWorldName(world), ...counts]);
}

export const VARIANTS_HEAD: readonly string[] = [
  cells(["Protocol", "World", "broken", "happenings: ours", "SPIN", "states: ours", "SPIN"]),
  cells(["---", "---", "---", "--:", "--:", "--:", "--:"]),
];

export function variantRow({ world }: LeaseQuestion, ours: LeaseOpinion, spin: LeaseOpinion | null): string {
  const way = ({ opinion }: LeaseOpinion): string => (opinion.violated === null ? "" : number(opinion.depth));
  const isSame = !spin || spin.opinion.violated === ours.opinion.violated;
  const other = isSame ? "" : `${spin.opinion.violated ?? "nothing"}, `;
  return cells([
    world.protocol,
    leaseWorldName(world),
    ours.opinion.violated ?? "nothing",
    way(ours),
    spin ? `${other}${way(spin)}` : "–",
    number(ours.states),
    number(spin?.states),
  ]);
}

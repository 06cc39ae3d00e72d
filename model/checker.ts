/**
 * A whole check: the ladder of small worlds, random walks through large ones, the broker's schedules, the recorded
 * incident. What it found comes back as data; nothing is printed here.
 */
import { step as realStep, SLOT_TABLE, type SlotState } from "../src/slots/index.ts";
import { ASSUMPTIONS, limitsOf } from "./assumptions.ts";
import {
  CLUSTER_ASSUMPTIONS,
  CLUSTER_LIMITS,
  clusterMutants,
  clusterResults,
  exploreCluster,
} from "./cluster/index.ts";
import { exploreCore } from "./core.ts";
import { reenact } from "./incident.ts";
import { mutantNamed, stepOf } from "./mutants/index.ts";
import type { Preset } from "./presets.ts";
import { PROPERTIES, type Property } from "./properties/index.ts";
import { walkAtRandom } from "./random.ts";
import type { CheckResult, Coverage, PropertyResult, RungResult, Verdict, Violation } from "./result.ts";
import { exploreShell, shellMutants } from "./shell/index.ts";
import { SMALLEST, sizeName, type WorldSize } from "./world/size.ts";

/** Which worlds {@link check} goes through, and for how long. */
export interface CheckOptions {
  /** The worlds, and what is done besides. */
  readonly preset: Preset;
  /**
   * A bug to put in place of our code, by name: one of {@link MUTANTS}, of the broker's, or of several proxies';
   * null: none. `aceslot check --list-mutants` shows them all.
   *
   * @default null
   */
  readonly mutant?: string | null;
  /**
   * States of one world that are looked at before it ends as incomplete; null: no limit.
   *
   * @default null
   */
  readonly maxStates?: number | null;
  /**
   * Milliseconds for the whole check before it ends as incomplete; null: no limit.
   *
   * @default null
   */
  readonly maxMs?: number | null;
  /**
   * Milliseconds since some moment.
   *
   * @default performance.now
   */
  readonly clock?: () => number;
  /**
   * The seed of the random walks: the same seed takes the same walks.
   *
   * @default 20251012
   */
  readonly seed?: number;
  /**
   * States that differ only in the names of engines, contents and clients are one.
   *
   * @default true
   */
  readonly symmetry?: boolean;
  /** Called when a part begins, with its name: `E2 C1 R3`. */
  onProgress?(text: string): void;
}

/** Everything that can occur, so that what never did has a name. */
export const MOVES: readonly string[] = Object.entries(SLOT_TABLE).flatMap(([from, moves]) =>
  Object.entries(moves as Record<string, SlotState>).map(([event, to]) => `${from} --${event}--> ${to}`),
);
export const EVENTS: readonly string[] = [
  "request",
  "leave",
  "started",
  "startFailed: not opened",
  "startFailed: unknown",
  "media",
  "progress",
  "steady",
  "sourceEnded: engine",
  "sourceEnded: content",
  "sourceEnded: timeout",
  "sourceEnded: over",
  "stopConfirmed",
  "stopDelayed",
  "snapshot",
  "fallback",
  "recovered",
  "provisioned",
  "provisionFailed",
  "idle",
  "timer: queue",
  "timer: linger",
  "timer: start",
  "timer: release",
  "timer: stall",
  "timer: provision",
  "recover",
  "claims",
  "leasing",
  "leaseRefused",
  "leasesLost",
  "configure",
  "end",
  "drain",
];
export const EFFECTS: readonly string[] = [
  "start",
  "play",
  "stop",
  "settled",
  "serve",
  "move",
  "reject",
  "drop",
  "close",
  "reportStarted",
  "reportEnded",
  "refresh",
  "provision",
  "probe",
  "watch",
  "arm",
  "disarm",
  "drained",
];

const UNLIMITED = Number.POSITIVE_INFINITY;

class Tally {
  readonly rungs: RungResult[] = [];
  readonly reached = new Map<string, string>();
  violation: Violation | null = null;
  memoryBytes = 0;
  readonly #counts = { moves: zeros(MOVES), events: zeros(EVENTS), effects: zeros(EFFECTS) };

  add(rung: RungResult, violation: Violation | null): void {
    this.rungs.push(rung);
    this.violation ??= violation;
    this.memoryBytes = Math.max(this.memoryBytes, memoryBytes());
  }

  tested(names: Iterable<string>, rung: string): void {
    for (const name of names) if (!this.reached.has(name)) this.reached.set(name, rung);
  }

  count(what: keyof Coverage, counts: Iterable<readonly [string, number]>): void {
    for (const [name, count] of counts)
      this.#counts[what].set(name, (this.#counts[what].get(name) ?? 0) + count);
  }

  get coverage(): Coverage {
    const { moves, events, effects } = this.#counts;
    return {
      moves: Object.fromEntries(moves),
      events: Object.fromEntries(events),
      effects: Object.fromEntries(effects),
    };
  }
}

const zeros = (names: readonly string[]): Map<string, number> => new Map(names.map((name) => [name, 0]));
const memoryBytes = (): number => globalThis.process?.memoryUsage?.().rss ?? 0;

/**
 * The whole check of the selector and the broker that ship, as `aceslot check` does it: small worlds to their end, random
 * walks through larger ones, the broker's schedules, several proxies, the recorded incident.
 *
 * @returns data for {@link report}; `EXIT_CODE[result.verdict]` is the exit code.
 * @throws {RangeError} for a mutant that there is none of.
 * @throws {TypeError} for a preset that is none.
 *
 * @example
 * ```ts
 * import { check, PRESETS, report } from "aceslot/check";
 *
 * const result = await check({ preset: PRESETS.incident });
 * console.log(report("pretty", result));
 * ```
 */
export async function check(options: CheckOptions): Promise<CheckResult> {
  const { preset, mutant = null, maxStates = null, maxMs = null } = options;
  const { clock = () => performance.now() } = options;
  if (!Array.isArray(preset?.ladder))
    throw new TypeError(`preset is ${String(preset)}, and must be a Preset; preset: PRESETS.ci`);
  const began = clock();
  const isOfShell = shellMutants.some(({ name }) => name === mutant);
  const ofCluster = clusterMutants.find(({ name }) => name === mutant);
  const bug = mutant === null || isOfShell || ofCluster ? null : mutantNamed(mutant);
  if (bug === undefined) throw new RangeError(`there is no mutant ${mutant}`);
  const step = bug ? stepOf(bug) : realStep;
  const ladder =
    bug && preset.bugsOwnWorld ? [{ ...SMALLEST, ...bug.world }, ...preset.ladder] : preset.ladder;
  const cluster =
    ofCluster && preset.bugsOwnWorld
      ? [{ ...SMALLEST, ...ofCluster.world }, ...preset.cluster]
      : bug === null && !isOfShell
        ? preset.cluster
        : [];
  const isOfCore = !isOfShell && !ofCluster;
  const timeLeft = (): number => (maxMs === null ? UNLIMITED : maxMs - (clock() - began));
  const tally = new Tally();
  let shell: readonly PropertyResult[] = [];
  let assumptions: readonly string[] = [];

  if (isOfCore)
    for (const size of ladder) {
      if (tally.violation || timeLeft() <= 0) break;
      options.onProgress?.(sizeName(size));
      const limits = { maxStates: maxStates ?? UNLIMITED, maxMs: timeLeft(), clock };
      const { result, violation, world } = exploreCore({
        size,
        step,
        mutant,
        limits,
        symmetry: options.symmetry ?? true,
      });
      tally.add(result, violation);
      tally.tested(world.tested, result.name);
      tally.count("moves", world.answers.moves);
      tally.count("events", world.answers.events);
      tally.count("effects", world.answers.effects);
    }
  if (isOfCore && preset.randomRuns > 0 && !tally.violation && timeLeft() > 0) {
    options.onProgress?.("random walks");
    const seed = options.seed ?? 20251012;
    const walks = walkAtRandom({ runs: preset.randomRuns, seed, step, mutant, maxMs: timeLeft(), clock });
    tally.add(walks.result, walks.violation);
    tally.tested(walks.tested, walks.result.name);
    tally.count("moves", walks.moves);
    tally.count("events", walks.events);
    tally.count("effects", walks.effects);
  }
  for (const size of cluster) {
    if (tally.violation || timeLeft() <= 0) break;
    options.onProgress?.(sizeName(size));
    const limits = { maxStates: maxStates ?? UNLIMITED, maxMs: timeLeft(), clock };
    const symmetry = options.symmetry ?? true;
    const found = exploreCluster({ size, mutant: ofCluster?.name ?? null, limits, symmetry });
    tally.add(found.result, found.violation);
    tally.tested(found.tested, found.result.name);
    tally.count("moves", found.counts.moves);
    tally.count("events", found.counts.events);
    tally.count("effects", found.counts.effects);
  }
  if (preset.incident && isOfCore && !tally.violation) {
    options.onProgress?.("the incident of 2025-10-12");
    const incident = reenact({ step, mutant, clock });
    tally.add(incident.result, incident.violation);
    tally.tested(INCIDENT_ASKS, incident.result.name);
  }
  if (preset.shell !== null && bug === null && !ofCluster && !tally.violation && timeLeft() > 0) {
    const found = await exploreShell({
      preset: preset.shell,
      mutant: isOfShell ? mutant : null,
      timeMs: maxMs === null ? null : timeLeft(),
      maxStates,
      onProgress: (text) => options.onProgress?.(`broker ${text}`),
    });
    for (const rung of found.rungs) tally.add(rung, null);
    tally.violation ??= found.violation;
    tally.count("events", Object.entries(found.events));
    shell = found.properties;
    assumptions = found.assumptions;
  }

  const isCut = timeLeft() <= 0 || tally.rungs.some((rung) => !rung.complete);
  const { asked, unasked } = byNeed(ladder, tally);
  const hasCore = isOfCore && (preset.name !== "custom" || ladder.length > 0);
  const ofCore = hasCore ? asked.map((property) => propertyResult(property, tally, isCut)) : [];
  const ofProxies =
    cluster.length > 0
      ? clusterResults(tally.reached, cluster, tally.violation?.property ?? null, isCut)
      : [];
  const properties = [
    ...ofCore,
    ...ofProxies,
    ...shell.map((one): PropertyResult => ({ ...one, methods: ["shell"] })),
  ];
  const limits = [...(hasCore ? limitsOf(ladder) : []), ...(cluster.length > 0 ? CLUSTER_LIMITS : [])];
  if (unasked.length > 0 && hasCore)
    limits.push(`Not asked, since no world here has what it takes: ${unasked.join(", ")}.`);
  return {
    version: 1,
    verdict: verdictOf(tally, isCut, properties, mutant),
    preset: preset.name,
    mutant,
    rungs: tally.rungs,
    properties,
    coverage: tally.coverage,
    assumptions: [
      ...(hasCore && ladder.length > 0 ? ASSUMPTIONS : []),
      ...assumptions,
      ...(cluster.length > 0 ? CLUSTER_ASSUMPTIONS : []),
    ],
    limits,
    violation: tally.violation,
    seconds: (clock() - began) / 1000,
    memoryBytes: tally.memoryBytes,
  };
}

const propertyOfMutant = (mutant: string): string | undefined =>
  mutantNamed(mutant)?.property ??
  [...shellMutants, ...clusterMutants].find(({ name }) => name === mutant)?.property;

/** What the incident's re-enactment looks at. */
const INCIDENT_ASKS = ["real load ≤ cap", "everybody is answered", "rest can always be reached"];

function propertyResult(property: Property, tally: Tally, isCut: boolean): PropertyResult {
  const { name, sentence, sometimes } = property;
  const reachedIn = tally.reached.get(name) ?? null;
  const status =
    tally.violation?.property === name
      ? "violated"
      : isCut || tally.violation
        ? "incomplete"
        : reachedIn === null
          ? "vacuous"
          : "holds";
  const kind = property.of === "rest" || property.of === "graph" ? "eventually" : "always";
  return { name, sentence, kind, status, sometimes, reachedIn, methods: ["core", "random", "incident"] };
}

/** A world without crashes need not put to the test what happens after one. */
function byNeed(ladder: readonly WorldSize[], tally: Tally) {
  const isAsked = ({ name, needs }: Property): boolean =>
    tally.reached.has(name) ||
    tally.violation?.property === name ||
    ladder.some((size) => needs?.(size) ?? true);
  return {
    asked: PROPERTIES.filter(isAsked),
    unasked: PROPERTIES.filter((property) => !isAsked(property)).map(({ name }) => name),
  };
}

function verdictOf(
  tally: Tally,
  isCut: boolean,
  properties: readonly PropertyResult[],
  mutant: string | null,
): Verdict {
  if (tally.violation) return "violated";
  if (isCut) return "incomplete";
  // Nothing was looked at: a bug of the broker over worlds of the selector, for instance.
  if (tally.rungs.length === 0) return "vacuous";
  const isAsked = (name: string): boolean => mutant === null || name === propertyOfMutant(mutant);
  // A bug that could not show proves nothing of the check, nor of the bug.
  if (mutant !== null && !properties.some(({ name }) => isAsked(name))) return "vacuous";
  return properties.some(({ name, status }) => status === "vacuous" && isAsked(name)) ? "vacuous" : "holds";
}

/**
 * Random rounds over running clusters, in which proxies, engines, the orchestrator and the store are killed and started
 * again, and the wires between them misbehave, while many clients come and go. After each round everything must be
 * free again, and no engine may ever have had more than the cap. `make soak-cluster`, with CYCLES and SEED in the
 * environment.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { wholeNumber } from "../support/whole-number.ts";
import { misfortunes, PARTS, type Part, suffer } from "./chaos.ts";
import { type Cluster, type ClusterOptions, startCluster } from "./cluster.ts";
import { keepLoad } from "./load.ts";
import { below, ownFrom, pick, type Random, randomFrom } from "./random.ts";
import { atRest, everythingEnds, writtenBy } from "./rest.ts";

export interface Soaked {
  readonly rounds: number;
  /** How often each part was killed, or ended, and started again. */
  readonly cycles: Readonly<Record<Part, number>>;
  /** All other faults: paused, cut off, slow, wrong, emptied. */
  readonly others: number;
  readonly played: number;
  readonly refused: number;
  readonly broken: number;
  /** From the journals. */
  readonly leases: Readonly<Record<string, number>>;
  /** Each with its seed and round; empty: all was well. */
  readonly violations: readonly string[];
}

/** A cluster's last round; the next one has another shape. */
const ROUNDS_PER_CLUSTER = 25;
/** Clients come for at least so long. */
const ROUND_MS_MIN = 1_200;
const TTL_MS = 1_000;
const RELEASE_TIMEOUT_MS = 2_500;
const UNREAD_SESSION_MS = 700;

export async function soak(options: {
  /** Ends after the round in which so many kills and restarts are reached, of all parts together. */
  readonly cycles: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Ends it after the round under way. */
  readonly signal?: AbortSignal;
  /** Longer than by default where nothing but the faults may be late. */
  readonly times?: Pick<ClusterOptions, "ttlMs" | "releaseMs">;
}): Promise<Soaked> {
  const { seed, say, signal, times } = options;
  const totals = { rounds: 0, others: 0, played: 0, refused: 0, broken: 0 };
  const cycles: Record<Part, number> = { proxy: 0, engine: 0, orchestrator: 0, store: 0 };
  const reached = (): number => PARTS.reduce((sum, part) => sum + cycles[part], 0);
  const isOver = (): boolean => reached() >= options.cycles || signal?.aborted === true;
  const leases: Record<string, number> = {};
  const violations: string[] = [];
  const beganMs = performance.now();
  while (!isOver()) {
    const random = randomFrom(seed * 100_003 + totals.rounds);
    const shape = { ...shapeOf(random), ...times };
    const cluster = await startCluster(shape);
    say(`cluster: ${wordsOf(shape)}`);
    let what = "";
    try {
      const last = totals.rounds + ROUNDS_PER_CLUSTER;
      while (totals.rounds < last && !isOver()) {
        totals.rounds++;
        what = `seed ${seed}, round ${totals.rounds}`;
        const roundMs = performance.now();
        const faults = misfortunes(cluster, random);
        what += ` (${faults.map((fault) => fault.what).join("; ")})`;
        cluster.watch.note(what);
        const load = keepLoad(cluster, {
          clients: 8 + below(random, 20),
          contents: 6 + below(random, 30),
          random: ownFrom(random),
        });
        await Promise.all([suffer(cluster, faults), pause(ROUND_MS_MIN)]);
        for (const { cycle } of faults)
          if (cycle === null) totals.others++;
          else cycles[cycle]++;
        load.end();
        totals.played += load.played;
        totals.refused += [...load.refusals.values()].reduce((sum, count) => sum + count, 0);
        totals.broken += load.broken;
        await atRest(cluster);
        say(`${what}: ${load.played} played, ${Math.round(performance.now() - roundMs)} ms`);
      }
      what = `seed ${seed}, end after round ${totals.rounds}`;
      await everythingEnds(cluster);
    } catch (error) {
      const told = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      violations.push(told);
      say(`VIOLATION ${told}\nwhat was written down is kept in ${await keep(cluster, seed, totals.rounds)}`);
    }
    countLeases(cluster, leases);
    await cluster[Symbol.asyncDispose]();
    const seconds = (performance.now() - beganMs) / 1000;
    say(
      `${totals.rounds} rounds, cycles ${JSON.stringify(cycles)}, ${totals.others} other faults: ${totals.played} played, ${totals.refused} refused, ${totals.broken} broken, ` +
        `leases ${JSON.stringify(leases)}, ${violations.length} violations, ${(seconds / totals.rounds).toFixed(1)} s a round`,
    );
  }
  return { ...totals, cycles, leases, violations };
}

/** The journals and all that the store was asked, for `aceslot replay`. */
async function keep(cluster: Cluster, seed: number, round: number): Promise<string> {
  const folder = join(tmpdir(), `aceslot-soak-${seed}-${round}`);
  await mkdir(folder, { recursive: true });
  for (const { name, text } of writtenBy(cluster)) await writeFile(join(folder, name), text);
  return folder;
}

function shapeOf(random: Random): ClusterOptions {
  const generation = pick(random, [null, 1, 2] as const);
  return {
    proxies: 2 + below(random, 3),
    // Each is a process.
    engines: 3 + below(random, 8),
    cap: 1 + below(random, 3),
    engineProcesses: true,
    ttlMs: TTL_MS,
    releaseMs: RELEASE_TIMEOUT_MS,
    engine: { unreadSessionMs: UNREAD_SESSION_MS, startDelayMs: pick(random, [0, 20, 100]) },
    ...(generation === null ? {} : { generation }),
  };
}

const wordsOf = ({ proxies, engines, cap, generation, engine }: ClusterOptions): string =>
  `${proxies} proxies, ${engines} engines, cap ${cap}, ${generation ? `orchestrator ${generation}` : "a list"}, ` +
  `starts take ${engine?.startDelayMs} ms`;

function countLeases(cluster: Cluster, counts: Record<string, number>): void {
  for (const proxy of cluster.proxies)
    for (const journal of proxy.journals())
      for (const [, outcome] of journal.matchAll(/"type":"lease","outcome":"(\w+)"/g))
        if (outcome !== undefined) counts[outcome] = (counts[outcome] ?? 0) + 1;
}

if (import.meta.main) {
  const cycles = wholeNumber("CYCLES", 1_000);
  const seed = wholeNumber("SEED", Math.floor(Math.random() * 1e9));
  console.log(`seed ${seed}, ${cycles} cycles`);
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ending.abort());
  const { violations, ...totals } = await soak({
    cycles,
    seed,
    say: (line) => console.log(line),
    signal: ending.signal,
  });
  console.log(JSON.stringify(totals));
  for (const violation of violations) console.log(`\n${violation}`);
  console.log(`${totals.rounds} rounds with seed ${seed}: ${violations.length} violations`);
  process.exit(violations.length === 0 ? 0 : 1);
}

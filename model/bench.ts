/**
 * How fast the explorer is, and SPIN beside it on the same worlds: `bun model/bench.ts [--quick]`. Each world is
 * explored in a process of its own, so that its memory is its own.
 */
import { fileURLToPath } from "node:url";
import { step } from "../src/slots/index.ts";
import { search } from "./explore/search.ts";
import { type SmallWorld, world as smallWorld } from "./opinions/opinion.ts";
import { runSpin, spinLacks } from "./opinions/spin.ts";
import { PROPERTIES } from "./properties/index.ts";
import { createWorld } from "./world/create.ts";
import { size, sizeName, type WorldSize } from "./world/size.ts";

interface Row {
  readonly world: string;
  readonly by: string;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly complete: boolean;
}

interface Bench {
  readonly size: WorldSize;
  readonly symmetry: boolean;
  /** SPIN knows no symmetry: it stands beside the worlds that are explored without. */
  readonly spin?: SmallWorld;
}

const plain = (engines: number, cap: number, requests: number, symmetry = true): Bench => ({
  size: size(engines, cap, requests),
  symmetry,
  ...(symmetry ? {} : { spin: smallWorld(engines, cap, requests) }),
});

const SMALL: readonly Bench[] = [
  plain(1, 2, 4),
  plain(1, 2, 4, false),
  plain(2, 1, 4),
  plain(2, 1, 4, false),
  plain(2, 2, 3),
  plain(2, 2, 3, false),
];
const LARGE: readonly Bench[] = [plain(2, 2, 4), plain(2, 2, 4, false), plain(2, 2, 5), plain(3, 2, 6)];

/** SPIN's table of states, and its memory: enough for the largest world that it gets. */
const SPIN_TABLE_BITS = 24;
const SPIN_MEMORY_MEGABYTES = 8_000;
const SELF = fileURLToPath(import.meta.url);
/** A world that takes longer, or more, is told as far as it came. */
const TIME_MAX_MS = 10 * 60_000;
const MEMORY_MAX_BYTES = 4 * 2 ** 30;

function explore(bench: Bench): Row {
  const began = performance.now();
  const isFull = (): boolean => process.memoryUsage().rss > MEMORY_MAX_BYTES;
  const clock = (): number => (isFull() ? Number.POSITIVE_INFINITY : performance.now());
  const world = createWorld({ size: bench.size, step, properties: PROPERTIES, symmetry: bench.symmetry });
  const graph = search(world, { maxStates: Number.POSITIVE_INFINITY, maxMs: TIME_MAX_MS, clock }, false);
  if (graph.found) throw new Error(`${graph.found.wrong.property}: ${graph.found.wrong.detail}`);
  return {
    world: sizeName(bench.size),
    by: bench.symmetry ? "aceslot" : "aceslot, no symmetry",
    states: graph.states,
    transitions: graph.edges,
    depth: graph.depth,
    seconds: (performance.now() - began) / 1000,
    memoryBytes: process.resourceUsage().maxRSS * 1024,
    complete: graph.complete,
  };
}

async function spin(small: SmallWorld, name: string): Promise<Row> {
  const opinion = await runSpin(small, {
    optimise: "-O3",
    depthFirst: true,
    tableBits: SPIN_TABLE_BITS,
    memoryMegabytes: SPIN_MEMORY_MEGABYTES,
  });
  return { world: name, by: "SPIN -O3", depth: 0, complete: true, ...spinFigures(opinion) };
}

const spinFigures = (opinion: Awaited<ReturnType<typeof runSpin>>) => ({
  states: opinion.states,
  transitions: opinion.transitions ?? 0,
  seconds: opinion.seconds ?? 0,
  memoryBytes: opinion.memoryBytes ?? 0,
});

function print(row: Row): void {
  const count = (value: number): string => value.toLocaleString("en-US");
  const cells = [
    row.world.padEnd(12),
    row.by.padEnd(22),
    `${count(row.states)}${row.complete ? "" : " (cut)"}`.padStart(14),
    count(row.transitions).padStart(14),
    `${row.depth || "–"}`.padStart(6),
    row.seconds.toFixed(2).padStart(9),
    count(Math.round(row.states / row.seconds)).padStart(11),
    `${Math.round(row.memoryBytes / 2 ** 20)}`.padStart(8),
  ];
  console.log(cells.join("  "));
}

async function inItsOwnProcess(bench: Bench): Promise<Row> {
  const child = Bun.spawn([process.execPath, SELF, "--one", JSON.stringify(bench)], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`the bench of ${sizeName(bench.size)} failed`);
  return JSON.parse(text);
}

async function main(argv: readonly string[]): Promise<void> {
  if (argv[0] === "--one") {
    console.log(JSON.stringify(explore(JSON.parse(argv[1] ?? ""))));
    return;
  }
  const lacks = await spinLacks();
  if (lacks) console.log(`SPIN was not asked: ${lacks}`);
  console.log(
    "world         by                              states     transitions   depth    seconds     states/s       MiB",
  );
  let symmetric: Row | null = null;
  for (const bench of argv[0] === "--quick" ? SMALL : [...SMALL, ...LARGE]) {
    const ours = await inItsOwnProcess(bench);
    print(ours);
    if (bench.symmetry) symmetric = ours;
    if (lacks || !bench.spin) continue;
    const theirs = await spin(bench.spin, ours.world);
    print(theirs);
    if (ours.complete && theirs.states !== ours.states)
      throw new Error(`${ours.world}: SPIN counts ${theirs.states} states`);
    const ratio = ours.states / ours.seconds / (theirs.states / theirs.seconds);
    const verdict = symmetric
      ? `; time to the verdict, SPIN's to ours with symmetry: ${(theirs.seconds / symmetric.seconds).toFixed(1)}`
      : "";
    console.log(`${"".padEnd(14)}states/s, ours to SPIN's: ${ratio.toFixed(2)}${verdict}`);
  }
}

if (import.meta.main) await main(process.argv.slice(2));

/**
 * The soak: one proxy, engines that fail at random, a crowd that comes and goes; then everybody leaves, and everything
 * must be as it was before anybody came, counted from inside and from outside.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { replay } from "../../model/replay/replay.ts";
import { cpuSeconds, machineCpuSeconds } from "../bench/usage.ts";
import { pick, randomFrom } from "../cluster/random.ts";
import type { RunningBinary } from "../support/binary.ts";
import { until } from "../support/until.ts";
import { type Crowd, type CrowdOptions, startCrowd } from "./crowd.ts";
import { pause } from "./hls-client.ts";
import {
  type Grown,
  grownIn,
  HISTORIES_MINUTES,
  heldFor,
  type Inside,
  inside,
  leakedObjects,
  leakedOutside,
} from "./inside.ts";
import { startMisfortunes } from "./misfortunes.ts";
import type { SoakOptions } from "./options.ts";
import { lookAt, type Outside } from "./outside.ts";
import { type Point, quantile, type Slope, slopeOf } from "./slope.ts";
import { CAP, startWorld, TROUBLED_AT_ONCE, type World } from "./world.ts";

export interface Soaked {
  readonly options: SoakOptions;
  readonly engines: number;
  readonly minutes: number;
  /** Clients that came in all, those over one connection. */
  readonly came: number;
  readonly crowd: Crowd["seen"];
  readonly starts: number;
  readonly failovers: number;
  readonly faults: ReadonlyMap<string, number>;
  /** Engines that ever carried more than their cap, as they count themselves. */
  readonly violations: readonly string[];
  /** What `replay` says of the journal: empty, it is legal. */
  readonly illegal: readonly string[];
  readonly leaks: readonly string[];
  readonly failures: readonly string[];
  readonly before: { readonly inside: Inside; readonly outside: Outside };
  readonly after: { readonly inside: Inside; readonly outside: Outside };
  /** Bytes per hour, after the second minute; null: too short. */
  readonly resident: Slope | null;
  readonly proportional: Slope | null;
  /** Of the swept heap, after `HISTORIES_MINUTES`. */
  readonly heap: Slope | null;
  /** Objects of the swept heap of which there were more at the end than after `HISTORIES_MINUTES`, most first. */
  readonly grown: Grown;
  readonly joinsMs: Times;
  readonly coldsMs: Times;
  /** Packets that were missing, or came twice, though nothing had befallen their content and it was no seam; and the others. */
  readonly lostPackets: number;
  readonly lostWithFaults: number;
  readonly gaps: number;
  /** Cores that each used, on average, while the crowd was there. */
  readonly cores: {
    readonly proxy: number;
    readonly crowd: number;
    readonly engines: number;
    readonly all: number;
  };
}

export interface Times {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

const SAMPLE_MS = 2_000;
/** A look at the heap sweeps it: rarely. */
const HEAP_EVERY = 15;
const WARM_UP_MINUTES = 2;
const REST_MS = 90_000;
const RELOAD_MS = 10_000;
/** What comes before the first look: all kinds of visitors once, so that what is loaded late is loaded. */
const FIRST_ROUND_MS = 12_000;

export async function soak(
  options: SoakOptions,
  folder: string,
  say: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
  times: { readonly firstRoundMs: number; readonly comeMs: number } = {
    firstRoundMs: FIRST_ROUND_MS,
    comeMs: 8_000,
  },
): Promise<Soaked> {
  const { seed, clients, streams } = options;
  const random = randomFrom(seed);
  await using world = await startWorld({
    ...{ folder, streams },
    watch: (isBegin, engine, content) => fate?.[isBegin ? "began" : "ended"](engine, content),
  });
  const { proxy, engines } = world;
  let fate: ReturnType<typeof startMisfortunes> | null = null;
  const sharesOf = (count: number): Omit<CrowdOptions, "seed" | "clients" | "streams" | "comeMs"> => ({
    port: Number(new URL(proxy.url).port),
    further: 10,
    churn: 0.01,
    frozen: Math.ceil(count * 0.01),
    slow: Math.ceil(count * 0.01),
    zappers: Math.ceil(count * 0.01),
    hls: Math.ceil(count * 0.02),
    listeners: 5,
    visitors: true,
  });

  // A first, small round.
  const first = startCrowd({
    ...sharesOf(20),
    seed,
    clients: 20,
    streams: Math.min(streams, 10),
    comeMs: 500,
  });
  await pause(times.firstRoundMs, signal);
  await world.reload(1);
  await first.end();
  const heldFirst = await atRest(proxy);
  const before = { inside: await inside(proxy, true), outside: lookAt(proxy.pid) };
  say(`${engines.length} engines; before: ${wordsOf(before.outside)}`);

  fate = startMisfortunes(() => engines, { random, atOnce: Math.min(TROUBLED_AT_ONCE, engines.length) });
  const crowd = startCrowd({ ...sharesOf(clients), seed: seed + 1, clients, streams, comeMs: times.comeMs });
  const beganMs = performance.now();
  const used = usedBy(world, crowd);
  const samples = await watch(world, crowd, options.minutes, random, say, signal);
  const minutes = (performance.now() - beganMs) / 60_000;
  const cores = used();
  await fate.end();
  await crowd.end();
  const held = await atRest(proxy);
  const outside = await settled(before.outside, proxy.pid);
  const after = { inside: await inside(proxy, true), outside };
  const figures = await metricsOf(proxy);
  const { came } = crowd.seen.counts;
  const heaps = samples.flatMap(({ hours, heap }) =>
    heap === null || hours * 60 < HISTORIES_MINUTES ? [] : { hours, heap },
  );
  const unexplained = crowd.gaps.filter(
    ({ content, atMs, isSeam }) => !isSeam && !fate?.befell(content, atMs),
  );
  const exit = await proxy.end("SIGTERM");
  // For whoever looks for the cause: beside the journal.
  await writeFile(join(folder, "gaps.jsonl"), crowd.gaps.map((gap) => `${JSON.stringify(gap)}\n`).join(""));
  return {
    ...{ options, engines: engines.length, minutes, came, before, after },
    crowd: crowd.seen,
    starts: figures.starts,
    failovers: figures.failovers,
    faults: fate.counts,
    violations: engines
      .filter(({ peakLoad }) => peakLoad > CAP)
      .map(({ name, peakLoad }) => `${name} carried ${peakLoad} of ${CAP}`),
    illegal: await illegalIn(world.journal),
    leaks: [
      // What the first ones left would be taken for a part of the beginning.
      ...heldFirst.map((what) => `${what}, after the first few already`),
      ...held,
      ...leakedOutside(before.outside, outside),
      ...leakedObjects(before.inside, after.inside, came),
    ],
    failures: failuresOf(crowd, exit, proxy),
    resident: slopeOf(samples.map(({ hours, resident }) => ({ hours, value: resident }))),
    proportional: slopeOf(samples.map(({ hours, proportional }) => ({ hours, value: proportional }))),
    heap: slopeOf(heaps.map(({ hours, heap }) => ({ hours, value: heap.heapUsedBytes }))),
    grown: grownIn(heaps.map(({ heap }) => heap.objectsByKind)),
    joinsMs: timesOf(crowd.joins),
    coldsMs: timesOf(crowd.colds),
    lostPackets: sizeOf(unexplained),
    lostWithFaults: sizeOf(crowd.gaps) - sizeOf(unexplained),
    gaps: crowd.gaps.length,
    cores,
  };
}

/** Counts from now on; engines that are killed take what they used with them. */
function usedBy({ proxy, engines }: World, crowd: Crowd): () => Soaked["cores"] {
  const look = () => ({
    proxy: cpuSeconds(proxy.pid),
    crowd: cpuSeconds(crowd.pid),
    engines: engines.reduce((sum, { pid }) => sum + (pid === 0 ? 0 : cpuSeconds(pid)), 0),
    all: machineCpuSeconds(),
  });
  const beganMs = performance.now();
  const before = look();
  return () => {
    const after = look();
    const seconds = (performance.now() - beganMs) / 1_000;
    const of = (name: keyof Soaked["cores"]): number => Math.max(0, after[name] - before[name]) / seconds;
    return { proxy: of("proxy"), crowd: of("crowd"), engines: of("engines"), all: of("all") };
  };
}

interface Sample extends Omit<Point, "value"> {
  readonly resident: number;
  readonly proportional: number;
  /** Of a swept heap; null: not looked at. */
  readonly heap: Inside["memory"] | null;
}

/** Answers the samples after the second minute. */
async function watch(
  world: World,
  crowd: Crowd,
  minutes: number,
  random: () => number,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  const { proxy } = world;
  const beganMs = performance.now();
  const samples: Sample[] = [];
  let [minute, reloadMs] = [0, 0];
  for (let at = 0; !signal.aborted; at++) {
    const nowMs = performance.now() - beganMs;
    if (nowMs >= minutes * 60_000) break;
    await pause(Math.max(1, Math.min(at * SAMPLE_MS - nowMs, minutes * 60_000 - nowMs)), signal);
    const sampleMs = performance.now() - beganMs;
    if (sampleMs - reloadMs >= RELOAD_MS) {
      reloadMs = sampleMs;
      await world.reload(pick(random, [0, 1, 2]));
    }
    const outside = lookAt(proxy.pid);
    const isHeapsTurn = at % HEAP_EVERY === 0;
    const heap = isHeapsTurn ? (await inside(proxy, true)).memory : null;
    if (sampleMs >= WARM_UP_MINUTES * 60_000)
      samples.push({
        hours: sampleMs / 3_600_000,
        resident: outside.residentBytes,
        proportional: outside.proportionalBytes,
        heap,
      });
    if (sampleMs < (minute + 1) * 60_000) continue;
    minute += 1;
    say(await minuteLine(minute, world, crowd, outside));
  }
  return samples;
}

async function minuteLine(
  minute: number,
  { proxy, engines }: World,
  crowd: Crowd,
  outside: Outside,
): Promise<string> {
  const now = await inside(proxy);
  const { here, playing, counts } = crowd.seen;
  return [
    `${String(minute).padStart(3)} min`,
    `${playing} of ${here} play`,
    `${counts.came} came`,
    `${now.data.streams} streams`,
    `${now.data.hlsClients} hls`,
    `${now.clients.queued} queued, ${now.slots.free} slots free, ${now.timers.probed} engines set aside`,
    `${engines.reduce((sum, { starts }) => sum + starts, 0)} starts`,
    wordsOf(outside),
    `peak ${Math.max(...engines.map(({ peakLoad }) => peakLoad))}/${CAP}`,
  ].join(" · ");
}

const MIB = 2 ** 20;
const wordsOf = ({ descriptors, threads, residentBytes, proportionalBytes }: Outside): string =>
  `${(residentBytes / MIB).toFixed(1)} MiB (PSS ${(proportionalBytes / MIB).toFixed(1)}), ` +
  `${descriptors.socket ?? 0} sockets, ${Object.values(descriptors).reduce((a, b) => a + b, 0)} descriptors, ${threads} threads`;

/** Waits until nothing is held for anybody; what is held then is a leak. */
async function atRest(proxy: RunningBinary): Promise<readonly string[]> {
  let held: readonly string[] = [];
  try {
    await until(
      "nothing is held",
      async () => {
        held = heldFor(await inside(proxy));
        return held.length === 0;
      },
      REST_MS,
    );
  } catch {
    // What is still held is told.
  }
  return held;
}

/** Sockets are closed in the turn after the last word; the system is given the time that it takes. */
async function settled(before: Outside, pid: number): Promise<Outside> {
  let after = lookAt(pid);
  try {
    await until("descriptors are back", () => {
      after = lookAt(pid);
      return leakedOutside(before, after).length === 0;
    });
  } catch {
    // What is still open is told.
  }
  return after;
}

async function metricsOf(
  proxy: RunningBinary,
): Promise<{ readonly starts: number; readonly failovers: number }> {
  const text = await (await fetch(`${proxy.url}/metrics`)).text();
  const total = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  return { starts: total("aceslot_starts_total"), failovers: total("aceslot_failovers_total") };
}

async function illegalIn(journal: string): Promise<readonly string[]> {
  const told = await replay([journal], { cap: CAP, skewMs: null, shown: (file) => file });
  return told.verdict === "broken" ? [JSON.stringify(told).slice(0, 2_000)] : [];
}

/** What no fault of an engine excuses. */
function failuresOf(crowd: Crowd, exit: number | null, { log }: RunningBinary): readonly string[] {
  const { counts, visits } = crowd.seen;
  const bugs = log.filter(({ message }) =>
    /unexpected failure|could not be answered|illegal|contradict/.test(message),
  );
  return [
    ...(exit === 0 ? [] : [`the proxy ended with ${exit}`]),
    ...(counts.clean === 0 ? [] : [`${counts.clean} streams ended cleanly, though they were not over`]),
    ...(counts.brokenPackets === 0 ? [] : [`${counts.brokenPackets} packets without a sync byte`]),
    ...(visits.headsRefused === 0 ? [] : [`${visits.headsRefused} HEADs were refused`]),
    ...(visits.readsFailed === 0 ? [] : [`${visits.readsFailed} reads of the API failed`]),
    ...(crowd.joins.length + crowd.colds.length > 0 ? [] : ["nobody got a byte"]),
    ...bugs.slice(0, 5).map((line) => `logged: ${JSON.stringify(line)}`),
  ];
}

const timesOf = (values: readonly number[]): Times => ({
  count: values.length,
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
});

const sizeOf = (gaps: readonly { readonly missing: number }[]): number =>
  gaps.reduce((sum, { missing }) => sum + Math.abs(missing), 0);

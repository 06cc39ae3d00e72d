/** A soak's table, and whether all is well. Pure. */
import { lines } from "../bench/table.ts";
import { type Grown, HISTORIES_MINUTES } from "./inside.ts";
import type { Slope } from "./slope.ts";
import type { Soaked, Times } from "./soak.ts";

const MIB = 2 ** 20;
const MB = 1e6;
const PACKET_BYTES = 188;
/** A slope is real when it is further from flat than so many of its errors… */
const ERRORS_SURE = 3;
/** …and matters when it would fill a small machine within weeks rather than years, bytes per hour. */
export const SLOPE_MAX = 10 * MB;
/** Samples of fewer minutes tell more of what the heap does between two sweeps than of what it keeps. */
const SLOPE_MINUTES_MIN = 8;
const JUDGED_AFTER_MINUTES = { resident: SLOPE_MINUTES_MIN, heap: HISTORIES_MINUTES + SLOPE_MINUTES_MIN };

type Judged = Pick<
  Soaked,
  "violations" | "illegal" | "leaks" | "failures" | "lostPackets" | "minutes" | "resident" | "heap"
>;

/** What is not as it must be; one line each, none: all is well. */
export function wrongs(soaked: Judged): readonly string[] {
  const { violations, illegal, leaks, failures, lostPackets, minutes } = soaked;
  const steep = (["resident", "heap"] as const).flatMap((name) => {
    const slope = soaked[name];
    const isSteep =
      slope !== null &&
      minutes >= JUDGED_AFTER_MINUTES[name] &&
      slope.perHour - ERRORS_SURE * slope.error > 0 &&
      Math.min(slope.perHour, slope.medianPerHour) > SLOPE_MAX;
    return isSteep ? [`${name} memory grows: ${slopeText(slope)} MB/h`] : [];
  });
  return [
    ...violations,
    ...illegal.map((told) => `the journal is not legal: ${told}`),
    ...leaks.map((leak) => `left behind: ${leak}`),
    ...failures,
    ...(lostPackets === 0
      ? []
      : [`${lostPackets} packets were lost though nothing had befallen their streams`]),
    ...steep,
  ];
}

/** The table, line by line. */
export function tableOf(soaked: Soaked): readonly string[] {
  const { options, crowd, before, after, faults, cores } = soaked;
  const leaksOf = (begins: RegExp): string => String(soaked.leaks.filter((leak) => begins.test(leak)).length);
  const { counts, visits, hls } = crowd;
  const sum = (record: Readonly<Record<string, number>>): number =>
    Object.values(record).reduce((a, b) => a + b, 0);
  const wereAre = (of: (one: Soaked["before"]) => number): string => `${of(before)} → ${of(after)}`;
  return lines([
    ["clients, streams, engines", `${options.clients}, ${options.streams}, ${soaked.engines}`],
    ["minutes, seed", `${soaked.minutes.toFixed(1)}, ${options.seed}`],
    ["clients that came (1 % leave and come each second)", String(counts.came)],
    ["left, broken off, refused", `${counts.left}, ${counts.broken}, ${refusedText(crowd.refused)}`],
    [
      "HLS segments, HEADs, reads, listeners, nonsense",
      `${hls.segments}, ${visits.heads}, ${visits.reads}, ${visits.listened}, ${visits.nonsense}`,
    ],
    ["faults of engines", [...faults].map(([kind, count]) => `${count} ${kind}`).join(", ") || "none"],
    ["streams started, fail-overs", `${soaked.starts}, ${soaked.failovers}`],
    ["cap violations, as the engines count", String(soaked.violations.length)],
    ["illegal lines of the journal", String(soaked.illegal.length)],
    ["leaked: slots, sessions", leaksOf(/^(slots|sessions):/)],
    ["leaked: timers", leaksOf(/^timers:/)],
    ["leaked: sockets, descriptors, threads", leaksOf(/^(descriptors|connections|threads):/)],
    [
      "leaked: all else that is held inside",
      leaksOf(/^(?!slots|sessions|timers|descriptors|connections|threads)/),
    ],
    [
      "sockets, descriptors, threads before → after",
      `${wereAre(({ outside }) => outside.descriptors.socket ?? 0)}, ${wereAre(({ outside }) => sum(outside.descriptors))}, ${wereAre(({ outside }) => outside.threads)}`,
    ],
    ["objects on the swept heap before → after", wereAre(({ inside }) => inside.memory.objects)],
    [
      "resident MiB before → after (PSS)",
      `${mib(before.outside.residentBytes)} → ${mib(after.outside.residentBytes)} (${mib(before.outside.proportionalBytes)} → ${mib(after.outside.proportionalBytes)})`,
    ],
    ["resident MB/h after the 2nd minute ± error (Theil–Sen)", slopeText(soaked.resident)],
    ["the same of PSS", slopeText(soaked.proportional)],
    [`the swept heap, MB/h after minute ${HISTORIES_MINUTES} ± error (Theil–Sen)`, slopeText(soaked.heap)],
    ["objects that came on it meanwhile, by kind", grownText(soaked.grown)],
    ["first byte, joining what plays: p50, p99 (count)", timesText(soaked.joinsMs)],
    ["first byte, cold or in the queue: p50, p99 (count)", timesText(soaked.coldsMs)],
    [
      "cores used: proxy, crowd, engines; whole machine",
      `${cores.proxy.toFixed(2)}, ${cores.crowd.toFixed(2)}, ${cores.engines.toFixed(2)}; ${cores.all.toFixed(2)}`,
    ],
    ["packets to clients", String(counts.packets)],
    ["bytes lost without a fault of their engine", String(soaked.lostPackets * PACKET_BYTES)],
    [
      "bytes lost or repeated at fail-overs (gaps in all)",
      `${soaked.lostWithFaults * PACKET_BYTES} (${soaked.gaps})`,
    ],
  ]);
}

const mib = (bytes: number): string => (bytes / MIB).toFixed(1);

function slopeText(slope: Slope | null): string {
  if (slope === null) return "too short to tell";
  const number = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value / MB).toFixed(1)}`;
  return `${number(slope.perHour)} ± ${(slope.error / MB).toFixed(1)} (${number(slope.medianPerHour)})`;
}

const grownText = (grown: Grown): string =>
  grown
    .slice(0, 5)
    .map(([kind, more]) => `${more} ${kind}`)
    .join(", ") || "none";

const timesText = ({ p50, p99, count }: Times): string =>
  p50 === null || p99 === null ? "–" : `${p50.toFixed(0)} ms, ${p99.toFixed(0)} ms (${count})`;

const refusedText = (refused: Soaked["crowd"]["refused"]): string =>
  refused.map(([status, count]) => `${count} × ${status}`).join(" ") || "0";

/** What the data plane is to reach, side by side in one run. */
import type { Metric, Sample } from "./metrics.ts";
import { type Spread, spread } from "./statistics.ts";
import { ratioTo, valuesOf } from "./table.ts";

interface Goal {
  readonly told: string;
  readonly scenario: string;
  readonly unit: string;
  readonly least?: number;
  readonly most?: number;
  figure(samples: readonly Sample[]): Spread | null;
}

const own =
  (metric: Metric) =>
  (samples: readonly Sample[]): Spread | null =>
    spread([...valuesOf(samples, "aceslot", metric).values()]);

const beside =
  (other: string, metric: Metric) =>
  (samples: readonly Sample[]): Spread | null =>
    ratioTo(samples, "aceslot", other, metric);

/** What aceslot adds to what there is without it. */
const added =
  (metric: Metric) =>
  (samples: readonly Sample[]): Spread | null => {
    const straight = valuesOf(samples, "straight", metric);
    const ours = valuesOf(samples, "aceslot", metric);
    return spread(
      [...ours].flatMap(([at, value]) => (straight.has(at) ? [value - (straight.get(at) ?? 0)] : [])),
    );
  };

const GOALS: readonly Goal[] = [
  {
    told: "MB/s, to the relay's",
    scenario: "fanout-100",
    unit: "",
    least: 0.9,
    figure: beside("relay", "MBps"),
  },
  {
    told: "CPU per GB, to the relay's",
    scenario: "fanout-100",
    unit: "",
    most: 1.25,
    figure: beside("relay", "cpuSecondsPerGB"),
  },
  {
    told: "MB/s, to acexy's with the fix",
    scenario: "fanout-100",
    unit: "",
    least: 2.5,
    figure: beside("acexy-fixed", "MBps"),
  },
  {
    told: "the same, the engine sending chunks",
    scenario: "fanout-100-chunked",
    unit: "",
    least: 2.5,
    figure: beside("acexy-fixed", "MBps"),
  },
  {
    told: "CPU, to the relay's",
    scenario: "paced-200",
    unit: "",
    most: 1.15,
    figure: beside("relay", "cpuPercent"),
  },
  {
    told: "CPU, to acexy's with the fix",
    scenario: "paced-200",
    unit: "",
    most: 0.5,
    figure: beside("acexy-fixed", "cpuPercent"),
  },
  { told: "median delay", scenario: "paced-200", unit: " ms", most: 5, figure: own("delayP50") },
  {
    told: "99th percentile of the delay",
    scenario: "paced-200",
    unit: " ms",
    most: 15,
    figure: own("delayP99"),
  },
  {
    told: "99.9th percentile of the delay, pauses in it",
    scenario: "paced-200",
    unit: " ms",
    most: 20,
    figure: own("delayP999"),
  },
  { told: "resident memory", scenario: "paced-200", unit: " MiB", most: 60, figure: own("rssMiB") },
  { told: "added to the first byte", scenario: "cold", unit: " ms", most: 10, figure: added("firstByteP50") },
  { told: "change by a frozen client", scenario: "slow", unit: " %", least: -2, figure: own("othersChange") },
  {
    told: "change by a frozen client",
    scenario: "slow-paced",
    unit: " %",
    least: -2,
    figure: own("othersChange"),
  },
];

/** One line for each goal whose scenario was run. */
export function goalLines(samples: readonly Sample[]): readonly (readonly string[])[] {
  return GOALS.flatMap((goal) => {
    const figure = goal.figure(samples.filter(({ scenario }) => scenario === goal.scenario));
    if (figure === null) return [];
    const isMet = figure.median >= (goal.least ?? -Infinity) && figure.median <= (goal.most ?? Infinity);
    const wanted = goal.least === undefined ? `≤ ${goal.most}` : `≥ ${goal.least}`;
    const range = `${figure.median.toFixed(2)} (${figure.min.toFixed(2)}…${figure.max.toFixed(2)})`;
    return [[`${goal.scenario}: ${goal.told}`, `${wanted}${goal.unit}`, range, isMet ? "met" : "missed"]];
  });
}

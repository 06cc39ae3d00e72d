/** What is done to the subjects, and what is looked at. */
import { SUBJECTS, type SubjectName } from "./subjects.ts";
import type { Column } from "./table.ts";

export interface Scenario {
  readonly name: string;
  readonly told: string;
  readonly engines: number;
  readonly streams: number;
  readonly engineFlags: readonly string[];
  readonly aceslotFlags?: readonly string[];
  readonly loadFlags: readonly string[];
  /** Seconds: before the measured time, and the measured time; the second pair for `--quick`, null: not in it. */
  readonly times: readonly [warmUp: number, measured: number];
  readonly quickTimes: readonly [warmUp: number, measured: number] | null;
  readonly subjects: readonly SubjectName[];
  readonly columns: readonly Column[];
  /** Instead of `times`, for subjects that need longer to show anything; they are not in `--quick`. */
  readonly longTimes?: Readonly<Partial<Record<SubjectName, readonly [warmUp: number, measured: number]>>>;
  /** Whether every byte must arrive: nobody is slow, and the engines are paced. */
  readonly isLossless: boolean;
}

const ALL: readonly SubjectName[] = SUBJECTS;
const SHARING: readonly SubjectName[] = ["relay", "aceslot", "acexy-fixed", "acexy-head"];
const without = (subjects: readonly SubjectName[], ...left: readonly SubjectName[]): readonly SubjectName[] =>
  subjects.filter((subject) => !left.includes(subject));

const TOOLS: readonly Column[] = [{ metric: "engineCpuPercent" }, { metric: "loadCpuPercent" }];
const FIRST_BYTE: readonly Column[] = [
  { metric: "firstByteP50", hasRatio: true },
  { metric: "firstByteP99" },
];

function fanout(clients: number, subjects: readonly SubjectName[]): Scenario {
  return {
    name: `fanout-${clients}`,
    told: `${clients} client${clients === 1 ? " reads" : "s read"} one stream as fast as they can`,
    engines: 1,
    streams: 1,
    engineFlags: [],
    loadFlags: ["--clients", `${clients}`],
    times: [0.7, 1.8],
    quickTimes: clients === 100 ? [0.6, 1] : null,
    subjects,
    columns: [
      { metric: "MBps", hasRatio: true },
      { metric: "cpuSecondsPerGB", hasRatio: true },
      { metric: "cpuPercent" },
      { metric: "rssMiB" },
      { metric: "unevenPercent" },
      ...TOOLS,
    ],
    isLossless: false,
  };
}

/** Engines send either way; what reads a chunk at a time gets smaller pieces. */
const chunked = (scenario: Scenario): Scenario => ({
  ...scenario,
  name: `${scenario.name}-chunked`,
  told: `${scenario.told}, and the engine sends it in chunks`,
  engineFlags: [...scenario.engineFlags, "--chunked", "1"],
  quickTimes: null,
});

function paced(name: string, clients: number, streams: number, subjects: readonly SubjectName[]): Scenario {
  return {
    name,
    told: `${clients} clients on ${streams === 1 ? "one stream" : `${streams} streams`} of 8 Mbit/s, each byte looked at`,
    engines: streams,
    streams,
    engineFlags: ["--mbps", "8"],
    loadFlags: ["--clients", `${clients}`, "--streams", `${streams}`, "--look", "1", "--join-ms", "500"],
    // What a runtime compiles while it runs is compiled by then: such streams run for hours.
    times: [5, 3.5],
    quickTimes: streams === 1 ? [0.6, 1.5] : null,
    // It hands out 4.2 MiB at a time, which is 4.4 s of the stream.
    longTimes: { "acexy-head": [4.6, 4.4] },
    subjects,
    columns: [
      { metric: "cpuPercent", hasRatio: true },
      { metric: "delayP50" },
      { metric: "delayP99" },
      { metric: "delayP999" },
      { metric: "delayMax" },
      { metric: "rssMiB" },
      { metric: "lostBlocks" },
      ...TOOLS,
    ],
    isLossless: true,
  };
}

/** `settle`: seconds from when the frozen client comes. */
const frozen = (settle: number): readonly string[] => [
  "--clients",
  "100",
  "--frozen",
  "1",
  "--before",
  "1.5",
  "--settle",
  `${settle}`,
];

export const SCENARIOS: readonly Scenario[] = [
  fanout(1, without(ALL, "acexy-head", "haproxy", "nginx")),
  fanout(10, without(ALL, "haproxy", "nginx")),
  fanout(100, ALL),
  chunked(fanout(100, without(SHARING, "acexy-head"))),
  fanout(500, without(ALL, "acexy-head", "haproxy", "nginx")),
  paced("paced-200", 200, 1, ALL),
  paced("paced-50x4", 200, 50, without(ALL, "acexy-head", "haproxy", "nginx")),
  {
    name: "cold",
    told: "60 first clients, each of a stream that nobody plays yet; straight: the engine's own first byte",
    engines: 8,
    streams: 64,
    engineFlags: ["--mbps", "8"],
    aceslotFlags: ["--linger", "0s"],
    loadFlags: ["--clients", "0", "--joiners", "60", "--joiner-byte", "1", "--joiner-streams", "64"],
    times: [0.1, 2],
    quickTimes: [0.1, 1],
    // A buffer of 4.2 MiB is some seconds of such a stream: more than the load waits for.
    subjects: without(ALL, "acexy-head"),
    columns: [...FIRST_BYTE, { metric: "successPercent" }, { metric: "cpuPercent" }],
    isLossless: true,
  },
  {
    name: "join",
    told: "30 clients join a stream of 8 Mbit/s that 10 others watch, keyframes 0.48 s apart",
    engines: 1,
    streams: 1,
    engineFlags: ["--mbps", "8"],
    loadFlags: ["--clients", "10", "--joiners", "30"],
    times: [1, 3],
    quickTimes: [0.7, 1.5],
    subjects: without(SHARING, "acexy-head"),
    columns: [
      ...FIRST_BYTE,
      { metric: "keyframeP50", hasRatio: true },
      { metric: "keyframeP99" },
      { metric: "successPercent" },
    ],
    isLossless: true,
  },
  {
    name: "slow",
    told: "99 clients read as fast as they can; then one more comes that reads nothing",
    engines: 1,
    streams: 1,
    // The clock of the stream runs fast enough for a client that takes nothing to be late within the settling time.
    engineFlags: ["--media-mbps", "40"],
    loadFlags: frozen(4),
    times: [0.7, 2],
    quickTimes: null,
    subjects: without(SHARING, "acexy-head"),
    columns: [{ metric: "MBps", hasRatio: true }, { metric: "othersChange" }, { metric: "rssMiB" }],
    isLossless: false,
  },
  {
    name: "slow-paced",
    told: "99 clients watch a stream of 8 Mbit/s; then one more comes that reads nothing",
    engines: 1,
    streams: 1,
    engineFlags: ["--mbps", "8"],
    loadFlags: [...frozen(2.5), "--look", "1"],
    times: [0.7, 3],
    quickTimes: null,
    subjects: without(SHARING, "acexy-head"),
    columns: [
      { metric: "othersChange" },
      { metric: "delayP50" },
      { metric: "delayP99" },
      { metric: "delayMax" },
      { metric: "lostBlocks" },
      { metric: "cpuPercent", hasRatio: true },
    ],
    isLossless: true,
  },
  {
    name: "zap",
    told: "20 times a second a client opens one of 16 streams on 8 engines, takes 200 ms of it and leaves",
    engines: 8,
    streams: 16,
    engineFlags: ["--mbps", "8"],
    loadFlags: ["--clients", "0", "--zap", "20", "--zap-streams", "16", "--stay-ms", "200"],
    times: [0.1, 3],
    quickTimes: [0.1, 1.5],
    subjects: without(ALL, "straight", "acexy-head"),
    columns: [...FIRST_BYTE, { metric: "successPercent" }, { metric: "cpuPercent", hasRatio: true }],
    isLossless: false,
  },
];

/** What is measured of one run, and how it is written. */

export const METRICS = {
  MBps: { heading: "MB/s", digits: 0 },
  cpuSecondsPerGB: { heading: "CPU s/GB", digits: 3 },
  cpuPercent: { heading: "CPU %", digits: 1 },
  rssMiB: { heading: "RSS MiB", digits: 1 },
  delayP50: { heading: "delay p50 ms", digits: 2 },
  delayP99: { heading: "p99", digits: 2 },
  delayP999: { heading: "p99.9", digits: 1 },
  delayMax: { heading: "max", digits: 1 },
  firstByteP50: { heading: "first byte p50 ms", digits: 2 },
  firstByteP99: { heading: "p99", digits: 2 },
  keyframeP50: { heading: "keyframe p50 ms", digits: 1 },
  keyframeP99: { heading: "p99", digits: 1 },
  /** Throughput of the others with a frozen client beside them, less that without, in per cent of it. */
  othersChange: { heading: "others %", digits: 2 },
  successPercent: { heading: "served %", digits: 1 },
  lostBlocks: { heading: "lost", digits: 0 },
  /** Between the least and the best served client, in per cent of the middle one. */
  unevenPercent: { heading: "uneven %", digits: 1 },
  engineCpuPercent: { heading: "engine %", digits: 0 },
  loadCpuPercent: { heading: "load %", digits: 0 },
  thousandsPerSecond: { heading: "k/s", digits: 1 },
  bytesPerSlot: { heading: "bytes a slot", digits: 0 },
  bytesPerWaiter: { heading: "bytes a waiter", digits: 0 },
} as const;

export type Metric = keyof typeof METRICS;

/** One run of one subject. Metrics that make no sense for it are missing. */
export interface Sample {
  readonly scenario: string;
  readonly subject: string;
  readonly repetition: number;
  readonly metrics: Readonly<Partial<Record<Metric, number>>>;
  /** Clients that were refused, cut off or served wrongly, in words. */
  readonly troubles: readonly string[];
  /** CPU that programs of others used meanwhile, in per cent of one core. */
  readonly foreignCpuPercent: number;
}

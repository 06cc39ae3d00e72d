/** One run: engines, a subject and the load, each a process of its own, and what came of it. */
import { type LoadReport, runLoad } from "./load.ts";
import type { Metric, Sample } from "./metrics.ts";
import { freePorts, listens, startProgram } from "./process.ts";
import type { Programs } from "./programs.ts";
import type { Scenario } from "./scenarios.ts";
import type { Site, Subject } from "./subjects.ts";
import { type Usage, watchUsage } from "./usage.ts";

export interface Run {
  readonly programs: Programs;
  readonly scenario: Scenario;
  readonly subject: string;
  /** Starts the subject between the engines and the load; null: it is not on this machine. */
  readonly start: (site: Site) => Promise<Subject | null>;
  readonly repetition: number;
  readonly times: readonly [warmUp: number, measured: number];
}

/** Null: the subject's program is not on this machine. */
export async function run(order: Run): Promise<Sample | null> {
  const { programs, scenario, times } = order;
  const base = await freePorts(scenario.engines);
  const engines = Array.from({ length: scenario.engines }, (_, at) => base + at);
  const engine = await startProgram(
    [programs.engine, "--base", `${base}`, "--ports", `${scenario.engines}`, ...scenario.engineFlags],
    () => listens(base),
  );
  try {
    const { streams, aceslotFlags = [] } = scenario;
    const subject = await order.start({ programs, engines, streams, aceslotFlags });
    if (subject === null) return null;
    try {
      const [warmUp, measured] = times;
      const timeFlags = ["--warm-up", `${warmUp}`, "--seconds", `${measured}`];
      const { report, usage } = await runLoad(
        [programs.load, ...subject.loadFlags, ...timeFlags, ...scenario.loadFlags],
        () => watchUsage(subject.pids, engine.pid),
      );
      return sample(order, report, usage, subject.pids.length > 0);
    } finally {
      await subject.stop();
    }
  } finally {
    await engine.stop();
  }
}

function sample(
  { scenario, subject, repetition }: Run,
  report: LoadReport,
  usage: Usage,
  hasSubject: boolean,
): Sample {
  const { cpuSeconds: cpu, engineCpuSeconds: engineCpu } = usage;
  const percent = (seconds: number): number => (100 * seconds) / usage.seconds;
  const asked = report.zaps + report.joins;
  const first = report.zapFirstByteMs.count > 0 ? report.zapFirstByteMs : report.firstByteMs;
  const own = cpu + engineCpu + report.cpuSeconds;
  const metrics: Partial<Record<Metric, number>> = {
    MBps: report.MBps,
    engineCpuPercent: percent(engineCpu),
    loadCpuPercent: percent(report.cpuSeconds),
    lostBlocks: report.lostBlocks,
    ...(hasSubject && {
      cpuPercent: percent(cpu),
      rssMiB: usage.residentBytes / 2 ** 20,
      ...(report.bytes > 0 && { cpuSecondsPerGB: cpu / (report.bytes / 1e9) }),
    }),
    ...(report.clientMBps.median > 0 && {
      unevenPercent: (100 * (report.clientMBps.max - report.clientMBps.min)) / report.clientMBps.median,
    }),
    ...(report.delayMs.count > 0 && {
      delayP50: report.delayMs.p50,
      delayP99: report.delayMs.p99,
      delayP999: report.delayMs.p999,
      delayMax: report.delayMs.max,
    }),
    ...(first.count > 0 && { firstByteP50: first.p50, firstByteP99: first.p99 }),
    ...(report.firstKeyframeMs.count > 0 && {
      keyframeP50: report.firstKeyframeMs.p50,
      keyframeP99: report.firstKeyframeMs.p99,
    }),
    ...(report.beforeMBps > 0 && { othersChange: 100 * (report.MBps / report.beforeMBps - 1) }),
    ...(asked > 0 && { successPercent: 100 * (1 - (report.zapsFailed + report.joinsFailed) / asked) }),
  };
  return {
    scenario: scenario.name,
    subject,
    repetition,
    metrics,
    troubles: troubles(report, scenario.isLossless),
    foreignCpuPercent: Math.max(0, percent(usage.machineCpuSeconds - own)),
  };
}

/** What must not happen to a client. */
function troubles(report: LoadReport, isLossless: boolean): string[] {
  const counts: readonly (readonly [number, string])[] = [
    [report.failed, "clients were dropped"],
    [report.frozenFailed, "frozen clients were dropped before their time-out"],
    [report.withoutByte, "clients got no byte"],
    [report.joinsFailed, "joiners were not served"],
    [report.zapsFailed, "zappers were not served"],
    [report.badPackets, "packets were broken"],
    [isLossless ? report.lostBlocks : 0, "blocks were lost"],
  ];
  return counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}

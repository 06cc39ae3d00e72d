/** Limiters side by side: what is asked of them on each runtime, and the runs. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import type { Metric, Sample } from "../metrics.ts";
import type { Column } from "../table.ts";
import { machineCpuSeconds } from "../usage.ts";
import type { Order, Places } from "./inside/orders.ts";
import { commandOf, type Runtime } from "./runtimes.ts";

export const LIMITER_NAMES = [
  "nothing",
  "aceslot",
  "aceslot-key",
  "p-queue",
  "async-sema",
  "generic-pool",
  "std-async",
] as const;
export type LimiterName = (typeof LIMITER_NAMES)[number];

export interface Trial {
  readonly name: string;
  readonly told: string;
  readonly places: Places;
  /** Tasks that take places over and over; null: memory is measured. */
  readonly tasks: number | null;
  readonly columns: readonly Column[];
}

const RATE: readonly Column[] = [{ metric: "thousandsPerSecond", hasRatio: true }];
const WAITERS = 1_000;

export const TRIALS: readonly Trial[] = [
  {
    name: "alone",
    told: "one task takes and gives back a place, one resource with 4 of them: nobody waits",
    places: { resources: 1, cap: 4 },
    tasks: 1,
    columns: RATE,
  },
  {
    name: "queue",
    told: "64 tasks on one resource with 4 places",
    places: { resources: 1, cap: 4 },
    tasks: 64,
    columns: RATE,
  },
  {
    name: "pool",
    told: "64 tasks on 10 resources with 2 places each; to all but aceslot these are 20 places of one thing",
    places: { resources: 10, cap: 2 },
    tasks: 64,
    columns: RATE,
  },
  {
    name: "memory",
    told: "1,000 places on 100 resources, all taken, and 1,000 tasks that wait; the tasks' own promises included",
    places: { resources: 100, cap: 10 },
    tasks: null,
    columns: [
      { metric: "bytesPerSlot", hasRatio: true },
      { metric: "bytesPerWaiter", hasRatio: true },
    ],
  },
];

const TIMES_MS = { warmUpMs: 400, measuredMs: 600 };
const QUICK_TIMES_MS = { warmUpMs: 200, measuredMs: 150 };
/** A run that hangs is ended after this. */
const DEADLINE_MS = 60_000;

const Told = z.object({
  perSecond: z.number().optional(),
  bytesPerSlot: z.number().optional(),
  bytesPerWaiter: z.number().optional(),
  cpuSeconds: z.number(),
});

export interface LimitRun {
  readonly trial: Trial;
  readonly runtime: Runtime;
  readonly limiter: LimiterName;
  readonly repetition: number;
  readonly isQuick: boolean;
  readonly bundle: string;
  readonly stdAsync: string | null;
}

/** One limiter in a process of its own. */
export async function runLimit(run: LimitRun): Promise<Sample> {
  const { trial, runtime, limiter, repetition, stdAsync } = run;
  const common = { limiter, places: trial.places, stdAsync };
  const times = run.isQuick ? QUICK_TIMES_MS : TIMES_MS;
  const order: Order =
    trial.tasks === null
      ? { ...common, kind: "memory", waiters: WAITERS }
      : { ...common, kind: "rate", tasks: trial.tasks, ...times };
  const atMs = performance.now();
  const machineBefore = machineCpuSeconds();
  const [file = "", ...args] = commandOf(runtime, run.bundle, JSON.stringify(order));
  const { stdout } = await promisify(execFile)(file, args, { timeout: DEADLINE_MS, killSignal: "SIGKILL" });
  const seconds = (performance.now() - atMs) / 1000;
  const { cpuSeconds, ...told } = Told.parse(JSON.parse(stdout));
  const metrics: Partial<Record<Metric, number>> = {};
  if (told.perSecond !== undefined) metrics.thousandsPerSecond = told.perSecond / 1000;
  for (const metric of ["bytesPerSlot", "bytesPerWaiter"] as const) {
    const value = told[metric];
    if (value !== undefined) metrics[metric] = value;
  }
  const foreign = machineCpuSeconds() - machineBefore - cpuSeconds;
  return {
    scenario: `${trial.name} ${runtime}`,
    subject: limiter,
    repetition,
    metrics,
    troubles: [],
    foreignCpuPercent: Math.max(0, (100 * foreign) / seconds),
  };
}

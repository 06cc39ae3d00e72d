/** What processes use, read from /proc: CPU time of all their threads and children, and resident memory. */
import { readdirSync, readFileSync } from "node:fs";
import { median } from "./statistics.ts";

const NS_PER_SECOND = 1e9;
const TICKS_PER_SECOND = 100;

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // A process may end at any time.
    return null;
  }
}

function names(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** A process and all that descend from it. */
export function family(pid: number): readonly number[] {
  const children = names(`/proc/${pid}/task`).flatMap((task) =>
    (read(`/proc/${pid}/task/${task}/children`) ?? "").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap((child) => family(child))];
}

/** CPU seconds of a process and its family so far. Threads that have ended in the meantime are not in it. */
export function cpuSeconds(pid: number): number {
  let ns = 0;
  for (const member of family(pid)) {
    for (const task of names(`/proc/${member}/task`)) {
      // Unlike /proc/PID/stat this counts in nanoseconds.
      ns += Number(read(`/proc/${member}/task/${task}/schedstat`)?.split(" ")[0] ?? 0);
    }
  }
  return ns / NS_PER_SECOND;
}

/** Resident bytes of a process and its family; what they share is counted for each of them. */
export function residentBytes(pid: number): number {
  let kilobytes = 0;
  for (const member of family(pid)) {
    kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${member}/status`) ?? "")?.[1] ?? 0);
  }
  return kilobytes * 1024;
}

/** CPU seconds that the whole machine has spent in programs since it was started. */
export function machineCpuSeconds(): number {
  const [, user = 0, nice = 0, system = 0] =
    (read("/proc/stat") ?? "").split("\n", 1)[0]?.split(/\s+/).map(Number) ?? [];
  return (user + nice + system) / TICKS_PER_SECOND;
}

export interface Usage {
  readonly seconds: number;
  /** Of the subject's processes and of the engines'. */
  readonly cpuSeconds: number;
  readonly engineCpuSeconds: number;
  /** The most that the subject had at any look. */
  readonly residentBytes: number;
  readonly machineCpuSeconds: number;
}

const LOOK_MS = 100;

const sum = (pids: readonly number[], of: (pid: number) => number): number =>
  pids.reduce((total, pid) => total + of(pid), 0);

/** Watches a subject's processes and the engines' one from now on, until the answer is called. */
export function watchUsage(pids: readonly number[], engine: number): () => Usage {
  const atMs = performance.now();
  const before = sum(pids, cpuSeconds);
  const engineBefore = cpuSeconds(engine);
  const machineBefore = machineCpuSeconds();
  let most = 0;
  const look = (): void => {
    most = Math.max(most, sum(pids, residentBytes));
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    const used = sum(pids, cpuSeconds) - before;
    const engineUsed = cpuSeconds(engine) - engineBefore;
    const machineUsed = machineCpuSeconds() - machineBefore;
    const seconds = (performance.now() - atMs) / 1000;
    look();
    return {
      seconds,
      cpuSeconds: used,
      engineCpuSeconds: engineUsed,
      residentBytes: most,
      machineCpuSeconds: machineUsed,
    };
  };
}

/** The middle and the most of what others used, for the report. */
export const foreign = (percents: readonly number[]): { readonly median: number; readonly max: number } => ({
  median: median(percents) ?? 0,
  max: Math.max(0, ...percents),
});

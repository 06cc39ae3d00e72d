/** The machine that the proxy would run on: facts only, each null where the system does not tell. */
import { readFileSync } from "node:fs";
import { networkInterfaces, totalmem } from "node:os";

export interface Machine {
  /** As `process.arch`. */
  readonly arch: string;
  /** As /proc/cpuinfo names them. */
  readonly cpuFlags: ReadonlySet<string> | null;
  /** `ulimit -n` of this process. */
  readonly openFilesMax: number | null;
  /** What a container, or a unit, may use at most; null: all there is. */
  readonly memoryMaxBytes: number | null;
  readonly memoryBytes: number;
  readonly tasksMax: number | null;
  /** Its addresses, loopback left out. */
  readonly addresses: readonly string[];
}

export function readMachine(): Machine {
  return {
    arch: process.arch,
    cpuFlags: flagsOf(textOf("/proc/cpuinfo")),
    openFilesMax: openFilesOf(textOf("/proc/self/limits")),
    memoryMaxBytes: boundOf("memory.max", "memory/memory.limit_in_bytes"),
    memoryBytes: totalmem(),
    tasksMax: boundOf("pids.max", "pids/pids.max"),
    addresses: Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ internal }) => !internal)
      .map(({ address }) => address),
  };
}

/** Null where the file has no such line, as on arm64. */
export function flagsOf(cpuinfo: string): ReadonlySet<string> | null {
  const [, flags] = /^flags\s*:\s*(.+)$/m.exec(cpuinfo) ?? [];
  return flags === undefined ? null : new Set(flags.split(/\s+/));
}

/** The soft limit, which is the one that counts. */
export function openFilesOf(limits: string): number | null {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? null : Number(soft);
}

/** The strictest bound of a control group and those above it, as version 2 of them names it, or version 1. */
function boundOf(name: string, older: string): number | null {
  const [, own = "/"] = /^0::(.*)$/m.exec(textOf("/proc/self/cgroup")) ?? [];
  const parts = own.split("/").filter((part) => part !== "");
  const places = parts.map((_, index) => `/sys/fs/cgroup/${parts.slice(0, index + 1).join("/")}/${name}`);
  const bounds = [`/sys/fs/cgroup/${name}`, ...places, `/sys/fs/cgroup/${older}`]
    .map((place) => Number.parseInt(textOf(place), 10))
    // Version 1 writes "none" as a number near 2^63.
    .filter((bound) => Number.isSafeInteger(bound));
  return bounds.length === 0 ? null : Math.min(...bounds);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

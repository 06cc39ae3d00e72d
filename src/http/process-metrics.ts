/** What the operating system knows of the process, and how late its event loop is. */
import { readFileSync } from "node:fs";
import { isAllowed } from "../permissions.ts";
import { VERSION } from "../version.ts";
import { mostDescriptors, openDescriptors } from "./descriptors.ts";
import { LoopDelay } from "./loop-delay.ts";
import type { Meter } from "./meter.ts";

/** Gives a function that is to be called before each scrape. `ending`: aborted when the proxy ends. */
export function measureProcess(meter: Meter, ending: AbortSignal | undefined): () => void {
  const startedAt = Date.now() / 1000 - process.uptime();
  const loop = new LoopDelay();
  meter.gauge(
    "aceslot_build_info",
    "Always 1; its label is the version.",
    () => [[{ version: VERSION }, 1]],
    "version",
  );
  meter.gauge("process_start_time_seconds", "When the process began, seconds since 1970.", () => startedAt);
  meter.counter("process_cpu_seconds_total", "CPU time of the process, user and system.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  meter.gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.", () =>
    process.memoryUsage.rss(),
  );
  meter.gauge("process_open_fds", "Open files and sockets; on Linux only.", openDescriptors);
  meter.gauge(
    "process_max_fds",
    "The most files and sockets that may be open; on Linux only.",
    mostDescriptors,
  );
  meter.gauge(
    "aceslot_memory_limit_bytes",
    "The most memory that the container or unit may use; missing where there is no limit.",
    memoryLimit,
  );
  meter.histogram(
    "aceslot_event_loop_delay_seconds",
    "How late a timer is that should come every 100 ms; it runs from the first scrape on.",
    () => [[{}, loop.seen]],
  );
  ending?.addEventListener("abort", () => loop.close());
  return () => {
    if (!ending?.aborted) loop.watch();
  };
}

/** Where control groups of both versions keep it, seen from inside; version 1 says "none" by an absurd number. */
const MEMORY_LIMITS = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] as const;
const NO_LIMIT_BYTES = 2 ** 60;

function memoryLimit(): number | null {
  for (const path of MEMORY_LIMITS) {
    const [limit] = /^\d+/.exec(textOf(path)) ?? [];
    if (limit !== undefined && Number(limit) < NO_LIMIT_BYTES) return Number(limit);
  }
  return null;
}

/** Empty where there is no such file, or it may not be read. */
function textOf(path: string): string {
  if (!isAllowed({ name: "read", path })) return "";
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

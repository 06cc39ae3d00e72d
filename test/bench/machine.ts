/** The machine, for the head of the report. */
import { arch, cpus, loadavg, release, totalmem, type } from "node:os";

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** Average number of programs that wanted to run in the last minute. */
  readonly loadBefore: number;
  readonly atIso: string;
}

export const describeMachine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model ?? "unknown",
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: `${type()} ${release()} ${arch()}`,
  loadBefore: loadavg()[0] ?? 0,
  atIso: new Date().toISOString(),
});

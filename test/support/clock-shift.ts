/** A wall clock of its own for a process that a test starts: shifted from the beginning, and shifted again at will. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const SOURCE = join(import.meta.dir, "clock-shift.c");

export interface ShiftedClock {
  /** For the process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** So many ms later than the machine's; negative: earlier. Also in processes that run. */
  shift(ms: number): Promise<void>;
}

/** Two clocks in one folder need different names. Needs a C compiler; a machine without one fails the test. */
export async function shiftedClock(folder: string, name = "clock", ms = 0): Promise<ShiftedClock> {
  const library = join(folder, `${name}.so`);
  const file = join(folder, `${name}.shift`);
  await promisify(execFile)("gcc", ["-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"]);
  const shift = async (by: number): Promise<void> => {
    // In one write of the size that is mapped, never truncated: a process looks at it all the time.
    await writeFile(file, new BigInt64Array([BigInt(by) * 1_000_000n]), { flag: "r+" });
  };
  await writeFile(file, new BigInt64Array([0n]));
  await shift(ms);
  return { env: { LD_PRELOAD: library, CLOCK_SHIFT_FILE: file }, shift };
}

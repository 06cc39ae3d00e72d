/** What the system counts for a running process: memory in its kinds, open descriptors. Linux only. */
import { readdir, readFile } from "node:fs/promises";

export interface Resident {
  /** All that is in memory, bytes. */
  readonly all: number;
  /** Its own: heap, stacks. */
  readonly own: number;
  /** Pages of the program's file. */
  readonly file: number;
}

export async function residentOf(pid: number): Promise<Resident> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) * 1024;
  return { all: bytes("VmRSS"), own: bytes("RssAnon"), file: bytes("RssFile") };
}

export const descriptorsOf = async (pid: number): Promise<number> =>
  (await readdir(`/proc/${pid}/fd`)).length;

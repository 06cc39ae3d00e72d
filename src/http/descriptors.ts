/**
 * Open files and sockets of this process, and how many it may have. On Linux only: elsewhere nobody tells at a price
 * that is worth it, and null says so.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { isAllowed } from "../permissions.ts";

const FOLDER = "/proc/self/fd";
const LIMITS = "/proc/self/limits";

/** The limit itself where there is none left to look with. */
export function openDescriptors(): number | null {
  if (!isAllowed({ name: "read", path: FOLDER })) return null;
  try {
    // The folder's size is their number since Linux 6.2: some microseconds. Before, it is 0.
    return statSync(FOLDER).size || readdirSync(FOLDER).length;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EMFILE" ? Number.POSITIVE_INFINITY : null;
  }
}

/** The soft limit, which is the one that counts. */
export function mostDescriptors(): number | null {
  if (!isAllowed({ name: "read", path: LIMITS })) return null;
  try {
    return mostDescriptorsIn(readFileSync(LIMITS, "utf8"));
  } catch {
    return null;
  }
}

/** `limits`: as /proc/<pid>/limits; null where it does not tell, or tells of none. */
export function mostDescriptorsIn(limits: string): number | null {
  const [, soft] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? null : Number(soft);
}

/** The id by which a tuner is known on a network: 8 hex digits, the last of which checks the others. Pure. */
import { createHash } from "node:crypto";

/** SiliconDust's own permutation of hex digits (libhdhomerun, `hdhomerun_discover_validate_device_id`). */
const TABLE = [10, 5, 15, 6, 7, 12, 1, 11, 9, 2, 8, 13, 4, 3, 14, 0];

/** Every second digit counts as it is, the others by the table; together they make nothing. */
function checksumOf(digits: string): number {
  return [...digits].reduce((sum, digit, index) => {
    const value = Number.parseInt(digit, 16);
    return sum ^ (index % 2 === 0 ? (TABLE[value] ?? 0) : value);
  }, 0);
}

export const isDeviceId = (id: string): boolean => /^[0-9A-F]{8}$/.test(id) && checksumOf(id) === 0;

/** The same for the same name, always. It begins with 1, as those of real tuners do. */
export function deviceIdOf(name: string): string {
  const digits = `1${createHash("sha256").update(`aceslot ${name}`).digest("hex").slice(0, 6).toUpperCase()}`;
  return `${digits}${checksumOf(digits).toString(16).toUpperCase()}`;
}

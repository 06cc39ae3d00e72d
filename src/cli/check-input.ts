// Files that `aceslot check` is given: read as a whole, but never without end.
import { quoted } from "../config/error.ts";
import { readBounded } from "./bounded-file.ts";
import { UsageError } from "./run.ts";

/** Far above every trace and every list of worlds. */
const BYTES_MAX = 16 * 1024 * 1024;

/** The text of a file, a pipe or a device. `fix` says what the file must be. */
export function readText(flag: string, path: string, fix: string): string {
  let bytes: Buffer | null;
  try {
    bytes = readBounded(path, BYTES_MAX);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${flag}: ${quoted(path)} cannot be read (${code}): ${fix}`);
  }
  if (bytes === null)
    throw new UsageError(`${flag}: ${quoted(path)} is larger than ${BYTES_MAX / 2 ** 20} MiB: ${fix}`);
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

// Files that `aceslot check` is given: read as a whole, but never without end.
import { closeSync, openSync, readSync } from "node:fs";
import { quoted } from "../config/error.ts";
import { UsageError } from "./run.ts";

/** Far above every trace and every list of worlds. */
const BYTES_MAX = 16 * 1024 * 1024;

/** The text of a file, a pipe or a device. `fix` says what the file must be. */
export function readText(flag: string, path: string, fix: string): string {
  const chunks: Buffer[] = [];
  let total = 0;
  try {
    const file = openSync(path, "r");
    try {
      const chunk = Buffer.alloc(64 * 1024);
      for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
        total += read;
        if (total > BYTES_MAX) break;
        chunks.push(Buffer.from(chunk.subarray(0, read)));
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${flag}: ${quoted(path)} cannot be read (${code}): ${fix}`);
  }
  if (total > BYTES_MAX)
    throw new UsageError(`${flag}: ${quoted(path)} is larger than ${BYTES_MAX / 2 ** 20} MiB: ${fix}`);
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
}

/** Files that somebody names on the command line: read whole, but never without end. */
import { closeSync, openSync, readSync } from "node:fs";

const CHUNK_BYTES = 64 * 1024;

/**
 * The bytes of a file, a pipe or a device; null if there are more than `bytesMax`. Throws as node:fs does. It goes by
 * what comes and not by a size, since devices have none.
 */
export function readBounded(path: string, bytesMax: number): Buffer | null {
  const chunks: Buffer[] = [];
  let total = 0;
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      total += read;
      if (total > bytesMax) return null;
      chunks.push(Buffer.from(chunk.subarray(0, read)));
    }
  } finally {
    closeSync(file);
  }
  return Buffer.concat(chunks);
}

import { statSync } from "node:fs";
import type { ReadFile } from "../config/file.ts";
import { type Flags, type Loaded, loadSettings } from "../config/load.ts";
import { readBounded } from "./bounded-file.ts";
import { complain } from "./run.ts";

/** The settings of this process: its flags, environment and files. */
export const readSettings = (flags: Flags): Loaded => load(flags, readSettingsFile);

/**
 * The same once more. What came through a pipe is gone: an empty one would say that there is no token, and one that
 * nobody writes to would be waited for while nothing else goes on.
 */
export const readSettingsAgain = (flags: Flags): Loaded =>
  load(flags, (path) => {
    const found = statSync(path);
    if (!found.isFIFO() && !found.isSocket()) return readSettingsFile(path);
    throw Object.assign(new Error("a pipe"), { code: "ESPIPE" });
  });

function load(flags: Flags, readFile: ReadFile): Loaded {
  return loadSettings({
    flags,
    env: process.env,
    readFile,
    fileMode: (path) => (process.platform === "win32" ? null : statSync(path).mode),
  });
}

export function readSettingsAloud(flags: Flags): Loaded {
  const loaded = readSettings(flags);
  for (const warning of loaded.warnings) complain(`warning: ${warning}`);
  return loaded;
}

/** Settings, secrets and certificates: the largest of them, a bundle of all authorities, has some 200 KiB. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

function readSettingsFile(path: string): string {
  const bytes = readBounded(path, FILE_BYTES_MAX);
  if (bytes !== null) return bytes.toString("utf8");
  throw Object.assign(new Error(`larger than ${FILE_BYTES_MAX} bytes`), { code: "EFBIG" });
}

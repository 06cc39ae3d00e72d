import { statSync } from "node:fs";
import { type Flags, type Loaded, loadSettings } from "../config/load.ts";
import { readBounded } from "./bounded-file.ts";
import { complain } from "./run.ts";

/** The settings of this process: its flags, environment and files. */
export function readSettings(flags: Flags): Loaded {
  return loadSettings({
    flags,
    env: process.env,
    readFile: readSettingsFile,
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

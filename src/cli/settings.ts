import { readFileSync, statSync } from "node:fs";
import { type Flags, type Loaded, loadSettings } from "../config/load.ts";
import { complain } from "./run.ts";

/** The settings of this process: its flags, environment and files. */
export function readSettings(flags: Flags): Loaded {
  return loadSettings({
    flags,
    env: process.env,
    readFile: (path) => readFileSync(path, "utf8"),
    fileMode: (path) => (process.platform === "win32" ? null : statSync(path).mode),
  });
}

export function readSettingsAloud(flags: Flags): Loaded {
  const loaded = readSettings(flags);
  for (const warning of loaded.warnings) complain(`warning: ${warning}`);
  return loaded;
}

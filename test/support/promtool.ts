/**
 * Prometheus' own checker. `.ci/run` unpacks it from Debian's package, which would start a server if it were installed;
 * one that is installed, or that `PROMTOOL` names, will do as well.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const UNPACKED = join(import.meta.dir, "../../node_modules/.cache/prometheus/usr/bin/promtool");

export const PROMTOOL = process.env.PROMTOOL ?? (existsSync(UNPACKED) ? UNPACKED : "promtool");

/** Runs `promtool ARGS`. `said` is all that it printed, whichever way. */
export function promtool(
  args: readonly string[],
  options: { readonly input?: string; readonly cwd?: string } = {},
): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr, error } = spawnSync(PROMTOOL, args, { encoding: "utf8", ...options });
  if (error)
    throw new Error(
      `${PROMTOOL} cannot be run (${error.message}); .ci/run unpacks it, or name one in PROMTOOL`,
    );
  return { code: status, said: `${stdout}${stderr}`.trim() };
}

/** The three runtimes, and the bench's own programs for them: one bundle each, the same for all. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const RUNTIMES = ["bun", "deno", "node"] as const;
export type Runtime = (typeof RUNTIMES)[number];
export const TITLES: Readonly<Record<Runtime, string>> = { bun: "Bun", deno: "Deno", node: "Node" };

const installed = (name: string): string =>
  fileURLToPath(new URL(`../../../node_modules/.bin/${name}`, import.meta.url));

const COMMANDS: Readonly<Record<Runtime, readonly string[]>> = {
  bun: [installed("bun")],
  // Where a bundle lies there is no settings file of anybody.
  deno: [installed("deno"), "run", "--quiet", "--no-config", "--allow-all", "--v8-flags=--expose-gc"],
  node: ["node", "--expose-gc"],
};

export const commandOf = (runtime: Runtime, file: string, ...args: readonly string[]): readonly string[] => [
  ...COMMANDS[runtime],
  file,
  ...args,
];

export const versionOf = (runtime: Runtime): string => {
  const [file = ""] = COMMANDS[runtime];
  const told = execFileSync(file, ["--version"], { encoding: "utf8" });
  return `${TITLES[runtime]} ${/\d+\.\d+\.\d+/.exec(told)?.[0] ?? told.trim()}`;
};

/** Bundles a source for all runtimes and gives the bundle's path. */
export async function bundled(source: string, folder: string, name: string): Promise<string> {
  const built = await Bun.build({
    entrypoints: [source],
    outdir: folder,
    naming: `${name}.mjs`,
    target: "node",
    // The built-in modules of the others are asked for only where they are.
    external: ["bun:jsc"],
  });
  if (!built.success) throw new Error(`${source} cannot be bundled: ${built.logs.join("\n")}`);
  return join(folder, `${name}.mjs`);
}

const STD_ASYNC = "jsr:@std/async@^1/unstable-semaphore";
const JSR_MS = 20_000;

/**
 * What each runtime imports for `@std/async`'s Semaphore. It is on JSR alone: Deno takes it from there, where that can
 * be reached; a source of it on this machine is bundled for all of them.
 */
export async function findStdAsync(
  source: string | null,
  folder: string,
): Promise<Readonly<Partial<Record<Runtime, string>>>> {
  if (source !== null) {
    const file = await bundled(source, folder, "std-async");
    return { bun: file, deno: file, node: file };
  }
  const [deno = ""] = COMMANDS.deno;
  const { status } = spawnSync(deno, ["eval", "--no-config", `await import("${STD_ASYNC}")`], {
    cwd: folder,
    timeout: JSR_MS,
    stdio: "ignore",
  });
  return status === 0 ? { deno: STD_ASYNC } : {};
}

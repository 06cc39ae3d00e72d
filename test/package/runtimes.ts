/** The three runtimes, each as a user starts it on a file of a project that npm has installed. */
import { join } from "node:path";
import { type Outcome, run } from "../support/run.ts";
import { BIN } from "./installed.ts";

export const RUNTIMES = ["node", "bun", "deno"] as const;
export type Runtime = (typeof RUNTIMES)[number];

/**
 * What the program may do, where the runtime can hold it to that: Deno, and Node apart from the network and the
 * environment. To load modules is always allowed.
 */
export type Rights = "none" | "loopback";

export async function runOn(
  runtime: Runtime,
  cwd: string,
  rights: Rights,
  program: readonly string[],
): Promise<Outcome> {
  const command = {
    node: ["node", ...(rights === "none" ? await nodeRights(cwd) : [])],
    bun: [join(BIN, "bun")],
    deno: [join(BIN, "deno"), "run", ...DENO, ...(rights === "none" ? [] : ["--allow-net=127.0.0.1"])],
  }[runtime];
  return run([...command, ...program], { cwd, env: { DENO_DIR: join(cwd, ".deno"), ...QUIET } });
}

/** The packages are as npm has put them there: Deno fetches nothing. It never asks for a right. */
const DENO = ["--no-prompt", "--cached-only", "--node-modules-dir=manual"];
const QUIET = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };

/** Reads below the folder; no writing, no other program. The flag lost its "experimental" on the way to Node 24. */
async function nodeRights(cwd: string): Promise<string[]> {
  const { out } = await run(["node", "--version"], { cwd });
  const flag = Number.parseInt(out.slice(1), 10) < 24 ? "--experimental-permission" : "--permission";
  return ["--no-warnings", flag, `--allow-fs-read=${join(cwd, "*")}`];
}

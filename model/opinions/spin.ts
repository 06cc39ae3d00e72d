/** What SPIN says of a specification: exhaustively, with exact states, breadth first so that what is wrong is found on a shortest way. */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Opinion, SmallWorld } from "./opinion.ts";

const run = promisify(execFile);

/** A specification in this folder, and its constants. */
export interface Specified {
  readonly file: "slots.pml" | "leases.pml";
  readonly defines: Readonly<Record<string, string | number>>;
}

export interface SpinOptions {
  /** How well gcc is to compile the checker: -O0 is compiled in a second, and pays off for small worlds. */
  readonly optimise?: "-O0" | "-O1" | "-O2" | "-O3";
  /** Depth first needs less memory and is faster, but says nothing of depths, and its traces are not short. */
  readonly depthFirst?: boolean;
  /** 2^n places in the table of states. */
  readonly tableBits?: number;
  readonly memoryMegabytes?: number;
}

/** Why SPIN cannot be asked on this machine; null: it can. */
export async function spinLacks(): Promise<string | null> {
  for (const [program, flag] of [
    ["spin", "-V"],
    ["gcc", "--version"],
  ] as const)
    try {
      await run(program, [flag]);
    } catch {
      return `${program} is not installed`;
    }
  return null;
}

export const hasSpin = async (): Promise<boolean> => (await spinLacks()) === null;

export async function runSpin(world: SmallWorld, options: SpinOptions = {}): Promise<Opinion> {
  const defines = {
    ENGINES: world.engines,
    CAP: world.cap,
    REQUESTS: world.requests,
    CONTENTS: world.contents,
    REPORTS: Number(world.reports),
    MUTANT: constant(world.mutant ?? "none"),
  };
  return (await askSpin({ file: "slots.pml", defines }, options)).opinion;
}

/** `get-check-set` as the specifications have it. */
export const constant = (name: string): string => name.toUpperCase().replaceAll("-", "_");

/** `countsAll`: where something is wrong, goes on, and counts all states; else `states` is null. */
export async function askSpin(
  { file, defines }: Specified,
  options: SpinOptions = {},
  countsAll = false,
): Promise<{ readonly opinion: Opinion; readonly states: number | null }> {
  const { optimise = "-O0", depthFirst = false, tableBits = 20, memoryMegabytes = 1024 } = options;
  const folder = await mkdtemp(join(tmpdir(), "aceslot-spin-"));
  const inFolder = { cwd: folder, maxBuffer: 1 << 26 };
  try {
    await copyFile(fileURLToPath(new URL(`./${file}`, import.meta.url)), join(folder, file));
    const flags = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`);
    if (depthFirst) flags.push("-DDEPTH_FIRST");
    // Without -o2 SPIN leaves variables out that nothing reads, and takes different states for one.
    await run("spin", ["-a", "-o2", ...flags, file], inFolder);
    const ways = depthFirst ? ["-DNOREDUCE"] : ["-DNOREDUCE", "-DBFS"];
    const built = [optimise, "-w", "-DSAFETY", "-DPRINTF", `-DMEMLIM=${memoryMegabytes}`, ...ways];
    await run("gcc", [...built, "-o", "pan", "pan.c"], inFolder);
    const explore = async (...more: string[]): Promise<string> =>
      (await run(join(folder, "pan"), [`-w${tableBits}`, "-m1000000", ...more], inFolder)).stdout;
    const began = performance.now();
    const opinion = read(await explore(), (performance.now() - began) / 1000);
    const isCounted = !countsAll || opinion.violated === null;
    return { opinion, states: isCounted ? null : statesIn(await explore("-A")) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function statesIn(output: string): number {
  expectFinished(output);
  return numberIn(output, /(\d+(?:\.\d+e\+\d+)?) states, stored/);
}

function expectFinished(output: string): void {
  if (/out of memory|max search depth too small|VECTORSZ|incomplete/i.test(output))
    throw new Error(`SPIN did not finish:\n${output}`);
}

function numberIn(output: string, pattern: RegExp): number {
  const [, text] = pattern.exec(output) ?? [];
  if (text === undefined) throw new Error(`SPIN does not say ${pattern.source}:\n${output}`);
  return Number(text);
}

function read(output: string, seconds: number): Opinion {
  const number = (pattern: RegExp): number => numberIn(output, pattern);
  expectFinished(output);
  const [, violated = null] = /^\s*violated: (.*)$/m.exec(output) ?? [];
  const errors = number(/errors: (\d+)/);
  if (errors > 0 !== (violated !== null)) throw new Error(`SPIN found something else:\n${output}`);
  return {
    states: statesIn(output),
    // It counts the way to the first state as well.
    transitions: number(/(\d+(?:\.\d+e\+\d+)?) transitions/) - 1,
    // The happening that goes wrong is not counted.
    depth: violated === null ? number(/depth reached (\d+)/) : number(/\(at depth (\d+)\)/) + 1,
    violated,
    seconds,
    memoryBytes: number(/([\d.]+)\s+total actual memory usage/) * 2 ** 20,
  };
}

/** Runs the load client, and says what it saw. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import { guard } from "./process.ts";
import type { Usage } from "./usage.ts";

const Times = z.object({
  count: z.number(),
  p50: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
});

const Report = z.object({
  seconds: z.number(),
  /** MB/s of the others before the frozen clients came. */
  beforeMBps: z.number(),
  bytes: z.number(),
  MBps: z.number(),
  clientMBps: z.object({ min: z.number(), median: z.number(), max: z.number() }),
  delayMs: Times,
  firstByteMs: Times,
  firstKeyframeMs: Times,
  zapFirstByteMs: Times,
  clients: z.number(),
  failed: z.number(),
  frozenFailed: z.number(),
  withoutByte: z.number(),
  lostBlocks: z.number(),
  badPackets: z.number(),
  zaps: z.number(),
  zapsFailed: z.number(),
  joins: z.number(),
  joinsFailed: z.number(),
  cpuSeconds: z.number(),
});

export type LoadReport = z.infer<typeof Report>;

/** A load that hangs is ended after this. */
const DEADLINE_MS = 60_000;

/** `watch` is called when the measured time begins, and what it answers when it ends. */
export async function runLoad(
  command: readonly string[],
  watch: () => () => Usage,
): Promise<{ readonly report: LoadReport; readonly usage: Usage }> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], timeout: DEADLINE_MS });
  if (child.pid === undefined) throw new Error(`${file} cannot be started`);
  const ended = guard(child.pid);
  const exited = once(child, "exit");
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-500);
  });
  let stop: (() => Usage) | null = null;
  let usage: Usage | null = null;
  let report: LoadReport | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "begin") stop = watch();
    else if (line === "end") usage = stop?.() ?? null;
    else report = Report.parse(JSON.parse(line));
  }
  await exited;
  ended();
  if (report === null || usage === null) throw new Error(`the load did not get through: ${errors}`);
  return { report, usage };
}

/** Lines per second and highest memory of a replay: `bun model/replay/bench.ts [LINES…]`. Each in a process of its own. */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateJournal } from "./generate.ts";
import { replay } from "./replay.ts";

const SELF = fileURLToPath(import.meta.url);
const [first, ...others] = process.argv.slice(2);

if (first === "--one") await measure(others[0] ?? "");
else
  for (const lines of [first, ...others]
    .flatMap((text) => text ?? [])
    .concat(first ? [] : ["200000", "2000000"]))
    await run(Number(lines));

async function run(lines: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "aceslot-bench-"));
  try {
    const path = join(folder, "journal.jsonl");
    const file = openSync(path, "w");
    let text = "";
    for (const line of generateJournal({ engines: 20, cap: 2, lines })) {
      text += `${line}\n`;
      if (text.length < 1 << 20) continue;
      writeSync(file, text);
      text = "";
    }
    writeSync(file, text);
    closeSync(file);
    const child = Bun.spawn([process.execPath, SELF, "--one", path], { stdout: "pipe", stderr: "inherit" });
    const megabytes = (statSync(path).size / 1e6).toFixed(0);
    console.log(`${lines} lines, ${megabytes} MB: ${(await new Response(child.stdout).text()).trim()}`);
    await child.exited;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(path: string): Promise<void> {
  const began = performance.now();
  const told = await replay([path], { cap: null, shown: (name) => name });
  const seconds = (performance.now() - began) / 1_000;
  const rate = Math.round(told.lines / seconds).toLocaleString("en");
  const peak = (process.resourceUsage().maxRSS / (process.platform === "darwin" ? 1e6 : 1e3)).toFixed(0);
  console.log(`${told.verdict}, ${seconds.toFixed(2)} s, ${rate} lines/s, highest memory ${peak} MB`);
}

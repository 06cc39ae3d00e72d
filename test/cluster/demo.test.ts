/** `make demo-cluster`: shows what it promises, tells the truth in its exit code, and leaves nothing behind. */
import { describe, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "../../deploy/cluster/options.ts";
import { BINARY, scratchFolder } from "../support/binary.ts";
import { until } from "../support/until.ts";

const DEMO = join(import.meta.dir, "../../deploy/cluster/demo.ts");
const SMALL = ["--binary", BINARY, "--engines", "6", "--players", "14", "--contents", "20"];

/** `ends`: a signal, as soon as a line like this is there. */
async function run(args: readonly string[], ends?: readonly [RegExp, NodeJS.Signals]) {
  const child = spawn(process.execPath, [DEMO, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const told = { code: null as number | null, out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    told.out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    told.err += chunk.toString();
  });
  const closed = new Promise<void>((resolve) =>
    child.once("close", (code) => {
      told.code = code;
      resolve();
    }),
  );
  if (ends) {
    const [line, signal] = ends;
    try {
      await until(`${line}`, () => line.test(told.out) || told.code !== null);
    } finally {
      child.kill(signal);
    }
  }
  await closed;
  return told;
}

/** Processes whose command line names a folder. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
        return words.includes(folder) && Number(pid) !== process.pid ? [words] : [];
      } catch {
        return [];
      }
    });
}

const isHere = Bun.which("redis-server") !== null || Bun.which("valkey-server") !== null;

describe.skipIf(!isHere)(`the demo of several proxies${isHere ? "" : " (skipped: no redis-server)"}`, () => {
  test("plays, kills a proxy, shows its slots come back, and ends with a summary", async () => {
    await using folder = await scratchFolder();
    const { code, out, err } = await run([
      ...[...SMALL, "--seconds", "26", "--kill-after", "9", "--out", folder.path],
    ]);
    expect({ code, err, out: code === 0 ? "" : out }).toEqual({ code: 0, err: "", out: "" });
    expect(out.match(/^ {2}proxy-\d {3}dashboard http:\/\/127\.0\.0\.1:\d+\//gm)).toHaveLength(3);
    expect(out).toMatch(/^ +\d+ s \| proxy-1 \d+ leases .*\| engines \d+\/12 highest [0-2] over the cap 0/m);
    expect(out).toMatch(/proxy-\d is killed \(kill -9 \d+\)/);
    expect(out).toMatch(/slots are free again \d/);
    expect(out).toMatch(/^ {2}over the cap +0$/m);
    expect(out).toContain("still there after the shutdown: 0");
    expect(Number(/^ {2}plays +(\d+)/m.exec(out)?.[1])).toBeGreaterThan(0);
    expect(processesIn(folder.path)).toEqual([]);
    expect(readdirSync(folder.path)).toContain("proxy-1.jsonl");
  }, 90_000);

  test("ends at Ctrl-C and leaves no process behind", async () => {
    await using folder = await scratchFolder();
    // On a busy machine it does not come to a line for every second.
    const { code, out } = await run([...SMALL, "--out", folder.path], [/^ +([2-9]|\d\d+) s \|/m, "SIGINT"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}over the cap +0$/m);
    expect(processesIn(folder.path)).toEqual([]);
  }, 60_000);

  test("fails when an engine carried more than its cap", async () => {
    await using folder = await scratchFolder();
    // Proxies that do not share.
    const alone = join(folder.path, "alone");
    const eachWord = `for word; do shift; case $word in redis://*) word=memory;; esac; set -- "$@" "$word"; done`;
    await Bun.write(alone, `#!/bin/sh\n${eachWord}\nexec ${BINARY} "$@"\n`);
    spawnSync("chmod", ["+x", alone]);
    const args = ["--engines", "2", "--players", "20", "--contents", "40", "--seconds", "8"];
    const { code, out } = await run([...args, "--binary", alone]);
    expect(Number(/^ {2}over the cap +(\d+)$/m.exec(out)?.[1])).toBeGreaterThan(0);
    expect(code).toBe(1);
  }, 60_000);

  test("says what is missing", async () => {
    const { code, err } = await run(["--binary", "/nonexistent/aceslot"]);
    expect([code, err]).toEqual([4, "/nonexistent/aceslot is not there: build it with make build\n"]);
  });
});

test("a flag that is not allowed is named", () => {
  expect(() => readOptions(["--engines", "0"])).toThrow("--engines");
  expect(() => readOptions(["--nonsense"])).toThrow("--nonsense");
  expect(readOptions([])).toMatchObject({ seconds: null, proxies: 3, engines: 20, cap: 2 });
});

/** What is done where somebody would have to be asked: Deno's answers, put in place of the runtime's own. */
import { afterEach, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { machineName, openStateFile } from "../../src/broker/index.ts";
import { type Log, SILENT } from "../../src/log.ts";
import { isAllowed } from "../../src/permissions.ts";
import type { Clock } from "../../src/ports.ts";
import { scratchFolder } from "../support/binary.ts";

const global = globalThis as { Deno?: unknown };
afterEach(() => {
  delete global.Deno;
});

/** As if on Deno, where these kinds of permission are granted and any other would be asked for. */
function onDeno(...granted: readonly string[]): void {
  const querySync = ({ name }: { name: string }) => ({
    state: granted.includes(name) ? "granted" : "prompt",
  });
  global.Deno = { permissions: { querySync } };
}

test("nobody is asked on Bun and Node, where everything is allowed", () => {
  expect(isAllowed({ name: "run" })).toBe(true);
  expect(machineName()).toBe(hostname());
});

test("the machine's name is one of a kind where it may not be asked for", () => {
  onDeno();
  expect(machineName()).toMatch(/^unnamed\.[0-9a-f]{8}$/);
  expect(machineName()).not.toBe(machineName());
  onDeno("sys");
  expect(machineName()).toBe(hostname());
});

/** How long a proxy waits for the lock of a process that is gone, milliseconds of its clock. */
async function waitsFor(dir: string): Promise<number> {
  await mkdir(join(dir, "sessions-tv.lock"), { recursive: true });
  await writeFile(join(dir, "sessions-tv.lock", `here~${2 ** 22 + 1}~1~former`), "");
  const began = Date.now();
  let passed = 0;
  const clock: Clock = {
    now: () => began + passed,
    monotonicMs: () => passed,
    after(delayMs, fire) {
      passed += delayMs;
      queueMicrotask(fire);
      return () => {};
    },
  };
  const log: Log = SILENT;
  const holder = { host: "here", pid: process.pid, since: 2 };
  const store = await openStateFile({ dir, listen: "tv", log, clock, holder });
  await store.close();
  return passed;
}

test("a lock whose holder may not be looked for is waited for; one whose holder is known to be gone is not", async () => {
  await using folder = await scratchFolder();
  expect(await waitsFor(folder.path)).toBe(0);
  onDeno("read", "write", "run");
  expect(await waitsFor(folder.path)).toBe(0);
  onDeno("read", "write");
  expect(await waitsFor(folder.path)).toBeGreaterThan(5_000);
});

test("a state folder that may not be used is refused at once, with the flags that are missing", async () => {
  await using folder = await scratchFolder();
  onDeno("read");
  await expect(waitsFor(folder.path)).rejects.toThrow(
    `${folder.path} cannot be used: Deno does not allow it; run with --allow-write=${folder.path}`,
  );
});

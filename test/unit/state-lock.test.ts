/** A lock that one holder has, whatever the others find and however many want it at once. */
import { expect, test } from "bun:test";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inTime } from "../../src/broker/in-time.ts";
import { LockedError, type StateLock, takeLock } from "../../src/broker/state-lock.ts";
import type { Clock } from "../../src/ports.ts";
import { scratchFolder } from "../support/binary.ts";

const HOST = "here";
/** Above any number that a process has. */
const GONE_PID = 2 ** 22 + 1;
const ROUNDS = 20;
const TAKERS = 8;

/** Time passes as soon as somebody waits for it. */
function quickClock(wait: () => Promise<unknown> = async () => {}): Clock & { readonly passedMs: number } {
  let passedMs = 0;
  return {
    now: () => Date.now(),
    monotonicMs: () => passedMs,
    after(delayMs, fire) {
      passedMs += delayMs;
      void wait().then(fire);
      return () => {};
    },
    get passedMs() {
      return passedMs;
    },
  };
}

const take = (path: string, pid: number, clock: Clock = quickClock(), host = HOST): Promise<StateLock> =>
  takeLock({ path, holder: { host, pid, since: pid }, clock, shared: "the same name" });

/** What a crash leaves behind. */
async function abandoned(path: string, host = HOST, pid = GONE_PID): Promise<string> {
  const file = join(path, `${host}~${pid}~1~former`);
  await mkdir(path, { recursive: true });
  await writeFile(file, "");
  return file;
}

test("of many who find one abandoned at once, one gets it, each time", async () => {
  await using folder = await scratchFolder();
  for (let round = 0; round < ROUNDS; round++) {
    const path = join(folder.path, `${round}.lock`);
    if (round % 4 > 0) await abandoned(path);
    // They all live, and whoever has it keeps it.
    let atMs = Date.now();
    const clock = quickClock(async () => {
      atMs += 2_000;
      for (const name of await readdir(path)) await utimes(join(path, name), atMs / 1_000, atMs / 1_000);
    });
    const takers = Array.from({ length: TAKERS }, (_, n) =>
      take(path, n % 2 ? process.pid : process.ppid, clock),
    );
    const all = await Promise.allSettled(takers);
    const had = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(had).toHaveLength(1);
    await had[0]?.renew();
    expect(await readdir(path)).toHaveLength(1);
    for (const lock of had) await lock.release();
  }
  expect(await readdir(folder.path)).toEqual([]);
});

test("what one of this host left is taken over at once, and a stranger's when it has not been touched for 6 s", async () => {
  await using folder = await scratchFolder();
  const path = join(folder.path, "lock");
  for (const [host, atLeastMs] of [
    [HOST, 0],
    ["elsewhere", 6_000],
  ] as const) {
    await abandoned(path, host);
    const clock = quickClock();
    await (await take(path, process.pid, clock)).release();
    expect(clock.passedMs).toBeGreaterThanOrEqual(atLeastMs);
    expect(clock.passedMs).toBeLessThan(atLeastMs + 1_000);
  }
});

for (const [what, offMs] of [
  ["an hour ahead", 3_600_000],
  ["an hour behind", -3_600_000],
] as const)
  test(`a machine's clock that is ${what} makes nobody's lock old, nor keeps an old one young`, async () => {
    await using folder = await scratchFolder();
    const path = join(folder.path, "lock");
    const file = await abandoned(path, "elsewhere");
    let wallMs = Date.now() - offMs;
    const touched = quickClock(async () => {
      wallMs += 2_000;
      await utimes(file, wallMs / 1_000, wallMs / 1_000);
    });
    await expect(take(path, process.pid, touched)).rejects.toThrow(LockedError);
    await (await take(path, process.pid, quickClock())).release();
  });

test("one who wants it no longer takes nothing, neither what is free nor what is abandoned", async () => {
  await using folder = await scratchFolder();
  const path = join(folder.path, "state.lock");
  const holder = { host: HOST, pid: process.pid, since: 1 };
  const order = { path, holder, clock: quickClock(), signal: AbortSignal.abort(), shared: "the same name" };
  await expect(takeLock(order)).rejects.toThrow("nobody waits for it any more");
  expect(await readdir(folder.path)).toEqual([]);
  await abandoned(path);
  await expect(takeLock(order)).rejects.toThrow("nobody waits for it any more");
  expect(await readdir(path)).toEqual([`${HOST}~${GONE_PID}~1~former`]);
});

test("one who stood still until another one took it over is told so, and takes nothing back", async () => {
  await using folder = await scratchFolder();
  const path = join(folder.path, "lock");
  const first = await take(path, process.pid, quickClock(), "one");
  const second = await take(path, process.pid, quickClock(), "two");
  await expect(first.renew()).rejects.toThrow("another proxy with the same name uses it");
  await first.release();
  await second.renew();
  await second.release();
  await first.renew();
  await first.release();
  expect(await readdir(folder.path)).toEqual([]);
});

test("a lock that was removed under its holder is made again", async () => {
  await using folder = await scratchFolder();
  const path = join(folder.path, "lock");
  const lock = await take(path, process.pid);
  await Bun.$`rm -r ${path}`;
  await Promise.all([lock.renew(), lock.renew()]);
  expect(await readdir(path)).toHaveLength(1);
  await lock.release();
});

test("what a crash left while it took a lock is cleared away", async () => {
  await using folder = await scratchFolder();
  const path = join(folder.path, "lock");
  await abandoned(`${path}.0a0b0c0d`);
  await mkdir(path);
  const lock = await take(path, process.pid);
  expect(await readdir(folder.path)).toEqual(["lock"]);
  await lock.release();
});

/** As earlier versions wrote it. */
const fileOf = (host: string, pid: number): string => JSON.stringify({ host, pid, since: 1 });

test("the file that was an earlier version's lock is taken over when it is abandoned, by one of many", async () => {
  await using folder = await scratchFolder();
  for (const [round, [text, atLeastMs]] of [
    [fileOf(HOST, GONE_PID), 0] as const,
    [fileOf("elsewhere", process.pid), 6_000] as const,
    ["", 6_000] as const,
  ].entries()) {
    const path = join(folder.path, `${round}.lock`);
    await writeFile(path, text);
    const clock = quickClock();
    await (await take(path, process.pid, clock)).release();
    expect(clock.passedMs).toBeGreaterThanOrEqual(atLeastMs);
    expect(clock.passedMs).toBeLessThan(atLeastMs + 1_000);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const path = join(folder.path, "many.lock");
    await writeFile(path, fileOf(HOST, GONE_PID));
    let atMs = Date.now();
    const clock = quickClock(async () => {
      atMs += 2_000;
      const names = await readdir(path).catch(() => []);
      for (const name of names) await utimes(join(path, name), atMs / 1_000, atMs / 1_000);
    });
    const all = await Promise.allSettled(
      Array.from({ length: TAKERS }, () => take(path, process.pid, clock)),
    );
    const had = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(had).toHaveLength(1);
    await had[0]?.renew();
    await had[0]?.release();
  }
  expect(await readdir(folder.path)).toEqual([]);
});

test("the file of an earlier version that lives is left alone", async () => {
  await using folder = await scratchFolder();
  const path = join(folder.path, "lock");
  await writeFile(path, fileOf("elsewhere", 1));
  let atMs = Date.now();
  const clock = quickClock(async () => {
    atMs += 2_000;
    await utimes(path, atMs / 1_000, atMs / 1_000);
  });
  await expect(take(path, process.pid, clock)).rejects.toThrow(LockedError);
  expect(await Bun.file(path).text()).toBe(fileOf("elsewhere", 1));
});

test("something else in the lock's folder is not taken for its holder", async () => {
  await using folder = await scratchFolder();
  const path = join(folder.path, "lock");
  const first = await take(path, process.pid);
  await writeFile(join(path, ".DS_Store"), "");
  let atMs = Date.now();
  const clock = quickClock(async () => {
    atMs += 2_000;
    await first.renew();
    for (const name of await readdir(path))
      if (name.includes("~")) await utimes(join(path, name), atMs / 1_000, atMs / 1_000);
  });
  await expect(take(path, process.pid, clock, "elsewhere")).rejects.toThrow(LockedError);
  await first.release();
  await (await take(path, process.pid)).renew();
});

test("work that hangs is waited for no longer than is said", async () => {
  await expect(inTime(new Promise(() => {}), 10, "its disk")).rejects.toThrow(
    "its disk has not answered for 0.01 s",
  );
  await inTime(Promise.resolve(), 10_000, "its disk");
  await expect(inTime(Promise.reject(new Error("full")), 10_000, "its disk")).rejects.toThrow("full");
});

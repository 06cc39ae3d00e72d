/**
 * What a shared store costs: `make bench-leases`. Grants a second and their times with 1, 3 and 10 proxies beside a
 * bare INCR on the same store in the same run; how long until a killed proxy's slots are another's; what is sent for
 * a stream; what 10,000 leases take. docs/scale.md reads the figures.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { until } from "../../support/until.ts";
import { freePort } from "../../support/wire.ts";

const SECONDS = process.argv.includes("--quick") ? 1 : 4;
const MEMBER = fileURLToPath(new URL("member.ts", import.meta.url));

/** A store that does nothing else: keeps nothing on disk, and nobody listens. */
interface Store extends AsyncDisposable {
  readonly port: number;
  ask(...words: string[]): Promise<string>;
}

async function startStore(folder: string): Promise<Store> {
  const port = await freePort();
  const server = spawn(
    "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--loglevel", "warning"],
    { stdio: "ignore" },
  );
  const ask = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)("redis-cli", ["-p", String(port), ...words])).stdout.trim();
  await until("the store answers", async () => (await ask("ping").catch(() => "")) === "PONG");
  return {
    port,
    ask,
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
  };
}

interface Told {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

class Member {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterableIterator<string>;

  constructor(redis: Store, name: string, flight: number, places: number, ttlMs = 10_000) {
    this.#child = spawn(
      process.execPath,
      [MEMBER, String(redis.port), name, String(SECONDS), String(flight), String(places), String(ttlMs)],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    if (!this.#child.stdout) throw new Error("a child without output");
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async told<T>(): Promise<T> {
    const { value } = await this.#lines.next();
    return JSON.parse(value ?? "null") as T;
  }

  go(): void {
    this.#child.stdin?.write("go\n");
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}

/** All of them at once, for the same seconds. */
async function race(redis: Store, names: readonly string[], flight: number, places: number): Promise<Told> {
  const members = names.map((name) => new Member(redis, name, flight, places));
  await Promise.all(members.map((member) => member.told()));
  for (const member of members) member.go();
  const told = await Promise.all(members.map((member) => member.told<Told>()));
  await Promise.all(members.map((member) => member.kill()));
  const mean = (of: (one: Told) => number): number =>
    Math.round(told.reduce((sum, one) => sum + of(one), 0) / told.length);
  return {
    perSecond: told.reduce((sum, one) => sum + one.perSecond, 0),
    p50: mean(({ p50 }) => p50),
    p99: Math.max(...told.map(({ p99 }) => p99)),
  };
}

async function fresh(redis: Store): Promise<void> {
  await redis.ask("flushall");
}

async function grants(redis: Store): Promise<void> {
  console.log("\nA claim beside a bare INCR, µs; one at a time (and 32 at a time for the rate)");
  console.log("  proxies   INCR p50   p99     claim p50   p99      claims/s, 32 at a time   INCR/s");
  for (const count of [1, 3, 10]) {
    const bare = Array.from({ length: count }, (_, index) => `bare${index}`);
    const proxies = Array.from({ length: count }, (_, index) => `p${index}`);
    const incr = await race(redis, bare, 1, 1);
    await fresh(redis);
    const claim = await race(redis, proxies, 1, 1_000);
    const incrs = await race(redis, bare, 32, 1);
    await fresh(redis);
    const claims = await race(redis, proxies, 32, 1_000);
    const cells = [count, incr.p50, incr.p99, claim.p50, claim.p99, claims.perSecond, incrs.perSecond];
    const widths = [9, 11, 6, 14, 6, 26, 9];
    console.log(`  ${cells.map((cell, index) => String(cell).padStart(widths[index] ?? 8)).join("")}`);
    console.log(
      `            claim/INCR: p50 ${(claim.p50 / incr.p50).toFixed(2)}, p99 ${(claim.p99 / incr.p99).toFixed(2)}`,
    );
  }
}

async function inheritance(redis: Store): Promise<void> {
  console.log("\nFrom kill -9 of a proxy with 20 leases until another one has been given all of them");
  for (const ttlMs of [2_000, 10_000]) {
    await fresh(redis);
    const heir = new Member(redis, "heir", 0, 20, ttlMs);
    const holder = new Member(redis, "hold", 20, 20, ttlMs);
    await holder.told();
    const killedAt = Date.now();
    await holder.kill();
    let told = await heir.told<{ heirs: number; at: number }>();
    while (told.heirs < 20) told = await heir.told();
    console.log(`  --lease-ttl ${ttlMs / 1000}s: ${((told.at - killedAt) / 1000).toFixed(1)} s`);
    await heir.kill();
  }
}

const field = (info: string, name: string): number =>
  Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0);

async function traffic(redis: Store): Promise<void> {
  await fresh(redis);
  const holder = new Member(redis, "hold", 20, 20);
  await holder.told();
  const before = await redis.ask("info", "stats");
  const seconds = SECONDS * 5;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await redis.ask("info", "stats");
  await holder.kill();
  const perHour = (name: string): number => ((field(after, name) - field(before, name)) / seconds) * 3600;
  console.log("\nOne proxy at rest with 20 leases (two commands of the measurement itself included)");
  const bytes = perHour("total_net_input_bytes") + perHour("total_net_output_bytes");
  console.log(
    `  ${(bytes / 1024).toFixed(0)} KiB an hour, ${(bytes / 1024 / 20).toFixed(1)} KiB a stream-hour`,
  );
}

async function size(redis: Store): Promise<void> {
  await fresh(redis);
  const empty = field(await redis.ask("info", "memory"), "used_memory");
  const holder = new Member(redis, "hold", 10_000, 10_000);
  await holder.told();
  const full = field(await redis.ask("info", "memory"), "used_memory");
  console.log("\n10,000 engines with a lease each");
  console.log(
    `  ${await redis.ask("dbsize")} keys, ${((full - empty) / 10_000).toFixed(0)} bytes a lease in memory`,
  );
  await holder.kill();
}

const folder = await mkdtemp(join(tmpdir(), "aceslot-leases-"));
const redis = await startStore(folder);
try {
  await grants(redis);
  await inheritance(redis);
  await traffic(redis);
  await size(redis);
} finally {
  await redis[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}

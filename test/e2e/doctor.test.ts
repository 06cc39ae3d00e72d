/** `aceslot doctor`: tells what is wrong with real engines, orchestrators, folders and stores, and how to mend it. */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { aclLine } from "../../src/doctor/store-commands.ts";
import { startSimOrchestrator } from "../../src/sim/index.ts";
import { type RedisServer, redisServer } from "../contract/redis-server.ts";
import { BINARY, startBinary } from "../support/binary.ts";
import { bad, doctor, healthy, verdicts } from "../support/doctor.ts";
import { run } from "../support/run.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";

describe("aceslot doctor", () => {
  test("finds nothing wrong where nothing is, and leaves nothing behind", async () => {
    await using place = await healthy();
    const examined = await doctor([...place.args, "--journal", join(place.folder, "journal.jsonl")]);
    expect(examined.code).toBe(0);
    expect(bad(examined)).toEqual([]);
    expect(examined.of("engines")[0]?.found).toStartWith(`${place.engine.address} answers, version `);
    expect(place.engine.counters.starts).toBe(0);
    const { stdout } = spawnSync("find", [place.folder, "-mindepth", "1"]);
    expect(stdout.toString()).toBe("");
  });

  test("is for people as well: no colours where no terminal is, each fix below what it mends", async () => {
    const { code, out } = await run([BINARY, "doctor", "--engine", "127.0.0.1:1", "--state-dir", "none"], {
      cwd: "/",
    });
    expect(code).toBe(1);
    expect(out).not.toContain("\u001b");
    expect(out).toMatch(/^fail {2}engine 127\.0\.0\.1:1 +connection refused\n {6}why .+\n {6}fix .+$/m);
    expect(out).toMatch(/^warn {2}state folder +there is none$/m);
    expect(out.trimEnd()).toEndWith(" will not work.");
  });

  test("takes each setting that does not work as a finding", async () => {
    const examined = await doctor([], { ACESLOT_LINGER: "soon", ACESLOT_BUFFER: "large" });
    expect(examined.findings).toHaveLength(2);
    expect(examined.of("configuration").map(({ verdict, found }) => `${verdict} ${found}`)).toEqual([
      expect.stringMatching(/^fail ACESLOT_LINGER: /),
      expect.stringMatching(/^fail ACESLOT_BUFFER: /),
    ]);
  });

  test("gives the command that mends a secret which others can read", async () => {
    await using place = await healthy();
    const file = join(place.folder, "password");
    await writeFile(file, "hunter2", { mode: 0o644 });
    const examined = await doctor([
      ...place.args,
      ...["--lease", "redis://127.0.0.1:1", "--lease-password-file", file],
    ]);
    expect(examined.of("configuration")).toContainEqual(
      expect.objectContaining({
        verdict: "warn",
        found: `${file} holds the password and everybody on this host can read it`,
        fix: `chmod 600 ${file}`,
      }),
    );
  });

  test("tells a program that is in the way from the proxy itself", async () => {
    await using place = await healthy();
    const other = createServer((_, answer) => answer.end("hello"));
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const examined = await run([BINARY, "doctor", "--format", "json", "--listen", taken, ...place.args], {
      cwd: "/",
    });
    other.close();
    expect(examined.code).toBe(1);
    expect(JSON.parse(examined.out).findings).toContainEqual(
      expect.objectContaining({
        what: `listen ${taken}`,
        verdict: "fail",
        // This test's own process.
        found: expect.stringMatching(
          new RegExp(`^another program listens there: .+, process ${process.pid}$`),
        ),
      }),
    );
    const token = "s3cret-Word";
    await using proxy = await startBinary([...place.args, "--token", token]);
    const { host } = new URL(proxy.url);
    const { code, out } = await run([BINARY, "doctor", "--format", "json", "--listen", host, ...place.args], {
      cwd: "/",
      env: { ACESLOT_TOKEN: token },
    });
    expect(out).not.toContain(token);
    expect(code).toBe(0);
    expect(JSON.parse(out).findings).toContainEqual(
      expect.objectContaining({ what: "running proxy", verdict: "ok", found: "ready to take a stream" }),
    );
  });

  test("names engines that do not answer, and what answers and is none", async () => {
    await using place = await healthy();
    const other = createServer((_, answer) => answer.writeHead(404).end());
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const odd = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const silent = `127.0.0.1:${await freePort()}`;
    const examined = await doctor([...place.args, "--engine", odd, "--engine", silent]);
    other.close();
    expect(examined.of(`engine ${odd}`)).toMatchObject([{ verdict: "warn" }]);
    expect(examined.of(`engine ${silent}`)).toMatchObject([{ verdict: "fail", found: "connection refused" }]);
    expect(examined.of("engines")).toMatchObject([{ verdict: "ok" }]);
  });

  test("asks the orchestrator, and the engines that it lists", async () => {
    await using place = await healthy();
    const orchestrator = await startSimOrchestrator({ engines: [place.engine], generation: 1 });
    try {
      const fine = await doctor(["--orchestrator", orchestrator.url, ...place.args.slice(2)]);
      expect(fine.of("orchestrator")).toMatchObject([
        { verdict: "ok", found: "answers: generation 1, 1 engines, 0 streams" },
      ]);
      expect(fine.of("engines")).toMatchObject([{ verdict: "ok" }]);
      expect(fine.code).toBe(0);
    } finally {
      await orchestrator.close();
    }
    const gone = await doctor(["--orchestrator", orchestrator.url, ...place.args.slice(2)]);
    expect(gone.of("orchestrator")).toMatchObject([
      { verdict: "fail", found: expect.stringContaining("connection refused") },
    ]);
  });

  test("tries whether the state folder and the journal can be written", async () => {
    await using place = await healthy();
    const examined = await doctor([
      ...["--engine", place.engine.address, "--state-dir", "/proc/nowhere/state"],
      ...["--journal", join(place.folder, "gone", "journal.jsonl")],
    ]);
    expect(verdicts(examined.of("state folder"))).toEqual(["fail"]);
    expect(examined.of("journal")).toMatchObject([
      { verdict: "fail", fix: expect.stringContaining("mkdir -p") },
    ]);
  });
});

/** A busy machine answers late now and then, which is rightly said to be slow where terms are short. */
const LONG_TERM = "60s";

describe("of the lease store, aceslot doctor", () => {
  async function withStore(args: readonly string[] = [], cli: readonly string[] = []) {
    await using made = new AsyncDisposableStack();
    const place = made.use(await healthy());
    const redis: RedisServer = made.use(await redisServer(args, cli));
    const ends = made.move();
    const url = (more = ""): string => `redis://${more}127.0.0.1:${redis.port}`;
    return {
      place,
      redis,
      url,
      look: (lease: string, ...more: string[]) =>
        doctor([
          ...[...place.args, "--lease", lease, ...more],
          ...(more.includes("--lease-ttl") ? [] : ["--lease-ttl", LONG_TERM]),
        ]),
      [Symbol.asyncDispose]: () => ends.disposeAsync(),
    };
  }

  test("finds nothing wrong with one that is as it should be, and writes nothing that stays", async () => {
    await using at = await withStore();
    const examined = await at.look(at.url());
    expect(bad(examined)).toEqual([]);
    expect(examined.of("lease store")[0]?.found).toMatch(
      /^127\.0\.0\.1:\d+ answers: Redis \d+\.\d+\.\d+, standalone$/,
    );
    expect(examined.of("lease store: proxies")[0]?.found).toBe("none is there now");
    const keys = (await at.redis.ask("keys", "*"))
      .split("\n")
      .filter((key) => key !== "" && !key.endsWith(":probe"));
    expect(keys).toEqual([]);
  });

  test("says what is missing when nobody listens, and when the password is missing or wrong", async () => {
    await using at = await withStore(["--requirepass", "hunter2"], ["-a", "hunter2"]);
    const gone = await at.look(`redis://127.0.0.1:${await freePort()}`);
    expect(gone.of("lease store")).toMatchObject([
      { verdict: "fail", found: expect.stringContaining("nothing listens") },
    ]);
    for (const lease of [at.url(), at.url("default:wrong-Pass@")]) {
      const examined = await at.look(lease);
      expect(examined.of("lease store")).toMatchObject([
        { verdict: "fail", fix: expect.stringContaining("--lease-password-file") },
      ]);
      expect(JSON.stringify(examined)).not.toContain("wrong-Pass");
    }
    expect(verdicts((await at.look(at.url(), "--lease-password", "hunter2")).of("lease store"))).toEqual([
      "ok",
    ]);
  });

  test("gives no password away that the server repeats", async () => {
    await using at = await withStore(["--rename-command", "AUTH", ""]);
    const examined = await at.look(at.url("proxy:s3cret-Word@"));
    expect(verdicts(examined.of("lease store"))).toEqual(["fail"]);
    expect(JSON.stringify(examined)).toContain("unknown command");
    expect(JSON.stringify(examined)).not.toContain("s3cret");
  });

  test("sees that leases can be thrown out", async () => {
    await using at = await withStore(["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]);
    const examined = await at.look(at.url());
    expect(examined.of("lease store: eviction")).toMatchObject([
      {
        verdict: "fail",
        found: "maxmemory-policy is allkeys-lru, at 64 MiB",
        fix: expect.stringContaining("CONFIG SET maxmemory-policy noeviction"),
      },
    ]);
    await at.redis.ask("config", "set", "maxmemory-policy", "noeviction");
    expect((await at.look(at.url())).code).toBe(0);
  });

  test("gives the ACL line that a user needs, and the line is enough", async () => {
    await using at = await withStore();
    const setUser = (line: string) => at.redis.ask(...line.replaceAll("'", "").split(" "));
    await setUser("ACL SETUSER proxy on >pass ~* &* -@all +ping +info +select");
    const refused = await at.look(`${at.url("proxy:pass@")}/3`);
    expect(refused.of("lease store: commands")).toMatchObject([{ verdict: "fail" }]);
    const line = refused.of("lease store: commands")[0]?.fix?.split("\n").at(-1)?.trim() ?? "";
    expect(line).toBe(aclLine("proxy", "aceslot", 3));
    await setUser(line);
    const allowed = await at.look(`${at.url("proxy:pass@")}/3`);
    expect(verdicts(allowed.of("lease store: commands"))).toEqual(["ok"]);
    // The proxy itself is content with it, too.
    await using proxy = await startBinary([
      ...at.place.args,
      "--lease",
      `${at.url("proxy:pass@")}/3`,
      "--lease-ttl",
      "1s",
    ]);
    await until("slots are granted", async () => (await fetch(`${proxy.url}/readyz`)).status === 200);
  });

  test("knows a replica", async () => {
    await using at = await withStore();
    await using replica = await redisServer(["--replicaof", "127.0.0.1", String(at.redis.port)]);
    const examined = await at.look(`redis://127.0.0.1:${replica.port}`);
    expect(examined.of("lease store")).toContainEqual(
      expect.objectContaining({ verdict: "fail", found: `127.0.0.1:${replica.port} is a replica` }),
    );
    // Its primary must not go on beside it when it takes over.
    const failOver = async (lease = at.url()) =>
      (await at.look(lease, "--lease-ttl", "20s")).of("lease store: fail-over");
    await until("the primary knows it", async () =>
      (await at.redis.ask("info", "replication")).includes("connected_slaves:1"),
    );
    const [told] = await failOver();
    expect(told?.verdict).toBe("warn");
    await at.redis.ask("acl", "setuser", "proxy", "on", ">pass", "~*", "&*", "+@all", "-config");
    expect(verdicts(await failOver(at.url("proxy:pass@")))).toEqual(["info"]);
    const lines = told?.fix?.split("\n").filter((line) => line.startsWith("  redis-cli ")) ?? [];
    for (const line of lines) await at.redis.ask(...line.trim().split(" ").slice(1));
    expect(verdicts(await failOver())).toEqual(["ok"]);
  });

  test("does not wait long for one that hangs", async () => {
    await using at = await withStore();
    at.redis.freeze();
    try {
      const examined = await at.look(at.url());
      expect(examined.of("lease store")).toMatchObject([
        { verdict: "fail", found: expect.stringContaining("does not answer") },
      ]);
    } finally {
      at.redis.thaw();
    }
  });

  test("names the proxies there, and those that mean another cap", async () => {
    await using at = await withStore();
    await using proxy = await startBinary([
      ...at.place.args,
      ...["--lease", at.url(), "--lease-ttl", LONG_TERM, "--max-streams-per-engine", "3"],
    ]);
    // It has joined, though a store that is new grants nothing for a term yet.
    await until("the proxy is a member", async () => {
      const { members } = await proxy.get<{ members: unknown[] }>("/api/v1/leases");
      return members.length === 1;
    });
    const same = await at.look(at.url(), "--max-streams-per-engine", "3");
    expect(bad(same)).toEqual([]);
    expect(same.of("lease store: proxies")[0]?.found).toEndWith("; they hold 0 slots");
    const other = await at.look(at.url(), "--lease-ttl", "2m", "--max-streams-per-engine", "2");
    expect(other.of("lease store: proxies").slice(1)).toMatchObject([
      { verdict: "fail", found: expect.stringContaining("has 3; here it is 2") },
      { verdict: "warn", found: expect.stringContaining("has 60s; here it is 2m") },
    ]);
  });
});

/** Hosts that lack what programs are used to: it starts and plays, or says in one line why not and what to do. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import { BINARY, bareEnvironment, scratchFolder, startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import { runToEnd } from "../support/ended.ts";
import { asNobody, inOwnMounts, NOBODY } from "../support/own-mounts.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;
const NO_STATE = ["--state-dir", "none"];

/** `through`: what runs it there. */
async function plays(
  through: readonly string[],
  args: readonly string[] = NO_STATE,
  env: Record<string, string> = {},
): Promise<void> {
  await using world = await startWorld({ engines: 1, media: bareMedia });
  await using proxy = await startBinary(
    ["--engine", world.engines[0]?.address ?? "", "--linger", "0s", "--release-timeout", "2s", ...args],
    { through, env },
  );
  const player = play(`${proxy.url}/ace/getstream?id=${contentId(1)}`);
  await player.got(188 * 300);
  await closing({ proxy, engines: world.engines, cap: 1, players: [player] });
  expect(await proxy.end()).toBe(0);
}

describe("P6 a host", () => {
  const HOSTS: readonly (readonly [
    what: string,
    through: readonly string[],
    env?: Record<string, string>,
  ])[] = [
    ["for user 99, without a home", asNobody],
    ["whose root is read-only, for user 99", inOwnMounts("mount -o remount,ro,bind /", NOBODY)],
    ["without /tmp", inOwnMounts("mount -t tmpfs -o size=0,mode=000,nr_inodes=1 tmpfs /tmp")],
    [
      "with a strange zone and language",
      [],
      { TZ: "Nowhere/Land", LANG: "xx_YY.KOI8-R", LC_ALL: "tr_TR.UTF-8" },
    ],
    [
      "with 2 MB of environment",
      [],
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`FILLER_${n}`, "x".repeat(100_000)])),
    ],
  ];
  for (const [what, through, env] of HOSTS)
    test.concurrent(`${what}: it plays`, () => plays(through, NO_STATE, env), LIMIT_MS);

  test.concurrent(
    "without a state folder that this user may write: it says so, and plays",
    async () => {
      await using folder = await scratchFolder();
      await chmod(folder.path, 0o755);
      await using world = await startWorld({ engines: 1, media: bareMedia });
      const args = ["--engine", world.engines[0]?.address ?? "", "--state-dir", join(folder.path, "state")];
      await using proxy = await startBinary([...args, "--linger", "0s"], { through: asNobody });
      const player = play(`${proxy.url}/ace/getstream?id=${contentId(1)}`);
      await player.got(188);
      const { warnings } = await proxy.get<{ warnings: string[] }>("/readyz");
      expect(warnings.join()).toMatch(/state cannot be used: EACCES.*Name another folder with --state-dir/);
      await closing({ proxy, engines: world.engines, cap: 1, players: [player] });
    },
    LIMIT_MS,
  );

  test.concurrent(
    "without IPv6: it listens on all addresses that there are",
    async () => {
      await using world = await startWorld({ engines: 1, media: bareMedia });
      // Of its own, so that nobody else's is taken away: then it is asked from inside.
      const script = [
        "ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6",
        `"$0" serve --listen :6879 --engine ${world.engines[0]?.address} --state-dir none & pid=$!`,
        "for n in $(seq 300); do sleep 0.1; bash -c 'exec 3<>/dev/tcp/127.0.0.1/6879; printf \"GET /healthz HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n\" >&3; head -1 <&3' 2>/dev/null && break; done",
        "kill $pid; wait $pid; echo ended $?",
      ].join("; ");
      const child = Bun.spawn(["unshare", "--net", "sh", "-c", script, BINARY], {
        env: bareEnvironment(),
        stdout: "pipe",
        stderr: "pipe",
      });
      const out = await new Response(child.stdout).text();
      expect(out).toContain("200 OK");
      expect(out).toContain("ended 0");
    },
    LIMIT_MS,
  );

  test.concurrent(
    "with 64 MiB of memory for it: it plays",
    async () => {
      const group = memoryGroup(`aceslot-test-${process.pid}`, 64 * 2 ** 20);
      try {
        await plays(
          ["sh", "-c", `echo $$ > ${group.processes} && exec "$0" "$@"`],
          [...NO_STATE, "--buffer", "2MiB"],
        );
        expect(group.kills()).toBe(0);
      } finally {
        await until("its last process is gone", () => group.isRemoved());
      }
    },
    LIMIT_MS,
  );

  test("whose port is taken ends the start with code 1 and one line that says what to do", async () => {
    await using folder = await scratchFolder();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    try {
      const address = other.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const ended = await runToEnd(["--listen", `127.0.0.1:${port}`, "--state-dir", folder.path]);
      expect(ended).toEqual({
        code: 1,
        out: "",
        err: `aceslot: --listen: "127.0.0.1:${port}" cannot be used: another program listens there; stop it, or choose another port with --listen :6880\n`,
      });
      expect(existsSync(join(folder.path, `sessions-127.0.0.1_${port}.lock`))).toBe(false);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});

/** Processes that may have so much memory together; of either version of control groups. Throws where there are none. */
function memoryGroup(name: string, bytes: number) {
  const isUnified = existsSync("/sys/fs/cgroup/cgroup.controllers");
  const path = join("/sys/fs/cgroup", isUnified ? "" : "memory", name);
  mkdirSync(path);
  writeFileSync(join(path, isUnified ? "memory.max" : "memory.limit_in_bytes"), String(bytes));
  return {
    processes: join(path, "cgroup.procs"),
    /** Times that the kernel ended one for want of memory. */
    kills(): number {
      const text = readFileSync(join(path, isUnified ? "memory.events" : "memory.oom_control"), "utf8");
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
    },
    /** Takes it away; false: there is somebody in it still. */
    isRemoved(): boolean {
      try {
        rmdirSync(path);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
        return false;
      }
    },
  };
}

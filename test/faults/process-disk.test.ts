/** Disks that are full, read-only or gone, and output that nobody reads: told, counted, and the service goes on. */
import { describe, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import {
  BINARY,
  bareEnvironment,
  type RunningBinary,
  scratchFolder,
  startBinary,
} from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import { fullDisk } from "../support/full-disk.ts";
import { readJournal } from "../support/journal.ts";
import { type Player, play } from "../support/player.ts";
import { atRest } from "../support/rest.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";

const LIMIT_MS = 90_000;
const NO_STATE = ["--state-dir", "none"];

/** One engine, a proxy whose state and journal are on `disk`, and somebody who plays and leaves. */
async function onDisk(path: string) {
  const world = await startWorld({ engines: 1, media: bareMedia });
  await mkdir(join(path, "state"), { recursive: true });
  const journal = join(path, "journal.jsonl");
  const proxy = await startBinary([
    ...["--engine", world.engines[0]?.address ?? "", "--linger", "0s", "--release-timeout", "2s"],
    ...["--state-dir", join(path, "state"), "--journal", journal],
  ]);
  return {
    world,
    proxy,
    journal,
    async once(n: number): Promise<void> {
      const player = play(`${proxy.url}/ace/getstream?id=${contentId(n)}`);
      await player.got(188);
      player.leave();
      await atRest(proxy, world);
    },
    /** How often it was told, as soon as it was at all. */
    async told(words: string): Promise<number> {
      const count = () => proxy.log.filter(({ message }) => message.includes(words)).length;
      await until(`it is told that ${words}`, () => count() > 0);
      return count();
    },
    /** Resolves with the number of the last line, when that is written. */
    async written(): Promise<number> {
      return until("the last line is written", async () => {
        const { lines } = await proxy.get<{ lines: { seq: number }[] }>("/api/v1/journal");
        const last = lines.at(-1)?.seq ?? 0;
        return last > 0 && wholeLines(journal).at(-1) === last ? last : null;
      });
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await world.close();
    },
  };
}

async function metric(proxy: RunningBinary, name: string): Promise<number> {
  const text = await (await fetch(`${proxy.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

/** Whole lines, and none that is two; none where there is no file. */
const wholeLines = (path: string): number[] =>
  (existsSync(path) ? readFileSync(path, "utf8") : "").split("\n").flatMap((line) => {
    try {
      return [(JSON.parse(line) as { seq: number }).seq];
    } catch {
      return [];
    }
  });

describe("P5 a disk", () => {
  test.concurrent(
    "that is full is told once and counted, tears no state file, and is written again when there is room",
    async () => {
      await using disk = await fullDisk();
      await using scene = await onDisk(disk.path);
      const { proxy, world, journal } = scene;
      await scene.once(1);
      await scene.written();
      await until("the state is saved", async () => (await metric(proxy, "aceslot_state_saved")) === 1);
      disk.fill();
      for (const n of [2, 3, 4]) await scene.once(n);
      expect(await scene.told("the journal cannot be written")).toBe(1);
      expect(await scene.told("the state file cannot be written")).toBeGreaterThanOrEqual(1);
      expect(await metric(proxy, "aceslot_journal_lines_lost_total")).toBeGreaterThan(0);
      expect(await metric(proxy, "aceslot_state_saved")).toBe(0);
      const { warnings } = await proxy.get<{ warnings: string[] }>("/readyz");
      expect(warnings.join()).toContain("the state file cannot be written");
      const [state = ""] = [...new Bun.Glob("state/*.json").scanSync(disk.path)];
      expect(JSON.parse(readFileSync(join(disk.path, state), "utf8"))).toMatchObject({ version: 1 });
      disk.clear();
      await scene.once(5);
      await until("the state is saved again", async () => (await metric(proxy, "aceslot_state_saved")) === 1);
      expect(await scene.told("the journal is being written again")).toBe(1);
      // Half a line of the full disk's time stands alone: nothing later is lost in it.
      const last = await scene.written();
      const lost = await metric(proxy, "aceslot_journal_lines_lost_total");
      expect(wholeLines(journal).length).toBeGreaterThanOrEqual(last - lost);
      await closing({ proxy, engines: world.engines, cap: 1, journal });
    },
    LIMIT_MS,
  );

  test.concurrent(
    "that becomes read-only is told, and is written again when it can be",
    async () => {
      await using disk = await fullDisk();
      await using scene = await onDisk(disk.path);
      const { proxy, world, journal } = scene;
      await scene.once(1);
      await disk.readOnly(true);
      for (const n of [2, 3]) await scene.once(n);
      expect(await scene.told("the journal cannot be written")).toBe(1);
      expect(await metric(proxy, "aceslot_state_saved")).toBe(0);
      await disk.readOnly(false);
      await scene.once(4);
      await until("the state is saved again", async () => (await metric(proxy, "aceslot_state_saved")) === 1);
      await closing({ proxy, engines: world.engines, cap: 1, journal });
    },
    LIMIT_MS,
  );

  test.concurrent(
    "from which the journal's file is taken: a new one goes on with the next number",
    async () => {
      await using folder = await scratchFolder();
      await using scene = await onDisk(folder.path);
      const { proxy, world, journal } = scene;
      await scene.once(1);
      const before = await scene.written();
      await rm(journal);
      await scene.once(2);
      await scene.written();
      const seqs = readJournal(journal).map(({ seq }) => seq);
      expect(seqs[0]).toBe(before + 1);
      expect(seqs).toEqual(seqs.map((_, index) => before + 1 + index));
      await closing({ proxy, engines: world.engines, cap: 1 });
    },
    LIMIT_MS,
  );

  test.concurrent(
    "on which a former life's last line is cut off: the next life's first one begins a line of its own",
    async () => {
      await using folder = await scratchFolder();
      const journal = join(folder.path, "journal.jsonl");
      await Bun.write(
        journal,
        '{"seq":1,"at":"2026-01-01T00:00:00.000Z","proxy":"x","type":"configure","cap":1}\n{"seq":2,"at":"2026-01-0',
      );
      await using scene = await onDisk(folder.path);
      await scene.once(1);
      await until("it is written", () => wholeLines(journal).length > 2);
      expect(wholeLines(journal).slice(0, 3)).toEqual([1, 1, 2]);
      await closing({ proxy: scene.proxy, engines: scene.world.engines, cap: 1, journal });
    },
    LIMIT_MS,
  );

  test.concurrent(
    "that has no place for a journal is told once, and the service goes on",
    async () => {
      await using world = await startWorld({ engines: 1, media: bareMedia });
      await using proxy = await startBinary([
        ...["--engine", world.engines[0]?.address ?? "", ...NO_STATE, "--linger", "0s"],
        ...["--journal", "/proc/no/such/journal.jsonl"],
      ]);
      for (const n of [1, 2, 3]) {
        const player = play(`${proxy.url}/ace/getstream?id=${contentId(n)}`);
        await player.got(188);
        player.leave();
        await atRest(proxy, world);
      }
      const told = () => proxy.log.filter(({ message }) => message.includes("the journal cannot be written"));
      await until("it is told", () => told().length > 0);
      expect(told()).toHaveLength(1);
      await closing({ proxy, engines: world.engines, cap: 1 });
    },
    LIMIT_MS,
  );
});

/** Whatever is left of a shell and what it started. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of them have ended by themselves.
  }
}

describe("P5 the log's reader", () => {
  /** A shell makes what its standard output is; `proxy` stands for the program. */
  const CASES = [
    ["goes away", "$proxy | head -c 10 >/dev/null"],
    ["hangs", "$proxy | sleep 300"],
    ["is a full disk", "exec $proxy > /dev/full"],
    ["is not there", "exec $proxy <&- >&- 2>&-"],
  ] as const;
  for (const [what, script] of CASES)
    for (const format of ["json", "text"] as const)
      test.concurrent(
        `that ${what} stops nothing (${format})`,
        async () => {
          await using world = await startWorld({ engines: 1, media: bareMedia });
          const port = await freePort();
          const url = `http://127.0.0.1:${port}`;
          await using folder = await scratchFolder();
          const pidFile = join(folder.path, "pid");
          const args = [
            "serve",
            "--listen",
            `127.0.0.1:${port}`,
            "--engine",
            world.engines[0]?.address ?? "",
          ];
          // Loud, so that more is said than a pipe holds.
          const more = [...NO_STATE, "--linger", "0s", "--log-format", format, "--log-level", "debug"];
          const program = `sh -c 'echo $$ > ${pidFile}; exec ${[BINARY, ...args, ...more].join(" ")}'`;
          const shell = spawn("sh", ["-c", script.replace("$proxy", () => program)], {
            env: bareEnvironment(),
            stdio: ["ignore", "ignore", "ignore"],
            detached: true,
          });
          try {
            const get = async <T>(path: string): Promise<T> =>
              (await (await fetch(`${url}${path}`)).json()) as T;
            await until("it serves", () =>
              get("/healthz").then(
                () => true,
                () => false,
              ),
            );
            const players: Player[] = [];
            for (let n = 0; n < 5; n++) {
              const player = play(`${url}/ace/getstream?id=${contentId(n)}`);
              players.push(player);
              await player.got(188);
              player.leave();
              await until("its place is free", () => world.realLoad() === 0);
            }
            const pid = Number(readFileSync(pidFile, "utf8"));
            const seen: RunningBinary = {
              ...{ url, pid, log: [], get },
              end: async () => null,
              async [Symbol.asyncDispose]() {},
            };
            await closing({ proxy: seen, engines: world.engines, cap: 1, players });
            process.kill(pid, "SIGTERM");
            await until("it ends", () =>
              get("/healthz").then(
                () => false,
                () => true,
              ),
            );
          } finally {
            endGroup(shell);
          }
        },
        LIMIT_MS,
      );
});

/** SIGHUP under load: what changes, what does not, and that nobody who watches notices. */
import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RELOAD_STILL_MS } from "../../src/limits.ts";
import { bareMedia, contentId, type SimEngine, startWorld } from "../../src/sim/index.ts";
import { BINARY, bareEnvironment, scratchFolder } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import { readJournal, recompute } from "../support/journal.ts";
import { numberedMedia } from "../support/numbered.ts";
import { play } from "../support/player.ts";
import { startReloading } from "../support/reloading.ts";
import { atRest, highestLoad, slotsIn, streamsOf, waitingIn } from "../support/rest.ts";
import { until } from "../support/until.ts";
import { watch } from "../support/viewer.ts";

const LIMIT_MS = 90_000;

const listed = (engines: readonly SimEngine[]): string =>
  `engine = [${engines.map(({ address }) => `"${address}"`).join(", ")}]`;

const streamUrl = (proxy: { readonly url: string }, n: number, query = ""): string =>
  `${proxy.url}/ace/getstream?id=${contentId(n)}${query}`;

describe("P3 SIGHUP", () => {
  test(
    "under 20 clients changes settings ten times, and no client misses a packet",
    async () => {
      await using world = await startWorld({ engines: 5, media: numberedMedia(600_000) });
      const four = listed(world.engines.slice(0, 4));
      await using proxy = await startReloading("", `${four}\nmax-streams-per-engine = 2`);
      const viewers = Array.from({ length: 20 }, (_, n) => watch(streamUrl(proxy, n % 6)));
      for (const viewer of viewers) await viewer.got(188);

      const versions: readonly (readonly [toml: string, told: RegExp])[] = [
        [`${four}\nmax-streams-per-engine = 3`, /reloaded: max-streams-per-engine: 2 → 3$/],
        [`${four}\nmax-streams-per-engine = 3\nqueue-timeout = "soon"`, /^not reloaded.*queue-timeout in/],
        [
          `${listed(world.engines)}\nmax-streams-per-engine = 3`,
          /engine: .*127\.0\.0\.1:\d+ → .*127\.0\.0\.1:\d+$/,
        ],
        [`${four}\nmax-streams-per-engine = 3\n[`, /^not reloaded.*not TOML/],
        [`${four}\nmax-streams-per-engine = 1`, /max-streams-per-engine: 3 → 1/],
        [`${four}\nmax-streams-per-engine = 1\ntoken = "hunter2"`, /token: nothing → \*\*\*$/],
        [`${four}\nmax-streams-per-engine = 1\ntoken = "hunter3"`, /token: \*\*\* → \*\*\*$/],
        [
          `${four}\nmax-streams-per-engine = 2\nbuffer = "1MiB"\nclient-timeout = "9s"\nlog-level = "debug"`,
          /token: \*\*\* → nothing; .*client-timeout: 30s → 9s; buffer: 8MiB → 1MiB; log-level: info → debug$/,
        ],
        [
          `${four}\nmax-streams-per-engine = 2\nlisten = "x"`,
          /^not reloaded, the old settings stay: .* not TOML: /,
        ],
        [`${four}\nmax-streams-per-engine = 2`, /reloaded: client-timeout: 9s → 30s; buffer: 1MiB → 8MiB/],
      ];
      for (const [toml, told] of versions) {
        const bytes = viewers.map((viewer) => viewer.bytes);
        // At the debug level there is more to read than what is said of the reload.
        expect((await proxy.reload(toml)).at(-1)?.message).toMatch(told);
        for (const [n, viewer] of viewers.entries()) await viewer.got((bytes[n] ?? 0) + 10 * 188);
      }
      for (const { over, packets } of viewers) {
        expect(over).toBeNull();
        expect([packets.gaps, packets.broken]).toEqual([[], 0]);
      }
      expect(JSON.stringify(proxy.log)).not.toContain("hunter");
      for (const viewer of viewers) viewer.leave();
      await atRest(proxy, world);
      expect(highestLoad(world)).toBeLessThanOrEqual(3);
    },
    LIMIT_MS,
  );

  test(
    "with a higher cap lets those in who wait, and with a lower one nobody until there is room",
    async () => {
      await using world = await startWorld({ engines: 1, media: bareMedia });
      const file = (cap: number): string => `max-streams-per-engine = ${cap}`;
      await using proxy = await startReloading(
        `${listed(world.engines)}\nlinger = "0s"\nqueue-timeout = "60s"`,
        file(1),
      );
      const first = play(streamUrl(proxy, 1));
      await first.got(188);
      const waiting = [2, 3].map((n) => play(streamUrl(proxy, n), { headers: { "User-Agent": `tv ${n}` } }));
      await until("both wait", async () => (await waitingIn(proxy)) === 2);
      await proxy.reload(file(3));
      for (const player of waiting) expect(await player.answered()).toBe(200);

      await proxy.reload(file(1));
      await until("all three play", async () => (await slotsIn(proxy, "active")) === 3);
      const late = play(streamUrl(proxy, 4), { headers: { "User-Agent": "tv 4" } });
      await until("it waits", async () => (await waitingIn(proxy)) === 1);
      first.leave();
      waiting[0]?.leave();
      await until("two are gone", async () => (await slotsIn(proxy, "active")) === 1);
      expect([await waitingIn(proxy), world.engines[0]?.counters.starts]).toEqual([1, 3]);
      waiting[1]?.leave();
      expect(await late.answered()).toBe(200);
      expect(highestLoad(world)).toBe(3);
      late.leave();
      await atRest(proxy, world);
      const { lines } = await proxy.get<{ lines: { type?: string; cap?: number }[] }>("/api/v1/journal");
      expect(lines.filter(({ type }) => type === "configure").map(({ cap }) => cap)).toEqual([1, 3, 1]);
    },
    LIMIT_MS,
  );

  test("names what needs a restart, each time, and goes on as before with it", async () => {
    await using world = await startWorld({ engines: 1, media: bareMedia });
    await using proxy = await startReloading(listed(world.engines), "");
    const changed = 'orchestrator = "http://127.0.0.1:1"\nlease-ttl = "5s"\nlinger = "1s"';
    for (const told of ["linger: 5s → 1s", "nothing changed"]) {
      const lines = await proxy.reload(changed);
      expect(lines.map(({ level, message }) => [level, message])).toEqual(
        [
          ["warn", expect.stringContaining("lease-ttl in ")],
          [
            "warn",
            "restart needed for: orchestrator (nothing → http://127.0.0.1:1); until then it stays as it was",
          ],
          ["warn", "restart needed for: lease-ttl (10s → 5s); until then it stays as it was"],
          ["info", `settings reloaded: ${told}`],
        ].slice(told === "nothing changed" ? 1 : 0) as [string, string][],
      );
    }
    const player = play(streamUrl(proxy, 1));
    expect(await player.answered()).toBe(200);
    await closing({ proxy, engines: world.engines, cap: 1, players: [player] });
  });

  test("takes up secrets from changed files and credentials, and refuses empty ones", async () => {
    await using world = await startWorld({ engines: 1, media: bareMedia });
    await using proxy = await startReloading(listed(world.engines), "");
    const status = async (token: string): Promise<number> =>
      (await fetch(`${proxy.url}/api/v1/queue?token=${token}`)).status;
    const file = join(proxy.folder, "token");
    const use = `token-file = "${file}"`;
    const missing = (await proxy.reload(use)).at(-1);
    expect(missing?.message).toContain("cannot be read: there is no such file");
    await writeFile(file, "one\n", { mode: 0o600 });
    await proxy.reload(use);
    expect([await status("one"), await status("two")]).toEqual([200, 401]);
    await writeFile(file, "two\n");
    expect((await proxy.hangUp()).map(({ message }) => message)).toEqual([
      "settings reloaded: token: *** → ***",
    ]);
    expect([await status("one"), await status("two")]).toEqual([401, 200]);
    await writeFile(file, "\n");
    const empty = (await proxy.hangUp()).at(-1);
    expect(empty?.message).toContain("is empty: it must hold the token");
    expect([await status("one"), await status("two")]).toEqual([401, 200]);
  });

  test("a credential of systemd is the token until a variable says otherwise", async () => {
    await using world = await startWorld({ engines: 1, media: bareMedia });
    await using folder = await scratchFolder();
    await writeFile(join(folder.path, "token"), "from-systemd\n", { mode: 0o600 });
    const engine = listed(world.engines);
    for (const [env, token] of [
      [{}, "from-systemd"],
      [{ ACESLOT_TOKEN: "from-env" }, "from-env"],
    ] as const) {
      await using proxy = await startReloading(engine, 'token = "from-file"', {
        CREDENTIALS_DIRECTORY: folder.path,
        ...env,
      });
      const answers = ["from-systemd", "from-env", "from-file"].map(async (given) => {
        const { status } = await fetch(`${proxy.url}/api/v1/queue?token=${given}`);
        return status === 200 ? given : null;
      });
      expect((await Promise.all(answers)).filter((given) => given !== null)).toEqual([token]);
    }
  });

  test(
    "after the journal was moved away loses no line: both files together have every number",
    async () => {
      await using world = await startWorld({ engines: 4, media: bareMedia });
      await using proxy = await startReloading(`${listed(world.engines)}\nlinger = "0s"`, "");
      const path = join(proxy.folder, "journal.jsonl");
      const use = `journal = "${path}"`;
      await proxy.reload(use);
      const stop = new AbortController();
      const zapping = [1, 2, 3].map(async (tv) => {
        for (let n = 0; !stop.signal.aborted; n++) {
          const player = play(streamUrl(proxy, 100 * tv + n));
          expect(await player.answered()).toBe(200);
          player.leave();
        }
      });
      const lengths: number[] = [];
      for (const n of [1, 2, 3]) {
        await until("lines are written", () => linesIn(path) > 20);
        await rename(path, `${path}.${n}`);
        await proxy.hangUp();
        lengths.push(n);
      }
      stop.abort();
      await Promise.all(zapping);
      await atRest(proxy, world);
      expect(await proxy.end()).toBe(0);
      const lines = [...lengths.map((n) => `${path}.${n}`), path].flatMap((file) => readJournal(file));
      const [first] = lines;
      expect(first).toMatchObject({ type: "configure", cap: 1 });
      expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, n) => (first?.seq ?? 0) + n));
      const { faults } = recompute(lines, 1);
      // That numbers begin above 1 is known already.
      expect(faults.filter((fault) => !fault.includes(": seq is not "))).toEqual([]);
    },
    LIMIT_MS,
  );
});

test("P3 a proxy that was started in a terminal ends with it, and gives everything back first", async () => {
  await using folder = await scratchFolder();
  await using world = await startWorld({ engines: 1, media: bareMedia });
  const log = join(folder.path, "typescript");
  const command = `${BINARY} serve --listen 127.0.0.1:0 --engine ${world.engines[0]?.address} --state-dir none`;
  const terminal = spawn("script", ["-qefc", `${command} --log-format json`, log], {
    env: bareEnvironment({ SHELL: "/bin/sh" }),
    stdio: ["pipe", "ignore", "ignore"],
  });
  // What it runs ends with it.
  await using made = new AsyncDisposableStack();
  made.defer(() => void terminal.kill("SIGKILL"));
  const url = await until("it listens", () => /"url":"(http:[^"]*)"/.exec(shownIn(log))?.[1]);
  const player = play(`${url}/ace/getstream?id=${contentId(1)}`);
  await player.got(188);
  terminal.kill("SIGKILL");
  await until("the engine is told to stop", () => world.engines[0]?.counters.stops === 1);
  await until("the player is told", () => player.over !== null);
  await until("nobody listens any more", () =>
    fetch(url).then(
      () => false,
      () => true,
    ),
  );
  expect([world.realLoad(), highestLoad(world)]).toEqual([0, 1]);
});

function shownIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function linesIn(path: string): number {
  try {
    return readJournal(path).length;
  } catch {
    return 0;
  }
}

test("P3 streams are listed as before after a reload that changed nothing", async () => {
  await using world = await startWorld({ engines: 1, media: bareMedia });
  await using proxy = await startReloading(listed(world.engines), 'linger = "0s"');
  const player = play(streamUrl(proxy, 1));
  await player.got(188);
  const before = await streamsOf(proxy);
  expect((await proxy.hangUp()).at(-1)?.message).toBe("settings reloaded: nothing changed");
  expect((await streamsOf(proxy)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  await closing({ proxy, engines: world.engines, cap: 1, players: [player] });
});

/** `begun`: called when no more than `cut` is written. Answers the longest time for which the file was half of one and still. */
function writeInPieces(path: string, text: string, cut: number, begun: () => void): number {
  const times = [performance.now()];
  writeFileSync(path, text.slice(0, cut));
  begun();
  for (let at = cut; at < text.length; at += 6) {
    Bun.sleepSync(30);
    appendFileSync(path, text.slice(at, at + 6));
    times.push(performance.now());
  }
  return Math.max(...times.slice(1).map((time, n) => time - (times[n] ?? 0)));
}

test.concurrent(
  "P3 a file that is being written, a hundred signals, and one that is gone",
  async () => {
    await using world = await startWorld({ engines: 1, media: bareMedia });
    await using proxy = await startReloading(listed(world.engines), 'linger = "0s"\ntoken = "hunter2"');
    const path = join(proxy.folder, "aceslot.toml");
    const player = play(streamUrl(proxy, 1, "&token=hunter2"));
    await player.got(188);
    const outcomes = (): string[] =>
      proxy.log.map(({ message }) => message).filter((message) => /reloaded/.test(message));

    // An editor that writes in place: half of it would be a file without the token.
    const former = readFileSync(path, "utf8");
    const whole = former.replace("0s", "1s");
    const cut = whole.indexOf("token");
    for (;;) {
      const before = outcomes().length;
      const stillMs = writeInPieces(path, whole, cut, () => process.kill(proxy.pid, "SIGHUP"));
      await until("it is told", () => outcomes().length > before);
      if (stillMs < RELOAD_STILL_MS / 2) {
        expect(outcomes().slice(before)).toEqual(["settings reloaded: linger: 0s → 1s"]);
        break;
      }
      // This process stood still for so long that half of a file is what an editor may as well have meant.
      await writeFile(path, former);
      await proxy.hangUp();
    }

    const soFar = outcomes().length;
    await writeFile(path, whole.replace("1s", "0s"));
    for (let n = 0; n < 100; n++) {
      process.kill(proxy.pid, "SIGHUP");
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until("it is told", () => outcomes().slice(soFar).includes("settings reloaded: linger: 1s → 0s"));

    await rm(path);
    process.kill(proxy.pid, "SIGHUP");
    const refused = await until("it is refused", () =>
      outcomes().find((told) => told.startsWith("not reloaded")),
    );
    expect(refused).toContain("cannot be read");
    expect((await fetch(`${proxy.url}/api/v1/queue`)).status).toBe(401);
    const bytes = player.bytes;
    await player.got(bytes + 188);
    expect(player.over).toBeNull();
    const seen = {
      ...proxy,
      get: async <T>(path: string): Promise<T> =>
        (await (await fetch(`${proxy.url}${path}?token=hunter2`)).json()) as T,
    };
    await closing({ proxy: seen, engines: world.engines, cap: 1, players: [player] });
  },
  LIMIT_MS,
);

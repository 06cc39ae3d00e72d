/** A crash forgets nothing: what a former life left on the engines counts, and is stopped, in the next one. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { chown, mkdir, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import { type RunningBinary, scratchFolder, startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import { asNobody } from "../support/own-mounts.ts";
import { type Player, play } from "../support/player.ts";
import { atRest, enginesOf, highestLoad, knowsEngines, slotsIn, waitingIn } from "../support/rest.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";

const LIMIT_MS = 120_000;
/** For waits that end with a deadline of the proxy's own. */
const PATIENCE_MS = 40_000;
const PACKET_BYTES = 188;

const urlOf = (proxy: RunningBinary, content: string): string => `${proxy.url}/ace/getstream?id=${content}`;

async function playing(proxy: RunningBinary, content: string): Promise<Player> {
  const player = play(urlOf(proxy, content));
  expect(await player.answered()).toBe(200);
  await player.got(PACKET_BYTES);
  return player;
}

/** A life of the proxy at a port of its own choice, as a service has it. */
const live = (port: number, args: readonly string[]): Promise<RunningBinary> =>
  startBinary(["--listen", `127.0.0.1:${port}`, ...args], { command: ["serve"] });

const stateFile = (folder: string, port: number): string => join(folder, `sessions-127.0.0.1_${port}.json`);

const sessionsIn = (path: string): unknown[] => JSON.parse(readFileSync(path, "utf8")).sessions;

const readiness = (proxy: RunningBinary) =>
  proxy.get<{ ready: boolean; reasons: string[]; warnings: string[] }>("/readyz");

describe("P2 kill -9 with 10 streams playing and 10 starts under way, and a new life", () => {
  for (const generation of [1, 2] as const)
    test.concurrent(
      `generation ${generation}: no engine is ever above its cap, and nothing stays behind`,
      async () => {
        await using folder = await scratchFolder();
        await using world = await startWorld({
          engines: 24,
          generation,
          unreadSessionMs: 2_000,
          media: bareMedia,
        });
        const port = await freePort();
        const args = [
          ...["--orchestrator", world.url, "--state-dir", folder.path],
          // Long enough to look at what is held until then.
          ...["--release-timeout", "15s", "--linger", "0s", "--queue-timeout", "60s"],
        ];
        const first = await live(port, args);
        await knowsEngines(first, 24);
        await Promise.all(Array.from({ length: 10 }, (_, n) => playing(first, contentId(n))));
        await until("all of them are told", () => world.orchestrator.counters.stream_started === 10);
        // Their answers would come after the crash.
        for (const engine of world.engines) engine.faults.startDelayMs = 6_000;
        for (let n = 10; n < 20; n++) play(urlOf(first, contentId(n)));
        await until("20 sessions run", () => world.realLoad() === 20);
        expect(await first.end("SIGKILL")).toBeNull();
        expect(sessionsIn(stateFile(folder.path, port))).toHaveLength(20);
        const startsBefore = world.engines.reduce((sum, { counters }) => sum + counters.starts, 0);
        expect(startsBefore).toBe(20);
        for (const engine of world.engines) engine.faults.startDelayMs = null;

        await using second = await live(port, args);
        // As many contents as there are engines: some at once, some after the stops, the rest after the deadline.
        const players = Array.from({ length: 24 }, (_, n) => play(urlOf(second, contentId(100 + n))));
        await until("engines that were free serve while old sessions are still held", async () => {
          const served = players.filter(({ bytes }) => bytes >= PACKET_BYTES).length;
          return served >= 4 && (await slotsIn(second, "released")) >= 10;
        });
        await until(
          "what was answered is stopped at once",
          () => world.engines.filter(({ counters }) => counters.stops > 0).length === 10,
        );
        await until(
          "those places serve too",
          () => players.filter(({ status }) => status === 200).length >= 14,
        );
        expect(await slotsIn(second, "released")).toBe(10);
        expect(await waitingIn(second)).toBe(10);
        for (const player of players) {
          expect(await player.answered(PATIENCE_MS)).toBe(200);
          await player.got(PACKET_BYTES);
        }
        expect(highestLoad(world)).toBe(1);

        for (const player of players) player.leave();
        await atRest(second, world);
        await until("the file is empty", () => sessionsIn(stateFile(folder.path, port)).length === 0);
        await until("the orchestrator has no stream of ours", () =>
          world.orchestrator.view().streams.every(({ status }) => status === "ended"),
        );
        // Each start that was told has its end, once.
        await until("all is told", () => world.orchestrator.counters.stream_ended >= 34);
        const { stream_started: starts, stream_ended: ends } = world.orchestrator.counters;
        expect([starts, ends]).toEqual([34, 34]);
        expect(await second.end()).toBe(0);
        expect(sessionsIn(stateFile(folder.path, port))).toEqual([]);
        expect(highestLoad(world)).toBe(1);
      },
      LIMIT_MS,
    );
});

describe("P2 kill -9, and a new life whose state file is lost", () => {
  for (const [what, lose] of [
    ["torn", (path: string) => writeFile(path, "{")],
    ["in a folder that cannot be used any more", async () => {}],
  ] as const)
    test(
      `(${what}) stops what the orchestrator lists as ours`,
      async () => {
        await using folder = await scratchFolder();
        await using world = await startWorld({ engines: 3, generation: 1, media: bareMedia });
        const port = await freePort();
        const args = ["--orchestrator", world.url, "--linger", "0s"];
        const first = await live(port, [...args, "--state-dir", folder.path]);
        await knowsEngines(first, 3);
        await Promise.all([1, 2].map((n) => playing(first, contentId(n))));
        await until("the orchestrator lists them", () => world.orchestrator.view().streams.length === 2);
        expect(await first.end("SIGKILL")).toBeNull();
        await lose(stateFile(folder.path, port));

        const dir = what === "torn" ? folder.path : "/proc";
        await using second = await live(port, [...args, "--state-dir", dir]);
        await atRest(second, world);
        await until("nothing of ours is listed", () =>
          world.orchestrator.view().streams.every(({ status }) => status === "ended"),
        );
        expect(world.engines.reduce((sum, { counters }) => sum + counters.stops, 0)).toBe(2);
        expect(world.orchestrator.counters.stream_ended).toBe(2);
        expect(highestLoad(world)).toBe(1);
      },
      LIMIT_MS,
    );
});

describe("P2 kill -9, and a new life whose state file somebody else holds", () => {
  test(
    "lets the streams of its own name run: they are the other one's",
    async () => {
      await using folder = await scratchFolder();
      await using world = await startWorld({
        engines: 2,
        generation: 1,
        unreadSessionMs: 60_000,
        media: bareMedia,
      });
      const port = await freePort();
      const args = ["--orchestrator", world.url, "--state-dir", folder.path];
      const first = await live(port, args);
      await knowsEngines(first, 2);
      await playing(first, contentId(1));
      await until("the orchestrator lists it", () => world.orchestrator.view().streams.length === 1);
      expect(await first.end("SIGKILL")).toBeNull();
      // A process that is alive, as a second container of the same name would be.
      const lock = stateFile(folder.path, port).replace(/json$/, "lock");
      await rm(lock, { recursive: true });
      await mkdir(lock);
      const other = join(lock, `${hostname()}~${process.pid}~1~one`);
      await writeFile(other, "");
      const renewal = setInterval(() => void utimes(other, new Date(), new Date()), 500);
      try {
        await using second = await live(port, args);
        await until("it counts the other one's stream", async () =>
          (await enginesOf(second)).some(({ foreign }) => foreign === 1),
        );
        await playing(second, contentId(2));
        expect(world.engines.map(({ counters }) => counters.stops)).toEqual([0, 0]);
        expect(highestLoad(world)).toBe(1);
      } finally {
        clearInterval(renewal);
      }
    },
    LIMIT_MS,
  );
});

describe("P2 the state file", () => {
  test("is empty after a clean end, and the next life begins with nothing to stop", async () => {
    await using folder = await scratchFolder();
    await using world = await startWorld({ engines: 1, media: bareMedia });
    const port = await freePort();
    const args = [
      "--engine",
      world.engines[0]?.address ?? "",
      "--state-dir",
      join(folder.path, "new", "folder"),
      ...["--linger", "0s"],
    ];
    await using first = await live(port, args);
    await playing(first, contentId(1));
    const path = stateFile(join(folder.path, "new", "folder"), port);
    await until("it holds the session", () => sessionsIn(path).length === 1);
    expect(await first.end()).toBe(0);
    expect(sessionsIn(path)).toEqual([]);
    expect(await readdir(join(folder.path, "new", "folder"))).toEqual([`sessions-127.0.0.1_${port}.json`]);
    await using second = await live(port, args);
    const player = await playing(second, contentId(2));
    expect(second.log.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
    expect((await readiness(second)).warnings).toEqual([]);
    await closing({ proxy: second, engines: world.engines, cap: 1, players: [player] });
  });

  for (const [what, text] of [
    ["torn", '{"version":1,"instance":"aceslot-x","sess'],
    ["of another version", '{"version":99,"instance":"aceslot-x","sessions":[]}'],
    ["empty", ""],
    ["of a newer version", '{"version":2,"instance":"aceslot-x","sessions":{"of":"another shape"}}'],
    ["full of NUL bytes", "\0".repeat(4096)],
    [
      "of a port that is none",
      '{"version":1,"instance":"aceslot-x","sessions":[{"engine":"e","name":"e","address":{"scheme":"http","host":"h","port":70000},"contents":[],"urls":null,"playbackSession":null,"reportedAs":null}]}',
    ],
    ["of a strange shape", '{"version":1,"instance":"a/b","sessions":[{"engine":7}]}'],
  ] as const)
    test(`that is ${what} is told, shown by readyz, and stops nothing`, async () => {
      await using folder = await scratchFolder();
      await using world = await startWorld({ engines: 1, media: bareMedia });
      const port = await freePort();
      await writeFile(stateFile(folder.path, port), text);
      await using proxy = await live(port, [
        ...["--engine", world.engines[0]?.address ?? "", "--state-dir", folder.path, "--linger", "0s"],
      ]);
      await until("it is ready", async () => (await readiness(proxy)).ready);
      const isTold = ({ message }: { message: string }) => message.includes("torn or of another version");
      await until("it is told", () => proxy.log.some(isTold));
      expect(proxy.log.filter(isTold)).toHaveLength(1);
      expect((await readiness(proxy)).warnings.join()).toContain("sessions of a former life are unknown");
      const player = await playing(proxy, contentId(1));
      await until("a good one takes its place", () => sessionsIn(stateFile(folder.path, port)).length === 1);
      await closing({ proxy, engines: world.engines, cap: 1, players: [player] });
    });

  for (const [what, dirIn] of [
    // Nobody may make files there, not even root.
    ["read-only", () => "/proc"],
    ["below a file", (folder: string) => join(folder, "file", "state")],
  ] as const)
    test(`in a folder that is ${what} is told with the fix, shown by readyz, and stops nothing`, async () => {
      await using folder = await scratchFolder();
      await writeFile(join(folder.path, "file"), "");
      await using world = await startWorld({ engines: 1, media: bareMedia });
      const dir = dirIn(folder.path);
      await using proxy = await startBinary([
        "--engine",
        world.engines[0]?.address ?? "",
        ...["--state-dir", dir, "--linger", "0s"],
      ]);
      await until("it is ready", async () => (await readiness(proxy)).ready);
      const told = await until("it is told", () =>
        proxy.log.find(({ message }) => message.includes(`${dir} cannot be used`)),
      );
      expect(told.message).toContain("--state-dir");
      expect((await readiness(proxy)).warnings.join()).toContain(`${dir} cannot be used`);
      const player = await playing(proxy, contentId(1));
      await closing({ proxy, engines: world.engines, cap: 1, players: [player] });
    });

  test("whose folder goes away in mid-run is told once, shown by readyz, and comes back", async () => {
    await using folder = await scratchFolder();
    await using world = await startWorld({ engines: 4, media: bareMedia });
    const engines = world.engines.flatMap(({ address }) => ["--engine", address]);
    const args = [...engines, "--state-dir", join(folder.path, "state"), "--linger", "0s"];
    await using proxy = await startBinary(args);
    const players = [await playing(proxy, contentId(1))];
    await rm(join(folder.path, "state"), { recursive: true });
    await writeFile(join(folder.path, "state"), "");
    for (const n of [2, 3]) players.push(await playing(proxy, contentId(n)));
    const errors = () => proxy.log.filter(({ level, room }) => level === "error" && room === "broker");
    await until("it is told", () => errors().length > 0);
    expect(errors()).toHaveLength(1);
    expect(errors()[0]?.message).toContain("the state file cannot be written");
    expect((await readiness(proxy)).warnings.join()).toContain("the state file cannot be written");
    await rm(join(folder.path, "state"));
    await mkdir(join(folder.path, "state"));
    players.push(await playing(proxy, contentId(4)));
    await until("all is well again", async () => (await readiness(proxy)).warnings.length === 0);
    await closing({ proxy, engines: world.engines, cap: 1, players });
  });

  test(
    "is not shared by two proxies with one listening name: the second one says so",
    async () => {
      await using folder = await scratchFolder();
      await using world = await startWorld({ engines: 2, media: bareMedia });
      const args = ["--orchestrator", world.url, "--state-dir", folder.path, "--linger", "0s"];
      await using first = await startBinary(args);
      await knowsEngines(first, 2);
      const player = await playing(first, contentId(1));
      await until("the orchestrator lists it", () => world.orchestrator.view().streams.length === 1);
      await using second = await startBinary(args);
      const message = "another proxy with the same listening address uses it";
      await until("it is told", () => second.log.some((line) => line.message.includes(message)));
      expect((await readiness(second)).warnings.join()).toContain(message);
      await until("the first one is ready", async () => (await readiness(first)).ready);
      expect((await readiness(first)).warnings).toEqual([]);
      // It takes what it finds in the orchestrator's list for somebody else's, not for its own of a former life.
      await knowsEngines(second, 2);
      await until("it counts the first one's stream", async () =>
        (await enginesOf(second)).some(({ foreign }) => foreign === 1),
      );
      await playing(second, contentId(2));
      await player.got(player.bytes + PACKET_BYTES);
      expect(world.engines.map(({ counters }) => counters.stops)).toEqual([0, 0]);
      expect(highestLoad(world)).toBe(1);
      expect(await second.end()).toBe(0);
      // The second one's end takes neither the first one's lock nor its file.
      expect((await readdir(folder.path)).sort()).toEqual([
        "sessions-127.0.0.1_0.json",
        "sessions-127.0.0.1_0.lock",
      ]);
      expect(sessionsIn(join(folder.path, "sessions-127.0.0.1_0.json"))).toHaveLength(1);
      await closing({ proxy: first, engines: world.engines, cap: 1, players: [player] });
    },
    LIMIT_MS,
  );
});

describe("P2 the state file, whatever lies in its place,", () => {
  const SESSION = {
    ...{ engine: "gone", name: "gone", contents: [], urls: null, playbackSession: null, reportedAs: null },
    address: { scheme: "http", host: "127.0.0.1", port: 1 },
  };
  const CASES: readonly (readonly [
    what: string,
    put: (path: string) => Promise<unknown>,
    told: RegExp | null,
    isMended: boolean,
  ])[] = [
    ["a folder", (path) => mkdir(join(path, "in it"), { recursive: true }), /is no file/, false],
    ["a pipe", (path) => Bun.$`mkfifo ${path}`, /is no file/, true],
    ["an endless device", (path) => symlink("/dev/zero", path), /is no file/, true],
    ["a link to nowhere", (path) => symlink("nowhere", path), null, true],
    ["a link to itself", (path) => symlink(path, path), /cannot be read/, true],
    [
      "40 MB of anything",
      (path) => writeFile(path, Buffer.alloc(40_000_000, " ")),
      /is larger than 32 MiB/,
      true,
    ],
    [
      "10 MB that are right",
      (path) =>
        writeFile(
          path,
          `${" ".repeat(10_000_000)}${JSON.stringify({ version: 1, instance: "x", sessions: [SESSION] })}`,
        ),
      null,
      true,
    ],
    [
      "a good one beside a next one that is a folder",
      async (path) => {
        await mkdir(join(`${path}.new`, "in it"), { recursive: true });
      },
      null,
      true,
    ],
    [
      "a good one beside a next one that is a link to somebody else's file",
      async (path) => {
        await writeFile(`${path}.precious`, "precious");
        await symlink(`${path}.precious`, `${path}.new`);
      },
      null,
      true,
    ],
  ];
  for (const [what, put, told, isMended] of CASES)
    test.concurrent(
      `is ${what}: it is told, and the proxy serves`,
      async () => {
        await using folder = await scratchFolder();
        await using world = await startWorld({ engines: 1, media: bareMedia });
        const port = await freePort();
        const path = stateFile(folder.path, port);
        await put(path);
        await using proxy = await live(port, [
          ...["--engine", world.engines[0]?.address ?? "", "--state-dir", folder.path],
          ...["--release-timeout", "2s", "--linger", "0s"],
        ]);
        const player = await playing(proxy, contentId(1));
        const { warnings } = await readiness(proxy);
        if (told !== null) expect(warnings.join()).toMatch(told);
        else expect(warnings).toEqual([]);
        if (isMended) await until("it holds the session", () => sessionsIn(path).length >= 1);
        else
          await until("that it is not written is told", () =>
            proxy.log.some(({ message }) => message.includes("the state file cannot be written")),
          );
        if (existsSync(`${path}.precious`)) expect(readFileSync(`${path}.precious`, "utf8")).toBe("precious");
        await closing({ proxy, engines: world.engines, cap: 1, players: [player] });
      },
      LIMIT_MS,
    );

  test.concurrent(
    "is root's while the proxy is another user: told, and replaced",
    async () => {
      await using folder = await scratchFolder();
      await using world = await startWorld({ engines: 1, media: bareMedia });
      const port = await freePort();
      const path = stateFile(folder.path, port);
      for (const name of [path, `${path}.new`]) await writeFile(name, "{}", { mode: 0o600 });
      await chown(folder.path, 99, 99);
      const args = ["--listen", `127.0.0.1:${port}`, "--engine", world.engines[0]?.address ?? ""];
      await using proxy = await startBinary([...args, "--state-dir", folder.path, "--linger", "0s"], {
        command: ["serve"],
        through: asNobody,
      });
      const player = await playing(proxy, contentId(1));
      expect((await readiness(proxy)).warnings.join()).toMatch(/cannot be read \(EACCES/);
      await until("it holds the session", () => sessionsIn(path).length === 1);
      await closing({ proxy, engines: world.engines, cap: 1, players: [player] });
    },
    LIMIT_MS,
  );
});

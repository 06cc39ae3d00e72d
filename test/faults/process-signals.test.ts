/** A proxy that is told to end: it gives everything back, tells everybody, and ends in time, whatever hangs. */
import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { bareMedia, contentId, type SimEngine, type SimWorld, startWorld } from "../../src/sim/index.ts";
import {
  BINARY,
  bareEnvironment,
  type RunningBinary,
  scratchFolder,
  startBinary,
} from "../support/binary.ts";
import { expectLegal } from "../support/closing.ts";
import { fullDisk } from "../support/full-disk.ts";
import { readJournal, recompute } from "../support/journal.ts";
import { type Player, play } from "../support/player.ts";
import { highestLoad, knowsEngines, waitingIn } from "../support/rest.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { until } from "../support/until.ts";
import { freePort, plainGet, wire } from "../support/wire.ts";

const PACKET_BYTES = 188;
const NO_STATE = ["--state-dir", "none"];
const LIMIT_MS = 90_000;
/** What a service manager waits for at least. */
const END_MS = 8_000;

const urlOf = (proxy: { readonly url: string }, content: string): string =>
  `${proxy.url}/ace/getstream?id=${content}`;

const listed = (engines: readonly SimEngine[]): string[] =>
  engines.flatMap(({ address }) => ["--engine", address]);

async function playing(proxy: RunningBinary, content: string): Promise<Player> {
  const player = play(urlOf(proxy, content));
  expect(await player.answered()).toBe(200);
  await player.got(PACKET_BYTES);
  return player;
}

/** Whether somebody takes connections there. */
const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });

/** The closing assertion where the proxy is no more. */
async function nothingIsLeft(world: SimWorld, journal?: string): Promise<void> {
  await until("the engines carry nothing", () => world.realLoad() === 0);
  expect(highestLoad(world)).toBeLessThanOrEqual(1);
  if (journal !== undefined) await expectLegal([journal], 1);
}

describe("P1 SIGTERM", () => {
  for (const generation of [1, 2] as const)
    test(
      `stops at the engines and ends at the orchestrator (generation ${generation}) what plays, breaks clients off, and ends with 0`,
      async () => {
        await using world = await startWorld({ engines: 5, generation, lagMs: 100, media: bareMedia });
        await using proxy = await startBinary(["--orchestrator", world.url, ...NO_STATE]);
        await knowsEngines(proxy, 5);
        const players = await Promise.all([1, 2, 3, 4, 5].map((n) => playing(proxy, contentId(n))));
        await until("all are told", () => world.orchestrator.counters.stream_started === 5);
        const tookMs = stopwatch();
        expect(await proxy.end("SIGTERM")).toBe(0);
        expect(tookMs()).toBeLessThan(8_000);
        expect(world.engines.map(({ counters }) => counters.stops)).toEqual([1, 1, 1, 1, 1]);
        expect(world.realLoad()).toBe(0);
        const { counters, calls } = world.orchestrator;
        expect([counters.stream_started, counters.stream_ended]).toEqual([5, 5]);
        const ended = calls.filter(({ path }) => path.endsWith("stream_ended"));
        expect(new Set(ended.map(({ body }) => JSON.stringify(body))).size).toBe(5);
        await until("the orchestrator shows no stream", () =>
          world.orchestrator.view().streams.every(({ status }) => status === "ended"),
        );
        await until("all clients know", () => players.every(({ over }) => over !== null));
        expect(players.map(({ over }) => over)).toEqual(Array(5).fill("broken"));
        await nothingIsLeft(world);
      },
      LIMIT_MS,
    );

  test(
    "refuses new requests with draining while it waits for an engine",
    async () => {
      await using world = await startWorld({ engines: 1, stopDelayMs: 3_000, media: bareMedia });
      await using proxy = await startBinary([...listed(world.engines), ...NO_STATE]);
      await playing(proxy, contentId(1));
      const waiting = play(urlOf(proxy, contentId(2)));
      await until("one waits", async () => (await waitingIn(proxy)) === 1);
      const ended = proxy.end("SIGTERM");
      await until("it is shutting down", () => proxy.log.some(({ message }) => message === "shutting down"));
      const refused = await fetch(urlOf(proxy, contentId(3)));
      expect(refused.status).toBe(503);
      expect(refused.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
      expect(await refused.json()).toMatchObject({
        error: { code: "draining", retry_after: expect.any(Number) },
      });
      expect(await waiting.answered()).toBe(503);
      expect((await fetch(`${proxy.url}/readyz`)).status).toBe(503);
      expect((await fetch(`${proxy.url}/healthz`)).status).toBe(200);
      expect(await ended).toBe(0);
      await expect(fetch(urlOf(proxy, contentId(4)))).rejects.toThrow();
      expect(world.realLoad()).toBe(0);
      await nothingIsLeft(world);
    },
    LIMIT_MS,
  );

  test(
    "stops starts that are under way as soon as the engine answers them",
    async () => {
      await using world = await startWorld({ engines: 3, startDelayMs: 2_500, media: bareMedia });
      await using proxy = await startBinary([...listed(world.engines), ...NO_STATE]);
      const players = [1, 2, 3].map((n) => play(urlOf(proxy, contentId(n))));
      await until("all are under way", () => world.realLoad() === 3);
      expect(await proxy.end("SIGTERM")).toBe(0);
      expect(world.realLoad()).toBe(0);
      expect(world.engines.map(({ counters }) => counters)).toMatchObject(
        Array(3).fill({ starts: 1, plays: 0, stops: 1 }),
      );
      expect(await Promise.all(players.map((player) => player.answered()))).toEqual([503, 503, 503]);
      await nothingIsLeft(world);
    },
    LIMIT_MS,
  );

  test(
    "that comes a second time ends at once",
    async () => {
      await using world = await startWorld({ engines: 1, unreadSessionMs: 2_000, media: bareMedia });
      for (const engine of world.engines) engine.faults.stop = { kind: "hang" };
      await using proxy = await startBinary([...listed(world.engines), ...NO_STATE]);
      await playing(proxy, contentId(1));
      const ended = proxy.end("SIGTERM");
      await until("a stop is under way", () => (world.engines[0]?.counters.stops ?? 0) > 0);
      const tookMs = stopwatch();
      void proxy.end("SIGTERM");
      expect(await ended).toBe(1);
      // Waiting for the engine would take 5 s.
      expect(tookMs()).toBeLessThan(3_000);
      await nothingIsLeft(world);
    },
    LIMIT_MS,
  );

  test(
    "is obeyed within 8 s although an engine never answers a stop",
    async () => {
      await using world = await startWorld({ engines: 1, unreadSessionMs: 2_000, media: bareMedia });
      for (const engine of world.engines) engine.faults.stop = { kind: "hang" };
      await using proxy = await startBinary([...listed(world.engines), ...NO_STATE]);
      const player = await playing(proxy, contentId(1));
      const tookMs = stopwatch();
      expect(await proxy.end("SIGTERM")).toBe(0);
      expect(tookMs()).toBeLessThan(8_000);
      await until("the client knows", () => player.over !== null);
      expect(player.over).toBe("broken");
      await nothingIsLeft(world);
    },
    LIMIT_MS,
  );

  test("writes the journal out to the end of everything", async () => {
    await using folder = await scratchFolder();
    const path = join(folder.path, "journal.jsonl");
    await using world = await startWorld({ engines: 10, media: bareMedia });
    const engines = world.engines.flatMap(({ address }) => ["--engine", address]);
    await using proxy = await startBinary([...engines, "--state-dir", "none", "--journal", path]);
    const players = Array.from({ length: 10 }, (_, n) =>
      play(`${proxy.url}/ace/getstream?id=${contentId(n)}`),
    );
    for (const player of players) await player.got(188);
    expect(await proxy.end("SIGTERM")).toBe(0);
    const { faults, loads, counts } = recompute(readJournal(path), 1);
    expect(faults).toEqual([]);
    expect([...loads.values()]).toEqual(Array(10).fill(0));
    expect(counts).toMatchObject({ grant: 10, transition: 40 });
    await nothingIsLeft(world, path);
  });
});

describe("P1 a signal to end", () => {
  test.concurrent(
    "that is SIGINT does the same; one of the other kind after it ends at once",
    async () => {
      await using world = await startWorld({ engines: 1, unreadSessionMs: 2_000, media: bareMedia });
      await using folder = await scratchFolder();
      const journal = join(folder.path, "journal.jsonl");
      const args = [...listed(world.engines), ...NO_STATE, "--journal", journal];
      await using first = await startBinary(args);
      await playing(first, contentId(1));
      expect(await first.end("SIGINT")).toBe(0);
      await nothingIsLeft(world, journal);
      for (const engine of world.engines) engine.faults.stop = { kind: "hang" };
      await using second = await startBinary(args);
      await playing(second, contentId(2));
      const stops = world.engines[0]?.counters.stops ?? 0;
      const ended = second.end("SIGINT");
      await until("a stop is under way", () => (world.engines[0]?.counters.stops ?? 0) > stops);
      void second.end("SIGTERM");
      expect(await ended).toBe(1);
      await nothingIsLeft(world);
    },
    LIMIT_MS,
  );

  for (const signal of ["SIGTERM", "SIGINT"] as const)
    test.concurrent(
      `that is ${signal} and comes while another one's state file is waited for ends with 0 at once`,
      async () => {
        await using folder = await scratchFolder();
        const port = await freePort();
        const lock = join(folder.path, `sessions-127.0.0.1_${port}.lock`);
        await mkdir(lock);
        const stranger = join(lock, "elsewhere~1~1~one");
        await writeFile(stranger, "");
        const renewal = setInterval(() => void utimes(stranger, new Date(), new Date()), 500);
        const args = ["serve", "--listen", `127.0.0.1:${port}`, "--engine", "127.0.0.1:1"];
        const child = spawn(BINARY, [...args, "--state-dir", folder.path, "--log-format", "json"], {
          env: bareEnvironment(),
          stdio: ["ignore", "pipe", "ignore"],
        });
        try {
          let log = "";
          child.stdout.on("data", (chunk: Buffer) => {
            log += chunk.toString();
          });
          const ended = new Promise((resolve) => child.once("exit", (code, by) => resolve(by ?? code)));
          await until("it listens", () => isTaken(port));
          const waiting = wire(`http://127.0.0.1:${port}`, plainGet(`/ace/getstream?id=${contentId(1)}`));
          await until("what is asked has been sent", () => waiting.isSent);
          expect(log).toBe("");
          const tookMs = stopwatch();
          child.kill(signal);
          expect(await ended).toBe(0);
          // The lock would be waited for longer.
          expect(tookMs()).toBeLessThan(5_000);
          await until("whoever waited knows", () => waiting.closed || waiting.text.includes(" 503 "));
          await until("its last words are here", () => log.includes("shutting down"));
        } finally {
          clearInterval(renewal);
          child.kill("SIGKILL");
        }
      },
      LIMIT_MS,
    );

  test.concurrent(
    "is obeyed in time although clients are frozen, engines hang in starts and stops, and so does the orchestrator",
    async () => {
      await using world = await startWorld({
        engines: 3,
        generation: 2,
        unreadSessionMs: 3_000,
        media: bareMedia,
      });
      await using folder = await scratchFolder();
      const journal = join(folder.path, "journal.jsonl");
      await using proxy = await startBinary(["--orchestrator", world.url, ...NO_STATE, "--journal", journal]);
      await knowsEngines(proxy, 3);
      const request = plainGet(`/ace/getstream?id=${contentId(1)}`);
      const frozen = wire(proxy.url, request, { freezeAtBytes: PACKET_BYTES });
      await until("one plays", () => frozen.bytes >= PACKET_BYTES);
      await playing(proxy, contentId(2));
      for (const engine of world.engines) {
        engine.faults.stop = { kind: "hang" };
        engine.faults.start = { kind: "hang", effect: "after" };
      }
      const starts = play(urlOf(proxy, contentId(3)));
      await until("a start hangs", () => world.realLoad() === 3);
      const hang = { kind: "hang" } as const;
      world.orchestrator.faults.routes = {
        ...{ engines: hang, streams: hang, status: hang, stream_started: hang, stream_ended: hang },
      };
      const tookMs = stopwatch();
      expect(await proxy.end("SIGTERM")).toBe(0);
      expect(tookMs()).toBeLessThan(END_MS);
      expect(await starts.answered()).toBe(503);
      frozen.leave();
      await nothingIsLeft(world, journal);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "is obeyed in time although the disk is full",
    async () => {
      await using disk = await fullDisk();
      await using world = await startWorld({ engines: 1, media: bareMedia });
      const args = ["--state-dir", join(disk.path, "state"), "--journal", join(disk.path, "journal.jsonl")];
      await mkdir(join(disk.path, "state"));
      await using proxy = await startBinary([...listed(world.engines), ...args]);
      await playing(proxy, contentId(1));
      disk.fill();
      const tookMs = stopwatch();
      expect(await proxy.end("SIGTERM")).toBe(0);
      expect(tookMs()).toBeLessThan(END_MS);
      await nothingIsLeft(world);
    },
    LIMIT_MS,
  );
});

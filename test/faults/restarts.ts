/**
 * A proxy that is killed at random instants, again and again, under players that zap, while engines and the orchestrator
 * die now and then: no engine is ever above its cap, and what is left in the end is nothing.
 * `bun test/faults/restarts.ts`, or `make soak-restarts` (ROUNDS, SEED), runs many rounds and tells the figures.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { replay } from "../../model/replay/replay.ts";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import { lines } from "../bench/table.ts";
import { below, pick, type Random, randomFrom } from "../cluster/random.ts";
import { BINARY, bareEnvironment, scratchFolder, startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import { startEngineProcess } from "../support/engine-process.ts";
import { type Player, play } from "../support/player.ts";
import { until } from "../support/until.ts";
import { wholeNumber } from "../support/whole-number.ts";
import { freePort } from "../support/wire.ts";

export const POOLS = ["listed", "generation 1", "generation 2"] as const;
export type Pool = (typeof POOLS)[number];

/** What was done, and what came of it; what must not be is thrown. */
export interface Figures {
  readonly pool: Pool;
  readonly rounds: number;
  readonly engineKills: number;
  readonly orchestratorKills: number;
  readonly asked: number;
  readonly played: number;
  /** Starts that engines got. */
  readonly starts: number;
  /** Sessions that state files told of at the kills. */
  readonly leftBehind: number;
  readonly highestLoad: number;
  readonly cap: number;
  readonly journalLines: number;
  /** Lives whose last line was cut off. */
  readonly torn: number;
  readonly verdict: string;
}

const CAP = 2;
const ENGINES = 6;
const PLAYERS = 8;
const CONTENTS = 12;
/** Engines end what nobody reads before the proxy's release time-out, as they do in life. */
const UNREAD_SESSION_MS = 1_500;
const RELEASE = ["--release-timeout", "3s", "--linger", "100ms", "--queue-timeout", "2s"];
/** Some lives end while they begin, most of the others at any moment after somebody's stream has begun. */
const BIRTH_SHARE = 0.25;
const PLAYING_SHARE = 0.6;
const BIRTH_MS = 400;
const LIFE_MS = 1_000;
/** In which nobody gets anything: all places are held by what former lives left. */
const DRY_MS = 5_000;
const ENGINE_KILL_SHARE = 0.2;
const ORCHESTRATOR_KILL_SHARE = 0.2;
const DEAD_MS = 150;
const PATIENT_SHARE = 0.8;
const PATIENCE_MS = 5_000;
const VISIT_MS = 500;
const LAG_MS = 200;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Engine {
  readonly name: string;
  readonly address: string;
  readonly load: number;
  readonly peakLoad: number;
  readonly starts: number;
  /** Resolves when its load here is what it was at the call, or what it is since. */
  heard(): Promise<void>;
  /** A sudden death, and a new life on the same port. */
  die(): Promise<void>;
}

interface World extends AsyncDisposable {
  readonly engines: readonly Engine[];
  readonly args: readonly string[];
  readonly dieOrchestrator: (() => Promise<void>) | null;
}

async function worldOf(pool: Pool): Promise<World> {
  if (pool === "listed") {
    const engines = await Promise.all(
      Array.from({ length: ENGINES }, () =>
        startEngineProcess({ unreadSessionMs: UNREAD_SESSION_MS, startDelayMs: 40 }),
      ),
    );
    return {
      engines: engines.map((engine) => ({
        get name() {
          return engine.name;
        },
        address: engine.address,
        get load() {
          return engine.load;
        },
        get peakLoad() {
          return engine.peakLoad;
        },
        get starts() {
          return engine.starts;
        },
        heard: () => engine.heard(),
        async die() {
          await engine.kill();
          await sleep(DEAD_MS);
          await engine.restart();
        },
      })),
      args: engines.flatMap(({ address }) => ["--engine", address]),
      dieOrchestrator: null,
      async [Symbol.asyncDispose]() {
        await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
      },
    };
  }
  const world = await startWorld({
    ...{ engines: ENGINES, generation: pool === "generation 1" ? 1 : 2, lagMs: LAG_MS },
    ...{ unreadSessionMs: UNREAD_SESSION_MS, startDelayMs: 40, media: bareMedia },
  });
  return {
    engines: world.engines.map((engine) => ({
      name: engine.name,
      address: engine.address,
      get load() {
        return engine.load;
      },
      get peakLoad() {
        return engine.peakLoad;
      },
      get starts() {
        return engine.counters.starts;
      },
      async heard() {},
      async die() {
        await engine.kill();
        await sleep(DEAD_MS);
        await engine.revive();
      },
    })),
    args: ["--orchestrator", world.url],
    async dieOrchestrator() {
      await world.orchestrator.down();
      await sleep(DEAD_MS);
      await world.orchestrator.up();
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Zaps until it is told to stop. */
function zapper(url: () => string, random: Random, counts: { asked: number; played: number }) {
  let isOver = false;
  let player: Player | null = null;
  const run = async (): Promise<void> => {
    while (!isOver) {
      player = play(`${url()}/ace/getstream?id=${contentId(below(random, CONTENTS))}`);
      counts.asked++;
      // Most stay until they see something, and a while; the others leave at any moment.
      let untilMs = performance.now() + (random() < PATIENT_SHARE ? PATIENCE_MS : below(random, VISIT_MS));
      let isPlaying = false;
      while (!isOver && player.over === null && performance.now() < untilMs) {
        if (!isPlaying && player.bytes > 0) {
          isPlaying = true;
          untilMs = performance.now() + below(random, VISIT_MS);
        }
        await sleep(10);
      }
      if (player.bytes > 0) counts.played++;
      player.leave();
      if (player.over !== null) await sleep(20);
    }
  };
  const done = run();
  return {
    async stop() {
      isOver = true;
      await done;
    },
  };
}

interface Life {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  readonly listens: Promise<void>;
  /** Lines of its log that tell of a bug. */
  readonly bugs: readonly string[];
}

const BUG = /an effect failed|contradict|illegal move|unexpected failure/;

function beLive(args: readonly string[]): Life {
  const child = spawn(BINARY, [...args], {
    env: bareEnvironment({ ACESLOT_LOG_FORMAT: "json" }),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const bugs: string[] = [];
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const listens = new Promise<void>((resolve) => {
    void exited.then(resolve);
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (BUG.test(line)) bugs.push(line);
        if (line.includes('"listening"')) resolve();
      }
    });
  });
  return { child, bugs, exited, listens };
}

/** Sessions of each engine's address that a crash has not forgotten. */
function remembered(path: string): Map<string, number> {
  const counts = new Map<string, number>();
  if (!existsSync(path)) return counts;
  const { sessions } = JSON.parse(readFileSync(path, "utf8")) as {
    sessions: { address: { host: string; port: number } }[];
  };
  for (const { address } of sessions) {
    const place = `${address.host}:${address.port}`;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return counts;
}

/** Lines that are whole; throws at one that is not, unless it is the last of a life. */
function readWhole(path: string): { readonly lines: number; readonly torn: number } {
  if (!existsSync(path)) return { lines: 0, torn: 0 };
  let lines = 0;
  let torn = 0;
  let isTorn = false;
  for (const text of readFileSync(path, "utf8").split("\n")) {
    if (text === "") continue;
    let seq: number;
    try {
      ({ seq } = JSON.parse(text) as { seq: number });
    } catch {
      if (isTorn) throw new Error(`two broken lines in a row: ${text}`);
      isTorn = true;
      torn++;
      continue;
    }
    if (isTorn && seq !== 1) throw new Error(`a line broke in mid-life: before ${text}`);
    isTorn = false;
    lines++;
  }
  return { lines, torn };
}

export async function runRestarts(options: {
  readonly pool: Pool;
  readonly rounds: number;
  readonly seed: number;
  readonly say?: (text: string) => void;
}): Promise<Figures> {
  const { pool, rounds, seed, say = () => {} } = options;
  const random = randomFrom(seed);
  await using folder = await scratchFolder();
  await using world = await worldOf(pool);
  const port = await freePort();
  const journal = join(folder.path, "journal.jsonl");
  const state = join(folder.path, `sessions-127.0.0.1_${port}.json`);
  const args = [
    ...["serve", "--listen", `127.0.0.1:${port}`, "--state-dir", folder.path, "--journal", journal],
    ...["--max-streams-per-engine", String(CAP), ...RELEASE, ...world.args],
  ];
  const counts = { asked: 0, played: 0, engineKills: 0, orchestratorKills: 0, leftBehind: 0 };
  const zappers = Array.from({ length: PLAYERS }, () =>
    zapper(() => `http://127.0.0.1:${port}`, random, counts),
  );
  await using ends = new AsyncDisposableStack();
  ends.defer(async () => void (await Promise.all(zappers.map((one) => one.stop()))));
  const highest = (): number => Math.max(...world.engines.map(({ peakLoad }) => peakLoad));
  const where = (round: number): string => `${pool}, seed ${seed}, round ${round}`;

  for (let round = 1; round <= rounds; round++) {
    const life = beLive(args);
    const deaths: Promise<void>[] = [];
    if (random() < ENGINE_KILL_SHARE) {
      counts.engineKills++;
      deaths.push(sleep(below(random, LIFE_MS)).then(() => pick(random, world.engines).die()));
    }
    if (world.dieOrchestrator && random() < ORCHESTRATOR_KILL_SHARE) {
      counts.orchestratorKills++;
      deaths.push(sleep(below(random, LIFE_MS)).then(world.dieOrchestrator));
    }
    if (random() < BIRTH_SHARE) await sleep(below(random, BIRTH_MS));
    else {
      await life.listens;
      const before = counts.played;
      const dryAtMs = performance.now() + DRY_MS;
      if (random() < PLAYING_SHARE)
        while (counts.played === before && performance.now() < dryAtMs) await sleep(10);
      await sleep(below(random, LIFE_MS));
    }
    if (life.child.exitCode !== null) throw new Error(`the proxy ended by itself (${where(round)})`);
    life.child.kill("SIGKILL");
    await life.exited;
    await Promise.all(world.engines.map((engine) => engine.heard()));
    // The file is as the crash left it, and nothing that runs is missing in it.
    const known = remembered(state);
    for (const engine of world.engines)
      if (engine.load > (known.get(engine.address) ?? 0))
        throw new Error(`${engine.name} carries ${engine.load}, not all remembered (${where(round)})`);
    for (const sessions of known.values()) counts.leftBehind += sessions;
    await Promise.all(deaths);
    if (life.bugs.length > 0) throw new Error(`${life.bugs.join("\n")} (${where(round)})`);
    if (highest() > CAP) throw new Error(`an engine carried ${highest()}, above ${CAP} (${where(round)})`);
    readWhole(journal);
    if (round % 20 === 0) say(`${where(round)}: ${counts.played} of ${counts.asked} played`);
  }

  await using last = await startBinary(args.slice(1), { command: ["serve"] });
  const before = counts.played;
  await until("players play again", () => counts.played > before + PLAYERS, 60_000);
  for (const one of zappers) await one.stop();
  await closing({ proxy: last, engines: world.engines, cap: CAP, deadlineMs: 60_000 });
  const code = await last.end();
  if (code !== 0) throw new Error(`the last life ended with ${code} (seed ${seed})`);
  const left = [...remembered(state).values()].length;
  if (left > 0) throw new Error(`the state file still holds ${left} sessions (seed ${seed})`);
  const told = await replay([journal], { cap: CAP, shown: (name) => name });
  if (told.verdict === "broken") throw new Error(JSON.stringify({ seed, ...told }, null, 2));
  const doubts = [...told.doubts, ...(told.above?.possibly ? [told.above.possibly.sentence] : [])];
  if (told.verdict !== "fine") say(`${pool}, seed ${seed}: replay cannot tell all: ${doubts.join("; ")}`);
  const { lines, torn } = readWhole(journal);
  return {
    ...{ pool, rounds, cap: CAP, highestLoad: highest() },
    ...{ engineKills: counts.engineKills, orchestratorKills: counts.orchestratorKills },
    ...{ asked: counts.asked, played: counts.played, leftBehind: counts.leftBehind },
    starts: world.engines.reduce((sum, { starts }) => sum + starts, 0),
    ...{ journalLines: lines, torn, verdict: told.verdict },
  };
}

const tableOf = (all: readonly Figures[]): readonly string[] =>
  lines([
    ["", ...all.map(({ pool }) => pool)],
    ["lives ended by SIGKILL", ...all.map(({ rounds }) => `${rounds}`)],
    ["engines, orchestrators killed", ...all.map((one) => `${one.engineKills}, ${one.orchestratorKills}`)],
    ["requests, of which played", ...all.map(({ asked, played }) => `${asked}, ${played}`)],
    ["starts at engines", ...all.map(({ starts }) => `${starts}`)],
    ["sessions left behind by a life", ...all.map(({ leftBehind }) => `${leftBehind}`)],
    ["highest load, cap", ...all.map(({ highestLoad, cap }) => `${highestLoad}, ${cap}`)],
    ["lines of the journal, cut off", ...all.map((one) => `${one.journalLines}, ${one.torn}`)],
    ["what replay says of it", ...all.map(({ verdict }) => verdict)],
  ]);

if (import.meta.main) {
  const rounds = wholeNumber("ROUNDS", 200);
  const seed = wholeNumber("SEED", Math.floor(Math.random() * 2 ** 31));
  const say = (text: string): void => console.log(text);
  say(`${rounds} lives, SEED=${seed}`);
  const all: Figures[] = [];
  for (const [n, pool] of POOLS.entries()) {
    const share = Math.floor((rounds + n) / POOLS.length);
    all.push(await runRestarts({ pool, rounds: share, seed: seed + n, say }));
  }
  for (const line of tableOf(all)) say(line);
  say("no engine was above its cap, every session was remembered, and all is free");
}

/**
 * `make demo-cluster`: several real proxies, one real store, simulated engines that count themselves, and people who
 * zap. It kills a proxy and shows what becomes of its slots. Nothing of this is in the binary.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { contentId, type SimEngine, startSimEngine } from "../../src/sim/index.ts";
import { figuresOf } from "./figures.ts";
import { keepKilling } from "./killing.ts";
import { type DemoOptions, HELP, readOptions } from "./options.ts";
import { keepPlaying } from "./players.ts";
import { findServer, makeProxy, outputOf, type ProxyProcess, type Store, startStore } from "./processes.ts";
import { pause, RELEASE_MS, type Scene, secondsOf, TTL_MS, type Watch } from "./scene.ts";
import { Screen } from "./screen.ts";

const EXIT = { done: 0, failed: 1, badUse: 4 } as const;
/** So long a real engine takes for a warm start. */
const START_MS = 300;
/** Less than real ones send at first: it is all made on this machine. */
const BURST_MS = 500;
/** Less than the release time-out, as with real engines. */
const UNREAD_MS = 10_000;

async function main(args: readonly string[]): Promise<number> {
  let options: DemoOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return EXIT.badUse;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  const programs = findServer();
  if (programs === null) {
    process.stderr.write(
      "redis-server and redis-cli are not installed; on Debian: apt-get install redis-server redis-tools (or valkey-server)\n",
    );
    return EXIT.badUse;
  }
  if (!(await Bun.file(options.binary).exists())) {
    process.stderr.write(`${options.binary} is not there: build it with make build\n`);
    return EXIT.badUse;
  }
  let over = false;
  let stop = (): void => {};
  const ended = new Promise<void>((done) => {
    stop = () => {
      over = true;
      done();
    };
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop());

  const folder = options.out ?? (await mkdtemp(join(tmpdir(), "aceslot-cluster-")));
  await mkdir(folder, { recursive: true });
  const screen = new Screen();
  const stack = new AsyncDisposableStack();
  if (options.out === null) stack.defer(() => rm(folder, { recursive: true, force: true }));
  try {
    const watch: Watch = { violations: 0, peak: 0, begun: 0, told: [] };
    const engines = await startEngines(options, watch, stack);
    const store = await startStore(folder, programs);
    stack.defer(() => store.end());
    const proxies = await startProxies(options, folder, engines, store, stack);
    screen.say(greeting(options, proxies, store));
    const players = keepPlaying({
      ...options,
      proxies: () => proxies.filter(({ program }) => program?.isRunning).map(({ url }) => url),
    });
    stack.defer(async () => players.end());
    const beganMs = performance.now();
    const scene: Scene = {
      ...{ options, screen, store, proxies, engines, watch, players, beganMs },
      returns: [],
      isOver: () => over,
    };
    if (options.seconds !== null) {
      const timer = setTimeout(stop, options.seconds * 1000);
      stack.defer(async () => clearTimeout(timer));
    }
    await Promise.all([keepShowing(scene, ended), keepKilling(scene, ended)]);
    return await finish(scene);
  } catch (error) {
    screen.end();
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failed;
  } finally {
    await stack.disposeAsync();
  }
}

async function startEngines(
  { engines: count, cap }: DemoOptions,
  watch: Watch,
  stack: AsyncDisposableStack,
): Promise<SimEngine[]> {
  const engines: SimEngine[] = [];
  for (let n = 1; n <= count; n++) {
    const name = `engine-${n}`;
    const engine = await startSimEngine({
      name,
      startDelayMs: START_MS,
      burstMs: BURST_MS,
      unreadSessionMs: UNREAD_MS,
      watch(what, session, load) {
        if (what === "begin") watch.begun++;
        watch.peak = Math.max(watch.peak, load);
        // A takeover: the content was asked for twice on one engine.
        if (load <= cap && what !== "takeover") return;
        watch.violations++;
        watch.told.push(`${new Date().toISOString()} ${name}: ${what} of ${session.content}, load ${load}`);
      },
    });
    stack.defer(() => engine.close());
    engines.push(engine);
  }
  return engines;
}

async function startProxies(
  { proxies: count, cap, binary }: DemoOptions,
  folder: string,
  engines: readonly SimEngine[],
  store: Store,
  stack: AsyncDisposableStack,
): Promise<ProxyProcess[]> {
  const shared = [
    ...engines.flatMap(({ address }) => ["--engine", address]),
    ...["--max-streams-per-engine", String(cap), "--linger", "1s", "--queue-timeout", "10s"],
    ...["--release-timeout", `${RELEASE_MS}ms`, "--lease", store.url, "--lease-ttl", `${TTL_MS}ms`],
  ];
  const proxies: ProxyProcess[] = [];
  for (let n = 1; n <= count; n++) {
    const proxy = await makeProxy(n, folder, resolve(binary), shared);
    stack.defer(() => proxy.end());
    proxies.push(proxy);
  }
  await Promise.all(proxies.map((proxy) => proxy.start()));
  return proxies;
}

function greeting(
  { engines, cap, players, contents }: DemoOptions,
  proxies: readonly ProxyProcess[],
  store: Store,
) {
  return [
    "",
    `  ${proxies.length} proxies in front of the same ${engines} engines, cap ${cap}; ${players} players, ${contents} contents`,
    "",
    ...proxies.map(({ name, url, program }) => `  ${name}   dashboard ${url}/   pid ${program?.pid}`),
    `  store     ${store.url}`,
    `  play      ${proxies[0]?.url}/ace/getstream?id=${contentId(0)}`,
    "",
    `  The store is new: nobody is granted a slot for its first ${TTL_MS / 1000} s. Ctrl-C ends it all.`,
    "",
  ].join("\n");
}

async function keepShowing(scene: Scene, ended: Promise<void>): Promise<void> {
  const { screen, engines, watch, players, options } = scene;
  while (!scene.isOver()) {
    const proxies = await Promise.all(scene.proxies.map((proxy) => figuresOf(proxy)));
    screen.show({
      seconds: secondsOf(scene),
      proxies,
      loads: engines.map(({ load }) => load),
      cap: options.cap,
      violations: watch.violations,
      playing: players.playing,
      asking: players.asking,
    });
    await pause(1, ended);
  }
}

/** Everything ends in order, and the files are held against the model. */
async function finish(scene: Scene): Promise<number> {
  const { screen, options, players, proxies, store, watch, engines, returns } = scene;
  const seconds = secondsOf(scene);
  screen.end();
  players.end();
  await Promise.all(proxies.map((proxy) => proxy.end()));
  await store.end();
  const left = engines.reduce((load, engine) => load + engine.load, 0);
  const refused = [...players.refusals].map(([why, count]) => `${count} × ${why}`).join(", ") || "none";
  screen.say(
    [
      "",
      `  ${seconds} s, ${proxies.length} proxies, ${engines.length} engines, cap ${options.cap}`,
      `  plays                 ${players.played}`,
      `  turned away           ${refused}`,
      `  sessions at engines   ${watch.begun}; still there after the shutdown: ${left}`,
      `  highest load          ${watch.peak}`,
      `  over the cap          ${watch.violations}`,
      ...watch.told.slice(0, 5).map((line) => `    ${line}`),
      ...(returns.length === 0
        ? ["  no proxy was killed for long enough to see its slots come back"]
        : returns.map((line) => `  ${line}`)),
      "",
    ].join("\n"),
  );
  const replay = await replayed(scene);
  screen.say(`${replay.text}\n`);
  if (options.out !== null) screen.say(`  Journals, monitor and logs: ${options.out}`);
  return watch.violations > 0 || replay.code === 1 ? EXIT.failed : EXIT.done;
}

/** All journals against the model, with what the store itself did, where this version can read that. */
async function replayed({ options, proxies, store }: Scene): Promise<{ code: number; text: string }> {
  const journals = proxies.map(({ journal }) => journal);
  const binary = resolve(options.binary);
  const all = await outputOf(binary, ["replay", ...journals, store.monitorFile]);
  return all.code === EXIT.badUse ? outputOf(binary, ["replay", ...journals]) : all;
}

process.exitCode = await main(process.argv.slice(2));

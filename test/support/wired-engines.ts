/** Engines in processes of their own, a wire that misbehaves in front of each, and the binary that knows the wires alone. */
import { expect } from "bun:test";
import { join } from "node:path";
import { type RunningBinary, scratchFolder, startBinary } from "./binary.ts";
import { closing } from "./closing.ts";
import { type EngineProcess, type EngineProcessOptions, startEngineProcess } from "./engine-process.ts";
import {
  type Asking,
  deadlinesBeside,
  PATIENCE_MS,
  PLAYS_BYTES,
  playersOf,
  UNREAD_SESSION_MS,
} from "./faults.ts";
import { type Link, openLink } from "./link.ts";
import type { Player } from "./player.ts";
import { descriptorsOf } from "./resident.ts";
import { until } from "./until.ts";

/** One of them, and its wire. */
export interface WiredEngine {
  readonly engine: EngineProcess;
  readonly link: Link;
}

export interface WiredWorld extends AsyncDisposable, Omit<Asking, "players"> {
  readonly wired: readonly WiredEngine[];
  readonly proxy: RunningBinary;
  /** The one that carries the only stream, and another one. */
  carrier(): Promise<{ readonly carrier: WiredEngine; readonly other: WiredEngine }>;
  /** Resolves when this engine carries so many streams. */
  carries(one: WiredEngine, load?: number): Promise<void>;
  /** Resolves when the player has got on for a while, and is connected still. */
  playsOn(player: Player): Promise<void>;
  /** The closing assertion. */
  everythingEnds(): Promise<void>;
}

export async function wiredWorld(
  count: number,
  options: {
    readonly cap?: number;
    readonly args?: readonly string[];
    readonly engine?: EngineProcessOptions;
  } = {},
): Promise<WiredWorld> {
  const { cap = 1, args = [] } = options;
  await using made = new AsyncDisposableStack();
  const wired = await Promise.all(
    Array.from({ length: count }, async () => {
      const engine = await startEngineProcess({ unreadSessionMs: UNREAD_SESSION_MS, ...options.engine });
      made.use(engine);
      return { engine, link: made.use(await openLink(engine.port)) };
    }),
  );
  const folder = made.use(await scratchFolder());
  const journal = join(folder.path, "journal.jsonl");
  const proxy = made.use(
    await startBinary([
      ...["--journal", journal, "--max-streams-per-engine", String(cap)],
      ...wired.flatMap(({ link }) => ["--engine", link.address]),
      ...deadlinesBeside(args),
      ...args,
    ]),
  );
  const descriptors = await descriptorsOf(proxy.pid);
  const { players, ...asking } = playersOf(proxy);
  made.defer(() => {
    for (const player of players) player.leave();
  });
  const ends = made.move();

  const world: WiredWorld = {
    wired,
    proxy,
    ...asking,
    async carrier() {
      const carrier = await until("an engine tells its load", () =>
        wired.find(({ engine }) => engine.load > 0),
      );
      const other = wired.find((one) => one !== carrier);
      if (other === undefined) throw new Error("there is one engine only");
      return { carrier, other };
    },
    async carries({ engine }, load = 1) {
      await until(`${engine.name} carries ${load}`, () => engine.load === load, PATIENCE_MS);
    },
    async playsOn(player) {
      await player.got(player.bytes + 2 * PLAYS_BYTES, PATIENCE_MS);
      expect(player.over).toBeNull();
    },
    everythingEnds: () =>
      closing({
        ...{ proxy, cap, players, journal, descriptors, deadlineMs: PATIENCE_MS },
        engines: wired.map(({ engine }) => engine),
      }),
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
  return world;
}

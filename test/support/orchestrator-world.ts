/** An orchestrator, its engines, the wire to it that can be broken, and the binary that knows them: for rows O1–O12. */
import { expect } from "bun:test";
import { join } from "node:path";
import {
  bareMedia,
  type SimEngine,
  type SimOrchestrator,
  type SimWorld,
  startWorld,
  type WorldOptions,
} from "../../src/sim/index.ts";
import { type LogLine, type RunningBinary, scratchFolder, startBinary } from "./binary.ts";
import { closing } from "./closing.ts";
import {
  deadlinesBeside,
  enginesOf,
  PATIENCE_MS,
  PLAYS_BYTES,
  streamUrl,
  UNHURRIED,
  UNREAD_SESSION_MS,
} from "./faults.ts";
import { type Link, openLink } from "./link.ts";
import { type Player, play } from "./player.ts";
import { descriptorsOf } from "./resident.ts";
import { until } from "./until.ts";

export const LIMIT_MS = 150_000;
/** After an outage: the pause before the next look may have grown to half a minute. */
export const RECOVERY_MS = 2 * PATIENCE_MS;
export const GENERATIONS = [1, 2] as const;

export interface Place extends AsyncDisposable {
  readonly world: SimWorld;
  readonly orchestrator: SimOrchestrator;
  /** What the proxy reaches the orchestrator by. */
  readonly link: Link;
  /** Those that were provisioned too. */
  readonly engines: readonly SimEngine[];
  /** The first of them. */
  readonly first: SimEngine;
  readonly proxy: RunningBinary;
  /** Resolves when the content plays. */
  playing(content: number): Promise<Player>;
  play(content: number): Player;
  /** The proxy has looked at the pool again after this call. */
  looked(): Promise<void>;
  /** Somebody waits for a slot. */
  waits(): Promise<void>;
  /** The closing assertion, with everybody who played here. */
  everythingEnds(): Promise<void>;
}

export interface PlaceOptions extends WorldOptions {
  readonly cap?: number;
  /** The most that an engine may carry where others start streams that no list shows in time; default: the cap. */
  readonly most?: number;
  readonly args?: readonly string[];
  /** Before the proxy comes up. */
  readonly prepare?: (world: SimWorld, link: Link) => unknown;
  /** So many engines are known before the test begins; default: all. */
  readonly known?: number;
  /** Engines that the world has not made, and that the closing assertion shall count. */
  readonly others?: readonly SimEngine[];
}

/** An orchestrator with engines, and the proxy that knows them. */
export async function place(options: PlaceOptions): Promise<Place> {
  const { cap = 1, most = cap, prepare, known = options.engines, others = [], args: _, ...rest } = options;
  const args = [...(options.args ?? []), ...deadlinesBeside(options.args ?? [], UNHURRIED)];
  const world = await startWorld({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS, ...rest });
  const link = await openLink(world.orchestrator.port);
  await prepare?.(world, link);
  const folder = await scratchFolder();
  const journal = join(folder.path, "journal.jsonl");
  const proxy = await startBinary([
    ...["--orchestrator", `http://${link.address}`, "--max-streams-per-engine", String(cap)],
    ...["--journal", journal, ...deadlinesBeside(args), ...args],
  ]);
  await until(
    `${known} engines are known`,
    async () => (await enginesOf(proxy)).length === known,
    PATIENCE_MS,
  );
  const descriptors = await descriptorsOf(proxy.pid);
  const players: Player[] = [];
  const here: Place = {
    world,
    orchestrator: world.orchestrator,
    link,
    engines: world.engines,
    get first() {
      const [first] = [...world.engines, ...others];
      if (first === undefined) throw new Error("an engine is needed");
      return first;
    },
    proxy,
    play(content) {
      const player = play(streamUrl(proxy, content));
      players.push(player);
      return player;
    },
    async playing(content) {
      const player = here.play(content);
      expect(await player.answered(PATIENCE_MS)).toBe(200);
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      return player;
    },
    async looked() {
      const before = world.orchestrator.counters.engines;
      // The second one was asked for after this call, whatever was under way.
      await until(
        "the proxy looks again",
        () => world.orchestrator.counters.engines >= before + 2,
        RECOVERY_MS,
      );
    },
    async waits() {
      await until("somebody waits", async () => {
        const { waiting } = await proxy.get<{ waiting: unknown[] }>("/api/v1/queue");
        return waiting.length > 0;
      });
    },
    everythingEnds: () =>
      closing({ proxy, engines: [...world.engines, ...others], cap: most, players, journal, descriptors }),
    async [Symbol.asyncDispose]() {
      for (const player of players) player.leave();
      await proxy[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
      await world.close();
      await folder[Symbol.asyncDispose]();
    },
  };
  return here;
}

export interface Told {
  readonly path: string;
  /** Our label; generation 2 is told the content in its place at the end. */
  readonly label: string;
  readonly content: string;
  readonly engine: string;
}

/** What the orchestrator was told, in order. */
export function eventsAt(orchestrator: SimOrchestrator, kind: "started" | "ended"): Told[] {
  return orchestrator.calls
    .filter(({ path }) => path.endsWith(`/events/stream_${kind}`))
    .map(({ path, body }) => {
      const event = body as {
        stream_id?: string;
        labels?: { stream_id?: string };
        content_id?: string;
        container_id?: string;
      };
      return {
        path,
        label: event.labels?.stream_id ?? event.stream_id ?? "",
        content: event.content_id ?? "",
        engine: event.container_id ?? "",
      };
    });
}

/** What it has on its books as running. */
export const started = (orchestrator: SimOrchestrator) =>
  orchestrator.truth().streams.filter(({ status }) => status === "started");

export const warnings = (proxy: RunningBinary): LogLine[] =>
  proxy.log.filter(({ level }) => level === "warn" || level === "warning");

/** Two looks without a new event: nothing is on its way any more. */
export async function allOfOurEventsOut(here: Place): Promise<void> {
  for (let before = -1; before !== here.orchestrator.counters.stream_ended; ) {
    before = here.orchestrator.counters.stream_ended;
    await here.looked();
  }
}

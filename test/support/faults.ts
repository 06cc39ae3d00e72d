/** A small world for one fault: engines, the binary in front of them, and what can be seen of it from outside. */
import { expect } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  bareMedia,
  contentId,
  type OpenMedia,
  type SimEngine,
  type SimEngineOptions,
  startSimEngine,
} from "../../src/sim/index.ts";
import { type RunningBinary, scratchFolder, startBinary } from "./binary.ts";
import { closing } from "./closing.ts";
import { type Player, play } from "./player.ts";
import { until } from "./until.ts";
import { freePort } from "./wire.ts";

/** An engine ends a session that nobody reads after this time, before the proxy's release timeout. */
export const UNREAD_SESSION_MS = 3_000;
/** Deadlines short enough to wait for. */
export const SHORT = [
  ...["--start-timeout", "3s", "--stall-timeout", "3s", "--linger", "0s"],
  ...["--release-timeout", "6s", "--queue-timeout", "3s", "--state-dir", "none"],
];
/** Those that `args` does not set. */
export const deadlinesBeside = (args: readonly string[], deadlines: readonly string[] = SHORT): string[] =>
  deadlines.filter((_, index) => !args.includes(deadlines[index - (index % 2)] ?? ""));
/** For tests that measure neither: engines live in the test's own process, which may stand still for some seconds. */
export const UNHURRIED = ["--start-timeout", "25s", "--stall-timeout", "25s"];
/** The short ones, and those two in place of theirs. */
export const SHORT_UNHURRIED = [...UNHURRIED, ...deadlinesBeside(UNHURRIED)];
/** Those two, where whoever waits for a slot is to get it. */
export const LONG = ["--queue-timeout", "25s", ...UNHURRIED];
/** For waits that end with a deadline of the proxy's own. */
export const PATIENCE_MS = 30_000;
/** Enough packets to say that a stream plays. */
export const PLAYS_BYTES = 188 * 300;

export interface SlotView {
  readonly state: "free" | "pending" | "active" | "released";
  readonly stream: number | null;
}
export interface EngineView {
  readonly id: string;
  readonly address: string;
  readonly listed: boolean;
  readonly resting: boolean;
  readonly load: number;
  readonly foreign: number;
  readonly slots: readonly SlotView[];
}
export interface EndedView {
  readonly stream: number;
  readonly reason: string;
  readonly played: boolean;
  readonly last: { readonly status: string | null } | null;
}
export interface StreamView {
  readonly id: number;
  readonly phase: string;
  readonly clients: number;
  readonly failovers: number;
  /** As the engine's statistics said last. */
  readonly status: string | null;
}
export interface JournalLine {
  readonly engine?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cause?: string;
  readonly type?: string;
}

export const enginesOf = async (proxy: RunningBinary): Promise<readonly EngineView[]> =>
  (await proxy.get<{ engines: EngineView[] }>("/api/v1/engines")).engines;
export const streamsOf = (proxy: RunningBinary): Promise<{ streams: StreamView[]; ended: EndedView[] }> =>
  proxy.get("/api/v1/streams");
export const journalOf = async (proxy: RunningBinary): Promise<readonly JournalLine[]> =>
  (await proxy.get<{ lines: JournalLine[] }>("/api/v1/journal")).lines;

/** The slots of one engine, as the proxy sees them. */
export async function slotsAt(proxy: RunningBinary, engine: { readonly address: string }): Promise<string[]> {
  const view = (await enginesOf(proxy)).find(({ address }) => address === engine.address);
  return view?.slots.map(({ state }) => state) ?? [];
}

export interface EngineWorld extends AsyncDisposable, Omit<Asking, "players"> {
  /** In the order in which they are chosen while all else is equal. */
  readonly engines: readonly SimEngine[];
  readonly first: SimEngine;
  readonly second: SimEngine;
  readonly proxy: RunningBinary;
  /** The JSON answer to one who asks for the n-th content; throws if it plays. */
  refused(content: number): Promise<Refusal>;
  starts(): number;
  /** The closing assertion (`closing.ts`), over all players of this world, with the journal. */
  everythingEnds(): Promise<void>;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfter: string | null;
}

export async function refusedAt(proxy: RunningBinary, content: number): Promise<Refusal> {
  const answer = await fetch(streamUrl(proxy, content));
  const retryAfter = answer.headers.get("retry-after");
  if (answer.status === 200) {
    await answer.body?.cancel();
    throw new Error(`content ${content} plays, although it should be refused`);
  }
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  return { status: answer.status, code: error.code, message: error.message, retryAfter };
}

export const streamUrl = (proxy: RunningBinary, content: number): string =>
  `${proxy.url}/ace/getstream?id=${contentId(content)}`;

/** Who asks a proxy, and all who have. */
export interface Asking {
  readonly players: Player[];
  /** A player of the n-th content. */
  play(content: number, options?: Parameters<typeof play>[1]): Player;
  /** The same, when it is known to play. */
  playing(content: number, options?: Parameters<typeof play>[1]): Promise<Player>;
}

export function playersOf(proxy: RunningBinary): Asking {
  const asking: Asking = {
    players: [],
    play(content, how) {
      const player = play(streamUrl(proxy, content), how);
      asking.players.push(player);
      return player;
    },
    async playing(content, how) {
      const player = asking.play(content, how);
      expect(await player.answered(PATIENCE_MS)).toBe(200);
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      return player;
    },
  };
  return asking;
}

/** Engines in a plain list, each with one place unless `cap` says otherwise. */
export async function engineWorld(
  count: number,
  options: {
    readonly cap?: number;
    readonly args?: readonly string[];
    readonly engine?: SimEngineOptions;
    /** A real picture with sound, in place of bare packets. */
    readonly picture?: boolean;
    /** What the engines play, one each, in no certain order. */
    readonly media?: readonly OpenMedia[];
    /** The program that becomes the proxy: `prlimit …`, say. */
    readonly through?: readonly string[];
  } = {},
): Promise<EngineWorld> {
  const cap = options.cap ?? 1;
  const engines = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const media = options.media?.[index];
      return startSimEngine({
        // One that is killed and comes back must find its port.
        port: await freePort(),
        unreadSessionMs: UNREAD_SESSION_MS,
        ...(options.picture ? {} : { media: bareMedia }),
        ...options.engine,
        ...(media === undefined ? {} : { media }),
      });
    }),
  );
  engines.sort((a, b) => (a.address < b.address ? -1 : 1));
  const [first, second = first] = engines;
  if (first === undefined || second === undefined) throw new Error("a world needs an engine");
  const folder = await scratchFolder();
  const journal = join(folder.path, "journal.jsonl");
  const args = [
    ...(options.args?.includes("--journal") ? [] : ["--journal", journal]),
    ...engines.flatMap(({ address }) => ["--engine", address]),
    ...["--max-streams-per-engine", String(cap)],
    ...deadlinesBeside(options.args ?? []),
    ...(options.args ?? []),
  ];
  const proxy = await startBinary(args, options.through === undefined ? {} : { through: options.through });
  const { players, ...asking } = playersOf(proxy);
  const world: EngineWorld = {
    engines,
    first,
    second,
    proxy,
    ...asking,
    refused: (content) => refusedAt(proxy, content),
    starts: () => engines.reduce((sum, { counters }) => sum + counters.starts, 0),
    everythingEnds: () =>
      closing({
        ...{ proxy, engines, cap, players, deadlineMs: PATIENCE_MS },
        ...(options.args?.includes("--journal") ? {} : { journal }),
      }),
    async [Symbol.asyncDispose]() {
      for (const player of players) player.leave();
      await proxy[Symbol.asyncDispose]();
      await Promise.all(engines.map((engine) => engine.close()));
      await folder[Symbol.asyncDispose]();
    },
  };
  return world;
}

/** Every slot that the proxy knows is free, and the engines themselves carry nothing. */
export async function allFree(
  proxy: RunningBinary,
  engines: readonly { readonly load: number }[],
): Promise<void> {
  let held = "";
  const free = async (): Promise<boolean> => {
    const views = await enginesOf(proxy);
    held = JSON.stringify(views.map(({ address, slots }) => [address, slots.map(({ state }) => state)]));
    return (
      views.every(({ slots }) => slots.every(({ state }) => state === "free")) &&
      engines.every(({ load }) => load === 0)
    );
  };
  try {
    await until("everything is free again", free, PATIENCE_MS);
  } catch (error) {
    throw new Error(`${String(error)}: ${held}`);
  }
}

/** The engine that carries something now. */
export function carrierOf(engines: readonly SimEngine[]): SimEngine {
  const carriers = engines.filter(({ load }) => load > 0);
  const [carrier] = carriers;
  if (carrier === undefined || carriers.length > 1)
    throw new Error(`${carriers.length} engines carry something`);
  return carrier;
}

/** The only session of an engine. */
export function sessionOf(engine: SimEngine) {
  const [session] = engine.sessions.values();
  if (session === undefined) throw new Error(`engine ${engine.name} carries nothing`);
  return session;
}

/** Whole packets, each beginning with the sync byte. */
export function expectPackets(bytes: Buffer): void {
  expect(bytes.length).toBeGreaterThanOrEqual(188);
  for (let at = 0; at < bytes.length; at += 188) if (bytes[at] !== 0x47) expect({ noSyncAt: at }).toBeNull();
}

/** An address of its own: a proxy that still looks for an engine that is gone must not find the trap on its port. */
const TRAP_HOST = "127.0.0.2";

/** A host where nobody may ever go: counts those who do. */
export async function trap(): Promise<
  { readonly address: string; readonly visits: number } & AsyncDisposable
> {
  let visits = 0;
  const server = createServer((_request, response) => response.end("trapped"));
  server.on("connection", () => {
    visits++;
  });
  await new Promise<void>((resolve) => server.listen(0, TRAP_HOST, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `${TRAP_HOST}:${port}`,
    get visits() {
      return visits;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

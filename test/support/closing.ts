/**
 * What must hold after every fault, whatever it was: nobody hangs, no engine ever carried more than its cap, and
 * when everybody has left, every slot is free, the engines carry nothing, and the proxy holds nothing any more.
 */
import { expect } from "bun:test";
import { readFile } from "node:fs/promises";
import { replay } from "../../model/replay/replay.ts";
import type { RunningBinary } from "./binary.ts";
import { descriptorsOf } from "./resident.ts";
import { until } from "./until.ts";

/** As the engine itself counts: its sessions now, and the most that it ever had. */
export interface Carrying {
  readonly name: string;
  readonly load: number;
  readonly peakLoad: number;
}

/** Somebody who asked: a `Player` or a `Viewer`. */
export interface Asker {
  /** Null or 0: no answer yet. */
  readonly status: number | null;
  readonly over: string | null;
  leave(): void;
}

export interface Scene {
  readonly proxy: RunningBinary;
  readonly engines: readonly Carrying[];
  /** Of every engine. */
  readonly cap: number;
  /** All who asked; each must have an answer or an end by now, or get one. */
  readonly players?: readonly Asker[];
  /** Of the proxy, written from its start; replayed against the model. */
  readonly journal?: string;
  /** What the proxy had open before anybody came; checked when given. */
  readonly descriptors?: number;
  /** By when; default 30 s, more than linger and release timeout in all scenes. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 30_000;
/** Connections that are kept for the next call to an engine or orchestrator, and files that were opened meanwhile. */
const DESCRIPTORS_MORE = 8;

interface Left {
  readonly held: readonly string[];
  readonly carried: readonly string[];
  readonly streams: number;
  readonly clients: number;
  readonly waiting: number;
}

/** What is not as it was before anybody came. */
async function leftOf({ proxy, engines }: Scene): Promise<Left> {
  const [views, streams, clients, queue] = await Promise.all([
    proxy.get<{ engines: { name: string; slots: { state: string }[] }[] }>("/api/v1/engines"),
    proxy.get<{ streams: unknown[] }>("/api/v1/streams"),
    proxy.get<{ clients: unknown[] }>("/api/v1/clients"),
    proxy.get<{ waiting: unknown[] }>("/api/v1/queue"),
  ]);
  return {
    held: views.engines.flatMap(({ name, slots }) =>
      slots.filter(({ state }) => state !== "free").map(({ state }) => `${name}: ${state}`),
    ),
    carried: engines.filter(({ load }) => load > 0).map(({ name, load }) => `${name}: ${load}`),
    streams: streams.streams.length,
    clients: clients.clients.length,
    waiting: queue.waiting.length,
  };
}

const isNothing = ({ held, carried, streams, clients, waiting }: Left): boolean =>
  held.length + carried.length + streams + clients + waiting === 0;

/** The closing assertion of every test of a fault. The proxy must be running, and reachable. */
export async function closing(scene: Scene): Promise<void> {
  const { proxy, engines, cap, players = [], deadlineMs = DEADLINE_MS } = scene;
  const isServed = ({ status, over }: Asker): boolean => (status !== null && status !== 0) || over !== null;
  await until("nobody hangs without an answer", () => players.every(isServed), deadlineMs);
  for (const player of players) player.leave();

  let left: Left | null = null;
  await until(
    "nothing is left",
    async () => {
      left = await leftOf(scene);
      return isNothing(left);
    },
    deadlineMs,
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${JSON.stringify(left)}`);
  });
  expect(engines.filter(({ peakLoad }) => peakLoad > cap)).toEqual([]);
  if (scene.descriptors !== undefined) {
    const most = scene.descriptors + DESCRIPTORS_MORE;
    await until(
      `no more than ${most} descriptors are open`,
      async () => (await descriptorsOf(proxy.pid)) <= most,
      deadlineMs,
    );
  }
  if (scene.journal !== undefined) await expectLegal([scene.journal], cap);
}

/** Journals of the proxy's lives, oldest first: they are legal, and no engine is above the cap by them. */
export async function expectLegal(journals: readonly string[], cap: number): Promise<void> {
  const told = await replay(journals, { cap, skewMs: null, shown: (file) => file });
  // "unknown" is what a journal gets that was cut short, or shows others' streams above the cap.
  if (told.verdict !== "broken") return;
  const text = await readFile(journals.at(-1) ?? "", "utf8");
  throw new Error(`the journal is not legal: ${JSON.stringify(told, null, 2)}\n${text}`);
}

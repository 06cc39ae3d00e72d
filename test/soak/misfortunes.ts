/**
 * Engines that fail at random, a few at a time: killed and started again, stopped by a signal, wrong answers to
 * starts, silence, broken playbacks, stops that hang. Which contents suffered from it, and until when, is noted, so
 * that a gap that nobody caused is known for what it is.
 */
import { type EngineFaults, noEngineFaults } from "../../src/sim/index.ts";
import { below, pick, type Random } from "../cluster/random.ts";
import type { EngineProcess } from "../support/engine-process.ts";
import { pause } from "./hls-client.ts";

/** After a fault its streams may be on their way for so long: stall, probes, a start elsewhere, a deadline. */
const AFTERMATH_MS = 40_000;
const BETWEEN_MS = { min: 1_000, max: 4_000 };
const LASTS_MS = { min: 1_500, max: 6_000 };

const START = [
  { kind: "error", words: "failed to load content" },
  { kind: "error", words: "cannot find peers" },
  { kind: "empty" },
  { kind: "html" },
  { kind: "truncated" },
  { kind: "status", status: 500 },
  { kind: "hang" },
  { kind: "hang", effect: "after" },
  { kind: "reset", effect: "after" },
  { kind: "late", delayMs: 3_000 },
] as const satisfies readonly EngineFaults["start"][];

const PLAYBACK = [
  { kind: "silent", afterMs: 0, forMs: 2_000 },
  { kind: "silent" },
  { kind: "dies", afterMs: 500, how: "reset" },
  { kind: "dies", afterMs: 500, how: "cut" },
  { kind: "dies", afterMs: 500, how: "close" },
  { kind: "status", status: 404 },
  { kind: "no_bytes" },
  { kind: "hang" },
  { kind: "html" },
] as const satisfies readonly EngineFaults["playback"][];

const STOP = [
  { kind: "hang" },
  { kind: "hang", effect: "after" },
  { kind: "error", words: "internal error" },
  { kind: "unknown_session" },
  { kind: "reset" },
  { kind: "status", status: 500 },
] as const satisfies readonly EngineFaults["stop"][];

const STAT = [
  { kind: "hang" },
  { kind: "no_progress" },
  { kind: "status", status: 500 },
  { kind: "html" },
] as const satisfies readonly EngineFaults["stat"][];

const KINDS = ["kill", "freeze", "start", "playback", "stop", "stat"] as const;

export interface Misfortunes {
  /** By kind. */
  readonly counts: ReadonlyMap<string, number>;
  /** Whether something befell the content at that time, or shortly before. */
  befell(content: string, atMs: number): boolean;
  /** Of an engine's own words: it began to carry a content. */
  began(engine: EngineProcess | null, content: string): void;
  ended(engine: EngineProcess | null, content: string): void;
  /** Nothing befalls anybody any more; resolves when all engines are well. */
  end(): Promise<void>;
}

export function startMisfortunes(
  engines: () => readonly EngineProcess[],
  options: { readonly random: Random; readonly atOnce: number },
): Misfortunes {
  const { random, atOnce } = options;
  const counts = new Map<string, number>();
  const troubled = new Set<EngineProcess>();
  const carried = new Map<EngineProcess, Map<string, number>>();
  /** Contents, and spans of wall time in which something may be missing of them. */
  const spans = new Map<string, { readonly fromMs: number; toMs: number }[]>();
  const ending = new AbortController();
  const { signal } = ending;
  const underWay = new Set<Promise<void>>();

  function mark(content: string): void {
    const nowMs = Date.now();
    const list = spans.get(content) ?? [];
    spans.set(content, list);
    const last = list.at(-1);
    // Words of other processes may be late: it begins a moment earlier.
    if (last !== undefined && last.toMs >= nowMs) last.toMs = nowMs + AFTERMATH_MS;
    else list.push({ fromMs: nowMs - 2_000, toMs: nowMs + AFTERMATH_MS });
  }

  function markAll(engine: EngineProcess): void {
    for (const content of carried.get(engine)?.keys() ?? []) mark(content);
  }

  async function suffer(engine: EngineProcess): Promise<void> {
    const kind = pick(random, KINDS);
    const lastsMs = LASTS_MS.min + random() * (LASTS_MS.max - LASTS_MS.min);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    troubled.add(engine);
    markAll(engine);
    switch (kind) {
      case "kill":
        await engine.kill();
        await pause(lastsMs / 2, signal);
        await engine.restart();
        break;
      case "freeze":
        engine.stop();
        await pause(lastsMs, signal);
        engine.goOn();
        break;
      case "start":
        engine.set({ start: [{ ...pick(random, START) }] });
        await pause(lastsMs, signal);
        break;
      case "playback":
        engine.set({ playback: [{ ...pick(random, PLAYBACK) }] });
        await pause(lastsMs, signal);
        break;
      case "stop":
        engine.set({ stop: [{ ...pick(random, STOP) }] });
        await pause(lastsMs, signal);
        break;
      case "stat":
        engine.set({ stat: [{ ...pick(random, STAT) }] });
        await pause(lastsMs, signal);
        break;
    }
    markAll(engine);
    engine.set(noEngineFaults());
    troubled.delete(engine);
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await pause(BETWEEN_MS.min + random() * (BETWEEN_MS.max - BETWEEN_MS.min), signal);
      const well = engines().filter((engine) => !troubled.has(engine));
      if (signal.aborted || troubled.size >= atOnce || well.length === 0) continue;
      const one = suffer(well[below(random, well.length)] as EngineProcess);
      underWay.add(one);
      void one.finally(() => underWay.delete(one));
    }
  }

  const running = run();
  return {
    counts,
    befell: (content, atMs) =>
      (spans.get(content) ?? []).some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs),
    began(engine, content) {
      if (engine === null) return;
      const own = carried.get(engine) ?? new Map<string, number>();
      carried.set(engine, own);
      own.set(content, (own.get(content) ?? 0) + 1);
      if (troubled.has(engine)) mark(content);
    },
    ended(engine, content) {
      const own = engine === null ? undefined : carried.get(engine);
      const left = (own?.get(content) ?? 0) - 1;
      if (left > 0) own?.set(content, left);
      else own?.delete(content);
    },
    async end() {
      ending.abort();
      await running;
      await Promise.all(underWay);
    },
  };
}

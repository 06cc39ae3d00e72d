/** What a log is told to mean is held against what really was, for proxies that behave in every way they may. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { AcexyJudge } from "../../model/replay/acexy.ts";
import type { AcexyEvent } from "../../model/replay/acexy-line.ts";
import type { Told } from "../../model/replay/told.ts";

/** One thing that happens: which, and a number that picks of whom and where. */
type Choice = readonly [what: number, which: number, pause: number];

interface Request {
  /** Engines chosen by it and by those after it, as far as told: on one of them it will be. */
  readonly engines: string[];
}

/** Plays the choices; keeps the log, and the highest load that each engine really carried. */
function play(choices: readonly Choice[]): { log: AcexyEvent[]; peaks: Map<string, number> } {
  const log: AcexyEvent[] = [];
  const peaks = new Map<string, number>();
  const waiting: Request[] = [];
  const playing: { readonly content: string; readonly engine: string; left: boolean }[] = [];
  let ms = 0;
  let contents = 0;
  const tell = (event: Record<string, unknown>): void => {
    log.push({ at: String(ms), ms, source: "", ...event } as unknown as AcexyEvent);
  };
  for (const [what, which, pause] of choices) {
    ms += pause;
    const of = <T>(list: readonly T[]): T | undefined => list[which % Math.max(1, list.length)];
    if (what < 4) {
      const engine = `e${which % 3}`;
      for (const request of waiting) request.engines.push(engine);
      waiting.push({ engines: [engine] });
      tell({ type: "select", engine, name: "", seen: null, cap: null, repeated: false });
    } else if (what < 7) {
      const request = of(waiting);
      if (!request) continue;
      waiting.splice(waiting.indexOf(request), 1);
      const engine = request.engines[pause % request.engines.length] ?? "";
      const content = `c${contents++}`;
      playing.push({ content, engine, left: false });
      tell({ type: "start", content });
      const load = playing.filter((stream) => stream.engine === engine).length;
      peaks.set(engine, Math.max(peaks.get(engine) ?? 0, load));
    } else if (what === 7) {
      // A start that fails is told by no line.
      const request = of(waiting);
      if (request) waiting.splice(waiting.indexOf(request), 1);
    } else {
      const stream = of(playing);
      if (!stream) continue;
      if (!stream.left && what === 8) {
        stream.left = true;
        tell({ type: "left", content: stream.content, clients: 0 });
        continue;
      }
      playing.splice(playing.indexOf(stream), 1);
      tell({ type: "done", content: stream.content });
    }
  }
  return { log, peaks };
}

function judge(log: readonly AcexyEvent[]): Told {
  const judge = new AcexyJudge(2);
  for (const [index, event] of log.entries()) judge.take(event, { file: 0, line: index + 1, at: event.at });
  return judge.told({ files: ["log"], lines: log.length, cutOff: [] });
}

test("certain is never more, and possible never less, than what an engine really carried", () => {
  // In all less than a minute: no start waits longer than a selection is waited for.
  const choice = fc.tuple(fc.nat(9), fc.nat(50), fc.nat(900));
  let certainOnes = 0;
  fc.assert(
    fc.property(fc.array(choice, { maxLength: 60, size: "max" }), (choices) => {
      const { log, peaks } = play(choices);
      const told = judge(log);
      const engines = new Map(told.engines.map((engine) => [engine.id, engine]));
      for (const [engine, peak] of peaks) {
        const { certain, possible } = engines.get(engine) ?? {};
        expect(certain?.load ?? 0).toBeLessThanOrEqual(peak);
        expect(possible?.load ?? 0).toBeGreaterThanOrEqual(peak);
        certainOnes += certain?.load ?? 0;
      }
      for (const { id, certain } of told.engines) if (!peaks.has(id)) expect(certain).toBeNull();
    }),
    { numRuns: 2_000, seed: 20251012 },
  );
  // Else nothing was put to the test.
  expect(certainOnes).toBeGreaterThan(1_000);
});

/** The process behind `startEngineProcess`: an engine, and whoever forked it is told of its load. */
import { bareMedia, startSimEngine } from "../../src/sim/index.ts";
import type { EngineOrder, EngineProcessOptions, EngineWord } from "./engine-process.ts";

const { media = "bare", ...options } = JSON.parse(process.argv[2] ?? "{}") as EngineProcessOptions;

const say = (word: EngineWord): void => void process.send?.(word);

const engine = await startSimEngine({
  ...options,
  ...(media === "bare" ? { media: bareMedia } : {}),
  // Told while the books are being changed; the counts are right as soon as that is done.
  watch: () => queueMicrotask(tell),
});

function tell(): void {
  const { load, peakLoad, counters } = engine;
  say({ kind: "counts", load, peakLoad, starts: counters.starts });
}

process.on("message", (order: EngineOrder) => {
  if (order.kind === "faults") Object.assign(engine.faults, order.faults);
});
// Whoever forked it is gone.
process.on("disconnect", () => process.exit());

say({ kind: "listening", port: engine.port, name: engine.name });

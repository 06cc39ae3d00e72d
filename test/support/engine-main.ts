/** The process behind `startEngineProcess`: an engine, and whoever forked it is told of its load. */
import { bareMedia, startSimEngine } from "../../src/sim/index.ts";
import type { EngineOrder, EngineProcessOptions, EngineWord } from "./engine-process.ts";
import { numberedMedia } from "./numbered.ts";
import { thinMedia } from "./thin-media.ts";

const NUMBERED_BITS_PER_SECOND = 300_000;
const MEDIA = {
  bare: { media: bareMedia },
  thin: { media: thinMedia },
  picture: {},
  numbered: { media: numberedMedia(NUMBERED_BITS_PER_SECOND) },
};

const { media = "bare", ...options } = JSON.parse(process.argv[2] ?? "{}") as EngineProcessOptions;

const say = (word: EngineWord): void => void process.send?.(word);

const engine = await startSimEngine({
  ...options,
  ...MEDIA[media],
  watch: (what, { id, content, infohash }, load) => {
    say({ kind: "change", what, session: { id, content, infohash }, load });
    // Told while the books are being changed; the counts are right as soon as that is done.
    queueMicrotask(tell);
  },
});

function tell(): void {
  const { load, peakLoad, counters } = engine;
  say({ kind: "counts", load, peakLoad, starts: counters.starts });
}

process.on("message", ({ order, faults }: EngineOrder) => {
  Object.assign(engine.faults, faults);
  say({ kind: "obeyed", order });
});
// Whoever forked it is gone.
process.on("disconnect", () => process.exit());

say({ kind: "listening", port: engine.port, name: engine.name });

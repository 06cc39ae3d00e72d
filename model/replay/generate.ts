/** A journal of any length that a proxy could have written: for measuring, and for tests of what is kept. */
import type { JournalRecord } from "../../src/slots/index.ts";

export interface Plan {
  readonly engines: number;
  readonly cap: number;
  readonly lines: number;
}

const KEYS = Array.from({ length: 64 }, (_, n) => `id:${n.toString(16).padStart(40, "0")}`);

/** Lines without their ends. Streams come and go on all engines in turn; a look at the pool comes every 50 lines. */
export function* generateJournal({ engines, cap, lines }: Plan): Generator<string> {
  let seq = 0;
  const line = (record: JournalRecord): string => {
    const at = new Date(1_760_000_000_000 + seq * 20).toISOString();
    return JSON.stringify({ seq: ++seq, at, proxy: "box@:6879", ...record });
  };
  yield line({ type: "configure", cap });
  const ids = Array.from({ length: engines }, (_, n) => n.toString(16).padStart(64, "e"));
  for (const [n, engine] of ids.entries())
    yield line({ type: "engine_seen", engine, name: `engine-${n}`, address: `10.0.0.${n % 256}:6878` });
  yield line({ type: "snapshot", engines, foreign: {}, missing: [] });
  /** Oldest first. */
  const held: { readonly engine: string; readonly slot: number; readonly stream: number }[] = [];
  for (let stream = 1; seq < lines; stream++) {
    if (held.length >= engines * cap - 1) {
      const oldest = held.shift();
      if (oldest) {
        const { engine, slot } = oldest;
        const content = KEYS[oldest.stream % KEYS.length] ?? "";
        const move = { engine, slot, stream: oldest.stream, content };
        yield line({ ...move, from: "active", to: "released", cause: "nobody watches" });
        yield line({ ...move, from: "released", to: "free", cause: "stop confirmed" });
      }
    }
    const place = (stream - 1) % (engines * cap);
    const engine = ids[place % engines] ?? "";
    const slot = Math.floor(place / engines);
    const content = KEYS[stream % KEYS.length] ?? "";
    const load = held.filter((one) => one.engine === engine).length + 1;
    yield line({ engine, slot, from: "free", to: "pending", stream, content, cause: "request" });
    yield line({ type: "grant", engine, slot, session: stream, stream, content, load });
    yield line({ engine, slot, from: "pending", to: "active", stream, content, cause: "started" });
    held.push({ engine, slot, stream });
    if (stream % 10 === 0) yield line({ type: "snapshot", engines, foreign: {}, missing: [] });
  }
}

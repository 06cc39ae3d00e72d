/**
 * Real load against the cap, told by the simulated engines themselves on every change: nothing is sampled, so no
 * instant is missed, whoever started the sessions and whoever still knows of them.
 */
import { infohashOf } from "../../src/sim/index.ts";
import type { WatchFromAfar } from "../support/engine-process.ts";

/** An engine that carried more than the cap, or one content twice. */
export interface Violation {
  readonly engine: string;
  readonly what: string;
  /** What happened on that engine until then, newest last. */
  readonly timeLine: readonly string[];
}

export interface CapWatch {
  readonly violations: readonly Violation[];
  /** Sessions that all engines carry now. */
  readonly load: number;
  /** Highest load of any engine since the last `reset()`. */
  readonly peak: number;
  /** Highest sum over all engines since then. */
  readonly peakSum: number;
  /** Sessions that began since then. */
  readonly begun: number;
  /** A line in the time line of every engine, such as a fault that begins. */
  note(what: string): void;
  reset(): void;
  /** What an engine reports to. */
  of(engine: string): WatchFromAfar;
  /** Engines that carry a content now. */
  carriers(content: string): readonly string[];
  /** Called after every change. */
  onChange(listener: () => void): void;
}

const TIME_LINE_LENGTH_MAX = 200;

export function watchCap(cap: number): CapWatch {
  const violations: Violation[] = [];
  const lines: string[] = [];
  const loads = new Map<string, number>();
  const contents = new Map<string, Map<string, string>>();
  const listeners: (() => void)[] = [];
  let sum = 0;
  let peak = 0;
  let peakSum = 0;
  let begun = 0;
  const say = (engine: string | null, what: string): void => {
    if (lines.length >= 40 * TIME_LINE_LENGTH_MAX) lines.splice(0, 20 * TIME_LINE_LENGTH_MAX);
    lines.push(`${new Date().toISOString()} ${engine ?? "*"} ${what}`);
  };
  const timeLineOf = (engine: string): string[] =>
    lines.filter((line) => line.includes(` ${engine} `) || line.includes(" * ")).slice(-TIME_LINE_LENGTH_MAX);

  return {
    violations,
    get load() {
      return sum;
    },
    get peak() {
      return peak;
    },
    get peakSum() {
      return peakSum;
    },
    get begun() {
      return begun;
    },
    note: (what) => say(null, what),
    reset() {
      peak = Math.max(0, ...loads.values());
      peakSum = sum;
      begun = 0;
    },
    of: (engine) => (what, session, load) => {
      sum += load - (loads.get(engine) ?? 0);
      loads.set(engine, load);
      const carried = contents.get(engine) ?? new Map<string, string>();
      contents.set(engine, carried);
      say(engine, `${what} ${session.id.slice(0, 8)} of ${session.content.slice(0, 8)}: load ${load}`);
      if (what === "begin") {
        carried.set(session.id, session.infohash);
        begun++;
      } else carried.delete(session.id);
      peak = Math.max(peak, load);
      peakSum = Math.max(peakSum, sum);
      const wrong = load > cap ? `load ${load} above the cap of ${cap}` : null;
      // An engine ends the older session when the same content is asked for again: somebody asked it twice.
      const twice = what === "takeover" ? `content ${session.content} asked for twice` : null;
      const said = wrong ?? twice;
      if (said !== null) violations.push({ engine, what: said, timeLine: timeLineOf(engine) });
      for (const listen of listeners) listen();
    },
    carriers: (content) =>
      [...contents].flatMap(([engine, carried]) =>
        [...carried.values()].includes(infohashOf(content)) ? [engine] : [],
      ),
    onChange: (listener) => void listeners.push(listener),
  };
}

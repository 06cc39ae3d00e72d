// Durations as Go writes them: `10s`, `1m30s`, `500ms`, `1h`.
import { accepted, refused, type ValueKind } from "./types.ts";

/** Far below the 24.8 days at which timers overflow; no time of ours is sensibly longer. */
const DURATION_MAX_MS = 24 * 3_600_000;

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** The length in ms, unrounded, or `null` when the text is not a duration. "0" needs no unit. */
export function durationMs(text: string): number | null {
  if (text === "0") return 0;
  if (text === "" || text.length > 64) return null;
  let totalMs = 0;
  let read = 0;
  for (const [part, amount, unit] of text.matchAll(PART)) {
    totalMs += Number(amount) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
    read += part.length;
  }
  return read === text.length && Number.isFinite(totalMs) ? totalMs : null;
}

/** The shortest exact way to write it; in seconds up to two minutes, as people do. */
export function durationText(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1_000) return `${ms}ms`;
  if (ms < 120_000) return `${ms / 1_000}s`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1_000;
  return `${hours ? `${hours}h` : ""}${minutes ? `${minutes}m` : ""}${seconds ? `${seconds}s` : ""}`;
}

/** Whole ms from `minMs` to 24 h; `example` is what a message proposes. */
export function duration(minMs: number, example: string): ValueKind<number> {
  const rule = `a time with its unit from ${durationText(minMs)} to ${durationText(DURATION_MAX_MS)}`;
  return {
    placeholder: "TIME",
    range: [minMs, DURATION_MAX_MS],
    schema: { type: "string", pattern: "^(0|((\\d+(\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+)$" },
    parse(text) {
      const exactMs = durationMs(text);
      if (exactMs === null) {
        const secondsMs = /^\d{1,5}$/.test(text) ? durationMs(`${text}s`) : null;
        const fits = secondsMs !== null && secondsMs >= minMs && secondsMs <= DURATION_MAX_MS;
        return refused(rule, fits ? `${text}s` : example);
      }
      const ms = Math.round(exactMs);
      if (ms > DURATION_MAX_MS) return refused(rule, durationText(DURATION_MAX_MS));
      return ms < minMs ? refused(rule, example) : accepted(ms);
    },
    show: durationText,
  };
}

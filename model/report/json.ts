/** The result itself. Two runs that found the same differ in times and memory only: keys have one order. */
import type { CheckResult } from "../result.ts";
import type { Written } from "./options.ts";

/** Known keys first, in the order that a reader wants; the others by name. */
const KEYS = [
  "version, verdict, preset, mutant, seconds, memoryBytes",
  "aceslotTrace, property, name, sentence, kind, status, sometimes, reachedIn, methods",
  "detail, rung, method, states, edges, depth, terminals, acyclic, complete",
  "loopsTo, source, file, line, happening, from, to, text, messages, engines, slots, foreign, carries",
  "size, choices, replay, trace",
  "violation, properties, rungs, moves, events, effects, coverage, assumptions, limits",
].flatMap((row) => row.split(", "));
const RANK = new Map(KEYS.map((key, at) => [key, at]));

export const json = (result: CheckResult, _options: Written): string =>
  `${JSON.stringify(result, inOrder, 2)}\n`;

function inOrder(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const rank = (key: string): number => RANK.get(key) ?? KEYS.length;
  const entries: [string, unknown][] = Object.entries(value);
  entries.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

/** How times, names and columns look in the pretty output. */
import type { EngineTold } from "./told.ts";

export interface Look {
  readonly colours: boolean;
  /** Makes a text from a file safe to be shown. */
  readonly safe: (text: string) => string;
}

/** An id of 64 digits is cut to the twelve that `docker ps` shows; a name is put before it. */
export function nameOf({ id, name }: EngineTold): string {
  const short = /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
  return name === "" || name === id ? short : `${name} ${short}`;
}

export const shortContent = (content: string): string => content.replace(/^(id|infohash):/, "").slice(0, 12);

/** Milliseconds since the file's beginning of time. */
export const millis = (at: string): number => (/^\d+$/.test(at) ? Number(at) : Date.parse(at));

/** Time of day to the millisecond; for a log that counts milliseconds, minutes and seconds of them. */
export function clock(at: string): string {
  if (/^\d+$/.test(at)) {
    const ms = Number(at);
    return `${Math.floor(ms / 60_000)}:${((ms % 60_000) / 1_000).toFixed(3).padStart(6, "0")}`;
  }
  const time = Date.parse(at);
  return Number.isNaN(time) ? "?" : new Date(time).toISOString().slice(11, 23);
}

/** From the first line to the last; with the days where they differ. */
export function span(from: string, to: string): string {
  const day = (at: string): string => (/^\d{4}-\d\d-\d\d/.test(at) ? `${at.slice(0, 10)} ` : "");
  const days = day(from) === day(to) ? ["", ""] : [day(from), day(to)];
  return `${days[0]}${clock(from)} – ${days[1]}${clock(to)}`;
}

/** Ids of containers in a sentence, as short as `docker ps` shows them. */
export const shortIds = (sentence: string): string =>
  sentence.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1");

export const duration = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

export function aligned(rows: readonly (readonly string[])[], indent: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? "")].length)),
  );
  return rows.map((row) =>
    `${" ".repeat(indent)}${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ")}`.trimEnd(),
  );
}

export type Paint = Readonly<Record<"bold" | "dim" | "good" | "bad" | "maybe", (text: string) => string>>;

export function painter(colours: boolean): Paint {
  const code = (on: number, off: number) => (text: string) =>
    colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: code(1, 22), dim: code(2, 22), good: code(32, 39), bad: code(31, 39), maybe: code(33, 39) };
}

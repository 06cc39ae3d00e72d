/** The kinds of files that a replay knows, and how each is recognised by its lines. */
import { ROW_HEAD, readAcexyLine, readAcexyRow } from "./acexy-line.ts";
import { readJournalLine } from "./journal-line.ts";
import { isMonitorLine, readMonitorLine } from "./monitor-line.ts";

/** What every line that can be read tells. */
export interface Reading {
  readonly at: string;
  /** The same in milliseconds, where it is known already. */
  readonly ms?: number;
}

export interface Format {
  readonly kind: "journal" | "monitor" | "acexy";
  /** Null: none of the lines that are looked at. */
  read(text: string): Reading | "damaged" | null;
}

export const JOURNAL: Format = {
  kind: "journal",
  read: (text) => (text.trim() === "" ? null : (readJournalLine(text) ?? "damaged")),
};
export const MONITOR: Format = { kind: "monitor", read: readMonitorLine };
export const ACEXY_LOG: Format = { kind: "acexy", read: readAcexyLine };
export const ACEXY_ROWS: Format = { kind: "acexy", read: readAcexyRow };

/** What a file is, by one of its lines; null: this line does not tell. */
export function formatOf(text: string): Format | null {
  if (text.startsWith("{")) return readJournalLine(text) === null ? null : JOURNAL;
  const line = text.trimEnd();
  if (isMonitorLine(line)) return MONITOR;
  if (line === ROW_HEAD || isReading(readAcexyRow(line))) return ACEXY_ROWS;
  return isReading(readAcexyLine(line)) ? ACEXY_LOG : null;
}

const isReading = (read: object | string | null): boolean => typeof read === "object" && read !== null;

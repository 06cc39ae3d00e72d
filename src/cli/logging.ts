/** Where log lines go, and what they look like: one line each, `key=value` or JSON, time in UTC. */
import { configureSync, type LogRecord } from "@logtape/logtape";
import type { LogFormat, LogLevel } from "../config/settings.ts";
import { escaped } from "./escaped.ts";

/** Sends all rooms' lines to `write`. May be called again, for another level or form: no line is lost. */
export function startLogging(level: LogLevel, format: LogFormat, write: (line: string) => void): void {
  const line = format === "json" ? jsonLine : textLine;
  configureSync({
    reset: true,
    sinks: { lines: (record) => write(line(record)) },
    loggers: [
      { category: ["aceslot"], lowestLevel: level === "warn" ? "warning" : level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
}

const levelOf = (record: LogRecord): string => (record.level === "warning" ? "warn" : record.level);

/** As it was given: words of others in it may have braces, and are no templates. */
const messageOf = ({ rawMessage, message }: LogRecord): string =>
  typeof rawMessage === "string" ? rawMessage : message.map(String).join("");

function jsonLine(record: LogRecord): string {
  const at = new Date(record.timestamp).toISOString();
  const room = record.category.slice(1).join(".");
  const ours = { at, level: levelOf(record), room, message: messageOf(record) };
  // First for the eye, and last so that no field takes a name of ours.
  return escaped(JSON.stringify({ ...ours, ...record.properties, ...ours }));
}

function textLine(record: LogRecord): string {
  const at = new Date(record.timestamp).toISOString();
  const fields = Object.entries(record.properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${quoted(value)}`)
    .join("");
  return `${at} ${levelOf(record).toUpperCase().padEnd(5)} ${record.category.slice(1).join(".")}: ${escaped(messageOf(record))}${fields}`;
}

function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w.,:/@+-]+$/.test(text) ? text : escaped(JSON.stringify(text));
}

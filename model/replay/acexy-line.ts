/** One line of an acexy log, or of one reduced to `ms,event,engine_port,active_seen,content`. */
import { stripVTControlCharacters } from "node:util";
import { TEXT_LENGTH_MAX } from "./limits.ts";

export type AcexyEvent = {
  /** As the line tells it. */
  readonly at: string;
  /** Milliseconds, since 1970 or since whatever a reduced log counts from. */
  readonly ms: number;
  /** Which acexy says it, where one log holds several: the container's name; "" if not told. */
  readonly source: string;
} & (
  | {
      readonly type: "select";
      /** `host:port`, or the port alone in a reduced log. */
      readonly engine: string;
      /** The container's; "" if not told. */
      readonly name: string;
      /** Streams that it saw there; null: the line does not tell. */
      readonly seen: number | null;
      readonly cap: number | null;
      /** True: the line repeats a selection that may have been told by the line before. */
      readonly repeated: boolean;
    }
  | { readonly type: "start" | "reuse" | "done"; readonly content: string }
  /** A client left; `clients` are still there, null: not told. */
  | { readonly type: "left"; readonly content: string; readonly clients: number | null }
);

const MESSAGE =
  /Selected best available engine|Selected engine from orchestrator|Started new stream|Reusing existing active stream|Client stopped|Stream done/;
const PREFIX = /^\s*(\S+)\s*\|\s*(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))?/;
const OWN_TIME = /(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)|time="?([^\s"]+)/;
const CONTENT = /\b(?:id|stream)="?\{?\s*(?:\w+:\s*)?([^\s"{}]+)\s*\}?"?/;
const ROW = /^(\d{1,15}),(select|start|client_stopped|done),(\d*),(\d*),(\w*)$/;
export const ROW_HEAD = "ms,event,engine_port,active_seen,content";

/** Null: the line is none of those that are looked at. `damaged`: it is one, and what it should tell is missing. */
export function readAcexyLine(text: string): AcexyEvent | "damaged" | null {
  const found = MESSAGE.exec(text);
  if (!found) return null;
  // Before anything else looks at it: a line may have megabytes.
  if (text.length > 16 * TEXT_LENGTH_MAX) return "damaged";
  const line = text.includes("\u001b") ? stripVTControlCharacters(text) : text;
  const [, source = "", prefixed] = PREFIX.exec(line) ?? [];
  const at = prefixed ?? ownTime(line);
  const ms = at === null ? Number.NaN : Date.parse(at);
  if (at === null || Number.isNaN(ms) || line.length > 4 * TEXT_LENGTH_MAX) return "damaged";
  const head = { at: copyOf(at), ms, source: copyOf(source) };
  const content = copyOf(CONTENT.exec(line)?.[1] ?? "");
  switch (found[0]) {
    case "Selected best available engine":
    case "Selected engine from orchestrator": {
      const port = field(line, "port");
      if (port === null) return "damaged";
      const host = field(line, "host");
      return {
        ...head,
        type: "select",
        engine: copyOf(host === null ? port : `${host}:${port}`),
        name: copyOf(field(line, "container_name") ?? ""),
        seen: number(field(line, "active_streams")),
        cap: number(field(line, "max_streams")),
        repeated: found[0] === "Selected engine from orchestrator",
      };
    }
    case "Started new stream":
      return content === "" ? "damaged" : { ...head, type: "start", content };
    case "Reusing existing active stream":
      return content === "" ? "damaged" : { ...head, type: "reuse", content };
    case "Client stopped":
      return content === ""
        ? "damaged"
        : { ...head, type: "left", content, clients: number(field(line, "clients")) };
    default:
      return content === "" ? "damaged" : { ...head, type: "done", content };
  }
}

/** A row of a reduced log; its head and empty lines are null. */
export function readAcexyRow(text: string): AcexyEvent | "damaged" | null {
  if (text === "" || text === ROW_HEAD) return null;
  const [, ms, event, port = "", seen = "", key = ""] = ROW.exec(text) ?? [];
  if (ms === undefined) return "damaged";
  const head = { at: copyOf(ms), ms: Number(ms), source: "" };
  if (event === "select") {
    if (port === "") return "damaged";
    const engine = copyOf(port);
    return { ...head, type: "select", engine, name: "", seen: number(seen), cap: null, repeated: false };
  }
  if (key === "") return "damaged";
  const content = copyOf(key);
  if (event === "client_stopped") return { ...head, type: "left", content, clients: null };
  return { ...head, type: event === "start" ? "start" : "done", content };
}

function ownTime(line: string): string | null {
  const [, year, month, day, time, written] = OWN_TIME.exec(line) ?? [];
  // Such a time has no zone: read as UTC, since only differences count.
  return year === undefined ? (written ?? null) : `${year}-${month}-${day}T${time}Z`;
}

function field(line: string, name: string): string | null {
  const at = line.indexOf(` ${name}=`);
  if (at < 0) return null;
  const rest = line.slice(at + name.length + 2);
  return /^"([^"]*)"/.exec(rest)?.[1] ?? /^\S*/.exec(rest)?.[0] ?? null;
}

function number(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** What is cut out of a text keeps the whole text alive, which here is a chunk of the file: so it is copied. */
const copyOf = (text: string): string => Buffer.from(text.slice(0, TEXT_LENGTH_MAX)).toString();

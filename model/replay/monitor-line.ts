/**
 * One line of `redis-cli monitor`, read. Of a script of ours it shows the command that was asked and, marked `lua`,
 * every write that it made, so the stream says what the store did and not only what it was asked. Pure.
 */

/** A lease as the store writes it. */
export interface StoredLease {
  readonly id: string;
  readonly owner: string;
  readonly fence: number;
}

interface At {
  readonly type: "store";
  /** RFC 3339. */
  readonly at: string;
  /** Ms since 1970, to the microsecond. */
  readonly ms: number;
  /** Of the keys: `aceslot`. */
  readonly prefix: string;
}

export type MonitorReading =
  /** A command of ours, before its writes. */
  | (At & {
      readonly what: "asked";
      readonly command: string;
      readonly member: string;
      /** The lease that it is about, and the cap that it may go up to. */
      readonly id: string | null;
      readonly cap: number | null;
    })
  /** All leases at a place from now on. */
  | (At & { readonly what: "held"; readonly place: string; readonly leases: readonly StoredLease[] })
  | (At & { readonly what: "member"; readonly member: string })
  | (At & { readonly what: "member ended"; readonly member: string })
  /** All memberships, or everything, is gone. */
  | (At & { readonly what: "members forgotten" | "emptied" })
  /** The stream begins: what was before it, or since it last broke off, is not known. */
  | (At & { readonly what: "opened" });

const HEAD = /^(\d{9,11})\.(\d{6}) \[\d+ ([^\]]*(?:\][^\]]*\])?)\] "/;
const KEY = /^\{(.+)\}:(engines|members)$/;

const isBegin = (line: string): boolean => line === "OK" || line === "+OK";

export const isMonitorLine = (line: string): boolean => isBegin(line) || HEAD.test(line);

/** Null: a line that says nothing to us. */
export function readMonitorLine(line: string): MonitorReading | "damaged" | null {
  if (isBegin(line)) return { type: "store", what: "opened", at: "", ms: Number.NaN, prefix: "" };
  if (line === "") return null;
  const head = HEAD.exec(line);
  if (!head || !line.endsWith('"')) return "damaged";
  const ms = Number(head[1]) * 1_000 + Number(head[2]) / 1_000;
  const from = head[0].length;
  const end = line.indexOf('"', from);
  const name = line.slice(from, end).toUpperCase();
  if (!NAMES.has(name)) return null;
  const args = line.slice(from, -1).split('" "').slice(1);
  const read = head[3] === "lua" ? written(name, args) : asked(name, args);
  if (read === null || read === "damaged") return read;
  return { type: "store", at: new Date(ms).toISOString(), ms, ...read } as MonitorReading;
}

type Body = MonitorReading extends infer R ? (R extends At ? Omit<R, "type" | "at" | "ms"> : never) : never;

const NAMES = new Set(["EVALSHA", "EVAL", "FLUSHALL", "FLUSHDB", "HSET", "HDEL", "DEL", "UNLINK"]);

function asked(name: string, args: readonly string[]): Body | "damaged" | null {
  if (name.startsWith("FLUSH")) return { what: "emptied", prefix: "" };
  if (!name.startsWith("EVAL")) return written(name, args);
  const last = args.at(-1);
  const prefix = KEY.exec(text(args[3] ?? ""))?.[1];
  // Looking asks for nothing.
  if (prefix === undefined || last === undefined || !last.startsWith('{\\"')) return null;
  const command = json(last) as Readonly<Record<string, unknown>> | null;
  if (typeof command?.type !== "string" || typeof command.member !== "string") return "damaged";
  return {
    what: "asked",
    prefix,
    command: command.type,
    member: command.member,
    id: typeof command.id === "string" ? command.id : null,
    cap: typeof command.cap === "number" ? command.cap : null,
  };
}

/** A write of a script, or of somebody's own hand. */
function written(name: string, args: readonly string[]): Body | "damaged" | null {
  const [key = "", field = "", value = ""] = args;
  const keyed = KEY.exec(text(key));
  if (name === "DEL" || name === "UNLINK") {
    const keys = args.flatMap((other) => KEY.exec(text(other)) ?? []);
    const prefix = keys[1];
    if (prefix === undefined) return null;
    return { what: keys.includes("engines") ? "emptied" : "members forgotten", prefix };
  }
  if (!keyed) return null;
  const [, prefix = "", which] = keyed;
  if (which === "members")
    return { what: name === "HSET" ? "member" : "member ended", prefix, member: text(field) };
  if (name === "HDEL") return { what: "held", prefix, place: text(field), leases: [] };
  const leases = json(value);
  return Array.isArray(leases) && leases.every(isLease)
    ? { what: "held", prefix, place: text(field), leases }
    : "damaged";
}

const isLease = (value: unknown): value is StoredLease => {
  const { id, owner, fence } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof id === "string" && typeof owner === "string" && typeof fence === "number";
};

const ESCAPED = /\\(x[0-9a-f]{2}|.)/g;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\u0007", b: "\b" };

/** What stands between the quotes. Bytes that are no ASCII come as they are, one character each. */
function text(quoted: string): string {
  if (!quoted.includes("\\")) return quoted;
  return quoted.replace(ESCAPED, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
  );
}

function json(quoted: string): unknown {
  try {
    return JSON.parse(text(quoted));
  } catch {
    return null;
  }
}

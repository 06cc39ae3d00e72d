/** What the system counts of a process, whatever the process says of itself. Linux. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Outside {
  /** Open descriptors by kind: `socket`, `pipe`, `file`, `eventpoll`, … */
  readonly descriptors: Readonly<Record<string, number>>;
  /** TCP connections by state, those that listen aside. */
  readonly connections: Readonly<Record<string, number>>;
  readonly threads: number;
  /** All that is in RAM, and what of it is its own share, bytes. */
  readonly residentBytes: number;
  readonly proportionalBytes: number;
}

export function lookAt(pid: number): Outside {
  const targets = readdirSync(`/proc/${pid}/fd`).map((name) => targetOf(`/proc/${pid}/fd/${name}`));
  const status = textOf(`/proc/${pid}/status`);
  return {
    descriptors: tally(targets.flatMap((target) => (target === null ? [] : kindOf(target)))),
    connections: tally(connectionsOf(pid, new Set(targets.flatMap((target) => inodeOf(target ?? ""))))),
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    residentBytes: kilobytes(status, "VmRSS") * 1024,
    proportionalBytes: kilobytes(textOf(`/proc/${pid}/smaps_rollup`), "Pss") * 1024,
  };
}

/** Null: it was closed meanwhile. */
function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** `socket:[4711]` → socket, `anon_inode:[eventpoll]` → eventpoll; a path is a file. */
export const kindOf = (target: string): string =>
  /^anon_inode:\[?(\w+)/.exec(target)?.[1] ?? /^(\w+):\[/.exec(target)?.[1] ?? "file";

const inodeOf = (target: string): string[] => {
  const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
  return inode === undefined ? [] : [inode];
};

const LISTENS = "0A";
/** As include/net/tcp_states.h numbers them. */
const STATES: Readonly<Record<string, string>> = {
  "01": "established",
  "02": "syn-sent",
  "03": "syn-received",
  "04": "fin-wait-1",
  "05": "fin-wait-2",
  "06": "time-wait",
  "07": "closed",
  "08": "close-wait",
  "09": "last-ack",
  "0B": "closing",
};

/** States of the process's own sockets: what the kernel keeps for others, or after a close, is not among them. */
function connectionsOf(pid: number, inodes: ReadonlySet<string>): string[] {
  return ["tcp", "tcp6"].flatMap((table) =>
    textOf(`/proc/${pid}/net/${table}`)
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const fields = line.trim().split(/\s+/);
        const [state = "", inode = ""] = [fields[3], fields[9]];
        return inodes.has(inode) && state !== LISTENS ? [STATES[state] ?? state] : [];
      }),
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const kilobytes = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

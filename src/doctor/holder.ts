/** Which process listens at a port, where the system tells. */
import { readdir, readFile, readlink } from "node:fs/promises";

const LISTENING = "0A";

export interface Holder {
  readonly pid: number;
  readonly name: string;
}

/** Null: nobody does, or it is somebody else's process and may not be looked at. */
export async function holderOf(port: number): Promise<Holder | null> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(textOf));
  const sockets = new Set(
    tables.flatMap((table) => listenersIn(table, port)).map((inode) => `socket:[${inode}]`),
  );
  if (sockets.size === 0) return null;
  for (const pid of (await namesIn("/proc")).filter((name) => /^\d+$/.test(name)))
    for (const file of await namesIn(`/proc/${pid}/fd`)) {
      const link = await readlink(`/proc/${pid}/fd/${file}`).catch(() => "");
      if (sockets.has(link)) return { pid: Number(pid), name: (await textOf(`/proc/${pid}/comm`)).trim() };
    }
  return null;
}

/** Inodes of the sockets in one of the kernel's tables that listen at a port. */
export function listenersIn(table: string, port: number): string[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTENING && local.endsWith(ending) && inode !== undefined ? [inode] : [];
  });
}

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
const namesIn = (path: string): Promise<string[]> => readdir(path).catch(() => []);

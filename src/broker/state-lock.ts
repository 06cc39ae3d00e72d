/**
 * A lock in the file system that only one holder has, also when several find it abandoned at once. It is a folder with
 * one file in it, whose name tells the holder; nothing else is in there. It is taken by moving a folder that holds one's
 * own file to its place, which fails while there is any file in it, and taken over by renaming the former holder's
 * file to one's own: of all who want that, one finds it. The holder touches its file every two seconds.
 */
import { randomBytes } from "node:crypto";
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { LOCK_LOOK_MS, LOCK_RENEW_MS, LOCK_STALE_MS } from "../limits.ts";
import { isAllowed } from "../permissions.ts";
import type { Clock } from "../ports.ts";
import { pause } from "./clock.ts";

/** Another proxy holds the lock, and lives. */
export class LockedError extends Error {
  override name = "LockedError";
}

export interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process began: tells it from a former one of the same number. Left out: it is another one. */
  readonly since?: number | undefined;
}

export interface LockOptions {
  /** The lock's folder; the one above it is there. */
  readonly path: string;
  readonly holder: Holder;
  readonly clock: Clock;
  /** Aborted: it is not waited for any longer. */
  readonly signal?: AbortSignal | undefined;
  /** What two proxies have in common that want the same lock. */
  readonly shared: string;
}

export interface StateLock {
  /** Touches it, and takes it again if it is gone. Rejects with `LockedError` if somebody else has it now. */
  renew(): Promise<void>;
  /** Gives it back, if it is still ours. Rejects with the system's error. */
  release(): Promise<void>;
}

/** Waits for it as long as another holder's may turn out to be abandoned. Rejects with `LockedError`, or the system's. */
export async function takeLock(options: LockOptions): Promise<StateLock> {
  const { path, holder, clock, signal, shared } = options;
  const own = nameOf(holder);
  const file = join(path, own);
  const inUse = (): LockedError => new LockedError(`another proxy with ${shared} uses it`);
  await acquire(path, own, { clock, holder, signal, inUse });
  await removeLeftovers(path);
  return {
    async renew() {
      const now = new Date();
      try {
        await utimes(file, now, now);
      } catch (error) {
        if (codeOf(error) !== "ENOENT") throw error;
        // The folder was removed, or somebody took it over while we stood still.
        if (!(await placed(path, own))) throw inUse();
      }
    },
    async release() {
      await rm(file, { force: true });
      // Not empty: somebody has it already.
      await rmdir(path).catch((error) => {
        if (!IS_THERE.has(codeOf(error)) && codeOf(error) !== "ENOENT") throw error;
      });
    },
  };
}

async function acquire(
  path: string,
  own: string,
  {
    clock,
    holder,
    signal,
    inUse,
  }: Pick<LockOptions, "clock" | "holder" | "signal"> & { readonly inUse: () => LockedError },
): Promise<void> {
  const deadline = clock.monotonicMs() + LOCK_STALE_MS + LOCK_RENEW_MS;
  const never = new AbortController().signal;
  let seen = { mark: "", sinceMs: 0 };
  for (;;) {
    if (signal?.aborted) throw new Error("nobody waits for it any more");
    const other = await holderIn(path);
    if (other === null) {
      if (await placed(path, own)) return;
    } else {
      // By our own clock, from our own first look: whoever sets the machine's clock makes nobody's lock old.
      if (seen.mark !== other.mark) seen = { mark: other.mark, sinceMs: clock.monotonicMs() };
      const isStale = clock.monotonicMs() - seen.sinceMs > LOCK_STALE_MS;
      const isFree = isStale || isGone(other.name, holder);
      if (isFree && other.isFile) await removeFile(path);
      else if (isFree && (await takeOver(path, other.name, own))) return;
    }
    if (clock.monotonicMs() > deadline) throw inUse();
    await pause(clock, LOCK_LOOK_MS, signal ?? never, "lock");
  }
}

const IS_THERE = new Set(["EEXIST", "ENOTEMPTY", "ENOTDIR", "EPERM", "EACCES"]);
const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? "");

/** Whether the lock was nobody's, or ours already, and is ours now. */
async function placed(path: string, own: string): Promise<boolean> {
  const made = `${path}.${randomBytes(4).toString("hex")}`;
  let isMade = false;
  try {
    await mkdir(made, { mode: 0o700 });
    isMade = true;
    await writeFile(join(made, own), "", { mode: 0o600 });
    await rename(made, path);
    return true;
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    const code = codeOf(error);
    // One who has just taken it removes what others were about to put in its place.
    if (isMade && code === "ENOENT") return false;
    if (!isMade || !IS_THERE.has(code)) throw error;
    const other = await holderIn(path);
    if (other !== null) return other.name === own;
    // Where a folder takes no other's place, not even an empty one's.
    await rmdir(path).catch(() => {});
    return false;
  }
}

interface Found {
  readonly name: string;
  /** Changes whenever the holder touches it. */
  readonly mark: string;
  /** The lock itself is a file: that of an earlier version, or of somebody else. */
  readonly isFile: boolean;
}

/** Its holder's file; null: it has none. */
async function holderIn(path: string): Promise<Found | null> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) {
      const name = found.isFile() ? nameInFile(await readFile(path, "utf8")) : "";
      return { name, mark: `${name} ${found.mtimeMs}`, isFile: true };
    }
    const files = await readdir(path);
    // A desktop may have put something of its own there.
    const name = files.find((file) => file.includes("~")) ?? files[0];
    if (name === undefined) return null;
    return { name, mark: `${name} ${(await stat(join(path, name))).mtimeMs}`, isFile: false };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

const fileHolder = z.object({ host: z.string(), pid: z.number(), since: z.number().optional() });

/** Earlier versions' lock was a file with this in it. */
function nameInFile(text: string): string {
  try {
    const { host, pid, since } = fileHolder.parse(JSON.parse(text));
    return [encodeURIComponent(host), pid, since ?? ""].join("~");
  } catch {
    return "";
  }
}

/** Only ever a file: where another one who wants it has put its folder already, it stays. */
async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    const isFile = await stat(path).then(
      (found) => !found.isDirectory(),
      () => false,
    );
    if (isFile) throw error;
  }
}

async function takeOver(path: string, former: string, own: string): Promise<boolean> {
  try {
    await rename(join(path, former), join(path, own));
    const now = new Date();
    await utimes(join(path, own), now, now);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** What somebody left who was killed while it took the lock. */
async function removeLeftovers(path: string): Promise<void> {
  const begin = `${basename(path)}.`;
  for (const name of await readdir(dirname(path)))
    if (name.startsWith(begin)) await rm(join(dirname(path), name), { recursive: true, force: true });
}

/** One of a kind, also for two in one process. */
const nameOf = ({ host, pid, since }: Holder): string =>
  [encodeURIComponent(host), pid, since ?? "", randomBytes(4).toString("hex")].join("~");

function isGone(name: string, me: Holder): boolean {
  const [host = "", pid = "", since = ""] = name.split("~");
  if (host !== encodeURIComponent(me.host)) return false;
  // In a container every life has the same number: then the former one is this one's, unless it is this very life.
  if (pid === String(me.pid)) return me.since === undefined || since !== String(me.since);
  return /^\d+$/.test(pid) && !isAlive(Number(pid));
}

/** Whoever may not be asked for (Deno) lives, until the lock is stale. */
function isAlive(pid: number): boolean {
  if (!isAllowed({ name: "run" })) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/**
 * The sessions not yet proved gone, on disk: what a crash must not forget. One file per instance, with a lock,
 * so that two proxies never share it. Written as a whole to a new file that takes the old one's place.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import * as z from "zod";
import { LOCK_RENEW_MS, SAVE_PATIENCE_MS, STATE_FILE_BYTES_MAX, STATE_OPEN_MS_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import { isAllowed } from "../permissions.ts";
import type { Clock } from "../ports.ts";
import type { FormerSession } from "../slots/index.ts";
import { inTime } from "./in-time.ts";
import { type Holder, LockedError, type StateLock, takeLock } from "./state-lock.ts";

const FORMAT_VERSION = 1;

const fileSchema = z.object({
  version: z.literal(FORMAT_VERSION),
  instance: z.string().regex(/^[^/]+$/),
  sessions: z.array(
    z.object({
      engine: z.string(),
      name: z.string(),
      address: z.object({
        scheme: z.enum(["http", "https"]),
        host: z.string(),
        port: z.int().min(1).max(65_535),
      }),
      contents: z.array(z.string()),
      urls: z.object({ playback: z.string(), stat: z.string(), command: z.string() }).nullable(),
      playbackSession: z.string().nullable(),
      reportedAs: z.string().nullable(),
      lease: z.string().nullable().default(null),
    }),
  ),
});

/** Where open sessions survive a crash. */
export interface StateStore {
  /** The name under which this instance reported its streams in all its lives. */
  readonly instance: string;
  /** What the former life left open. */
  readonly former: readonly FormerSession[];
  /** Why the former life's sessions are not known; null: they are. */
  readonly trouble: string | null;
  /** Writes all held sessions; resolves when they are safe. Rejects if they are not, or not soon. */
  save(sessions: readonly FormerSession[]): Promise<void>;
  /** Whether what was given last is safe by now, although `save` may have failed; left out: as `save` has said. */
  readonly isSaved?: boolean;
  close(): Promise<void>;
}

/** Why there is no usable state file; the message names the folder and the reason. */
export class StateFileError extends Error {
  override name = "StateFileError";
  /** Another proxy of the same name is alive. */
  readonly isInUse: boolean;

  constructor(message: string, isInUse: boolean) {
    super(message);
    this.isInUse = isInUse;
  }
}

/**
 * What an instance calls itself when nothing is written down: the same in each of its lives, so that a list that
 * shows its streams is enough to know them. One of a kind where another proxy may go by the same address, since
 * what is taken for our own is stopped.
 */
export function instanceName(host: string, listen: string, isOfAKind = listen.endsWith(":0")): string {
  const name = `aceslot-${host}-${listen.replaceAll(/[^0-9A-Za-z.]+/g, "_")}`;
  return isOfAKind ? `${name}-${randomBytes(4).toString("hex")}` : name;
}

/**
 * The machine's name. Where it may not be asked for (Deno), one of a kind: then a lock left behind by a crash is waited
 * for as if it were another machine's, and the instance goes by what its state file says.
 */
export const machineName = (): string =>
  isAllowed({ name: "sys", kind: "hostname" }) ? hostname() : `unnamed.${randomBytes(4).toString("hex")}`;

export interface StateFileOptions {
  readonly dir: string;
  /** The listening address, or another name of the instance: one file for each. */
  readonly listen: string;
  /** What two proxies have in common that want the same file; default: the same listening address. */
  readonly shared?: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Aborted: the lock is not waited for any longer. */
  readonly signal?: AbortSignal;
  /** What this process is called in the lock; a test may play two. */
  readonly holder?: Holder;
}

/** Opens the state file of one instance and locks it. Rejects with `StateFileError`, at the signal too. */
export const openStateFile = (options: StateFileOptions): Promise<StateStore> =>
  openedInTime(open(options), options);

/** A disk that hangs holds nobody up, nor an end that is asked for: what comes of the opening later is given back. */
export async function openedInTime(
  opening: Promise<StateStore>,
  { dir, signal }: Pick<StateFileOptions, "dir" | "signal">,
  patienceMs = STATE_OPEN_MS_MAX,
): Promise<StateStore> {
  let end = (): void => {};
  // Node 20 has no Promise.withResolvers.
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(new Error("nobody waits for it any more"));
  });
  if (signal?.aborted) end();
  signal?.addEventListener("abort", end, { once: true });
  try {
    return await inTime(Promise.race([opening, ended]), patienceMs, "its disk");
  } catch (error) {
    void opening.then(
      (store) => store.close(),
      () => {},
    );
    if (error instanceof StateFileError) throw error;
    throw new StateFileError(
      `${dir} cannot be used: ${error instanceof Error ? error.message : error}`,
      false,
    );
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

async function open(options: StateFileOptions): Promise<StateStore> {
  const { dir, log, clock, signal } = options;
  const holder = options.holder ?? { host: machineName(), pid: process.pid, since: performance.timeOrigin };
  const base = join(dir, `sessions-${options.listen.replaceAll(/[^0-9A-Za-z.]+/g, "_")}`);
  const path = `${base}.json`;
  let lock: StateLock;
  try {
    await makeFolder(dir);
    const shared = options.shared ?? "the same listening address";
    lock = await takeLock({ path: `${base}.lock`, holder, clock, signal, shared });
  } catch (error) {
    throw new StateFileError(
      `${dir} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      error instanceof LockedError,
    );
  }
  let writes = Promise.resolve();
  /** What is to be on disk; null: it is. */
  let newest: string | null = null;
  let isWriting = false;
  async function write(): Promise<void> {
    const text = newest;
    if (text === null) return;
    isWriting = true;
    try {
      // Whoever stood still for so long that another one took it over writes no more.
      await lock.renew();
      await replace(path, text);
      if (newest === text) newest = null;
    } finally {
      isWriting = false;
    }
  }
  function writeNext(): Promise<void> {
    const next = writes.then(write);
    writes = next.catch(() => {});
    return next;
  }

  let isRenewed = true;
  let isRenewing = false;
  const renewal = setInterval(() => {
    // Where the disk hangs, one question is enough.
    if (isRenewing) return;
    isRenewing = true;
    lock.renew().then(
      () => {
        isRenewing = false;
        isRenewed = true;
        // Nothing may change for hours: what a full disk refused must not wait for that.
        if (newest !== null && !isWriting) void writeNext().catch(() => {});
      },
      (error) => {
        isRenewing = false;
        if (isRenewed) log.warn("the state file's lock cannot be renewed", { error: String(error) });
        isRenewed = false;
      },
    );
  }, LOCK_RENEW_MS);
  renewal.unref?.();

  const { instance, former, trouble } = await load(path, options.listen, holder.host);
  return {
    instance,
    former,
    trouble,
    get isSaved() {
      return newest === null;
    },
    save(sessions) {
      newest = JSON.stringify({ version: FORMAT_VERSION, instance, sessions });
      return inTime(writeNext(), SAVE_PATIENCE_MS, "its disk");
    },
    async close() {
      clearInterval(renewal);
      // Whoever wants it next takes it over when it is stale.
      await inTime(
        writes.then(() => lock.release()),
        SAVE_PATIENCE_MS,
        "its disk",
      ).catch((error) => log.warn("the state file's lock cannot be removed", { error: String(error) }));
    },
  };
}

/** As a whole, or not at all. */
async function replace(path: string, text: string): Promise<void> {
  const next = `${path}.new`;
  // What is left there may be another user's, or no file; a link there must lead nowhere.
  await rm(next, { recursive: true, force: true });
  await writeFile(next, text, { mode: 0o600, flag: "wx" });
  await rename(next, path);
}

/** Deno is asked before, since a folder that it may not make costs more questions, about all folders above it. */
async function makeFolder(dir: string): Promise<void> {
  const path = resolve(dir);
  const missing = (["read", "write"] as const).filter((name) => !isAllowed({ name, path }));
  if (missing.length > 0)
    throw new Error(
      `Deno does not allow it; run with ${missing.map((name) => `--allow-${name}=${dir}`).join(" ")}`,
    );
  // One that is there needs no look at what is above it, and one that is not only if that is missing too.
  const isThere = await stat(dir).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isThere) return;
  await mkdir(dir, { mode: 0o700 }).catch(() => mkdir(dir, { recursive: true, mode: 0o700 }));
}

async function load(
  path: string,
  listen: string,
  host: string,
): Promise<Pick<StateStore, "instance" | "former" | "trouble">> {
  const unknown = (why: string) => ({
    instance: instanceName(host, listen),
    former: [],
    trouble: `the state file ${path} ${why}: sessions of a former life are unknown`,
  });
  let text: string;
  try {
    const found = await stat(path);
    // A pipe or a device would never end.
    if (!found.isFile()) return unknown("is no file");
    if (found.size > STATE_FILE_BYTES_MAX)
      return unknown(`is larger than ${STATE_FILE_BYTES_MAX / 2 ** 20} MiB`);
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { ...unknown(`cannot be read (${message})`), ...(code === "ENOENT" ? { trouble: null } : {}) };
  }
  try {
    const { instance, sessions } = fileSchema.parse(JSON.parse(text));
    return { instance, former: sessions, trouble: null };
  } catch {
    return unknown("is torn or of another version");
  }
}

/** No state folder: nothing survives, and whatever the pool lists as ours is all that is known after a crash. */
export function noStateFile(instance: string): StateStore {
  return { instance, former: [], trouble: null, save: async () => {}, close: async () => {} };
}

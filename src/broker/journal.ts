/** The journal: one JSON line for every decision, numbered without gaps. */
import { appendFile, open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { JOURNAL_LINES_KEPT, JOURNAL_PENDING_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import { isAllowed } from "../permissions.ts";
import type { Clock, JournalPort } from "../ports.ts";
import type { EngineId, JournalRecord, SessionId } from "../slots/index.ts";

/** What became of a slot's lease in a shared store. */
export interface LeaseRecord {
  readonly type: "lease";
  /** `adopted`: another proxy's, which is no more; its session is being stopped here. */
  readonly outcome: "granted" | "refused" | "lost" | "released" | "adopted";
  /** `<instance>/<life>/<session>` of the proxy that it was granted to. */
  readonly lease: string;
  /** The engine's address as all proxies know it: `host:port`. */
  readonly place: string;
  readonly engine: EngineId;
  /** Null where no slot is held for it. */
  readonly slot: number | null;
  readonly session: SessionId | null;
  /** Of a grant: higher than those of all grants before it, in the whole store. */
  readonly fence: number | null;
  /** Why it was refused, lost or adopted. */
  readonly message: string;
}

/** A line of the journal, numbered and dated. */
export type JournalLine = {
  readonly seq: number;
  readonly at: string;
  readonly proxy: string;
} & (JournalRecord | LeaseRecord);

/** Numbers and dates records, keeps the last ones, and hands all of them on. */
export class Journal {
  readonly #proxy: string;
  readonly #clock: Clock;
  readonly #port: JournalPort | null;
  readonly #kept: JournalLine[] = [];
  readonly #listeners = new Set<(line: JournalLine) => void>();
  #seq = 0;

  constructor(proxy: string, clock: Clock, port: JournalPort | null) {
    this.#proxy = proxy;
    this.#clock = clock;
    this.#port = port;
  }

  write(record: JournalRecord | LeaseRecord): void {
    const at = new Date(this.#clock.now()).toISOString();
    // Kept, and handed to whoever listens: nobody's to change.
    const line: JournalLine = Object.freeze({ seq: ++this.#seq, at, proxy: this.#proxy, ...record });
    this.#kept.push(line);
    if (this.#kept.length > JOURNAL_LINES_KEPT) this.#kept.shift();
    if (this.#port?.isOpen) this.#port.append(JSON.stringify(line));
    for (const listen of this.#listeners) listen(line);
  }

  /** Lines with a number above `after`, oldest first, as far as they are kept. */
  since(after: number): readonly JournalLine[] {
    return this.#kept.filter((line) => line.seq > after);
  }

  listen(listener: (line: JournalLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Lines there have been, wherever they went. */
  get lines(): number {
    return this.#seq;
  }

  /** Of them: those that were to be kept in a file and could not be. */
  get linesLost(): number {
    return this.#port?.linesLost ?? 0;
  }

  /** Of them: those that wait for the disk. */
  get linesPending(): number {
    return this.#port?.linesPending ?? 0;
  }

  async flush(): Promise<void> {
    await this.#port?.flush();
  }
}

/**
 * Appends to the file that `path` names at the time of each line; null: to none. The file is opened anew for every
 * write, so whoever moves it away (logrotate) need tell nobody. A disk that is full or gone costs lines, which are
 * counted and told, and nothing else.
 */
export function fileJournal(
  path: () => string | null,
  log: Log,
): JournalPort & { readonly linesLost: number } {
  /** In order, by the file that they belong to. */
  let pending: { readonly path: string; readonly lines: string[] }[] = [];
  let pendingLines = 0;
  let writing: Promise<void> | null = null;
  let linesLost = 0;
  /** The file that cannot be written. */
  let failing: string | null = null;
  /** The file that is known to end with a whole line. */
  let whole: string | null = null;

  async function drain(): Promise<void> {
    while (pending.length > 0) {
      const batches = pending;
      pending = [];
      pendingLines = 0;
      for (const { path, lines } of batches) {
        try {
          // A crash, or a disk that was full, may have left half a line: it must not swallow the next one.
          const begin = path !== whole && (await endsInMidLine(path)) ? "\n" : "";
          whole = null;
          await appendFile(path, `${begin}${lines.join("\n")}\n`);
          whole = path;
          if (failing !== null) log.warn("the journal is being written again", { path, linesLost });
          failing = null;
        } catch (error) {
          linesLost += lines.length;
          if (failing !== path)
            log.error("the journal cannot be written; the service goes on", { path, error: String(error) });
          failing = path;
        }
      }
    }
    writing = null;
  }

  return {
    get isOpen() {
      return path() !== null;
    },
    get linesLost() {
      return linesLost;
    },
    get linesPending() {
      return pendingLines;
    },
    append(line) {
      const target = path();
      if (target === null) return;
      if (pendingLines >= JOURNAL_PENDING_MAX) {
        linesLost++;
        return;
      }
      const last = pending.at(-1);
      if (last?.path === target) last.lines.push(line);
      else pending.push({ path: target, lines: [line] });
      pendingLines++;
      writing ??= drain();
    },
    async flush() {
      await writing;
    },
  };
}

/** Of what cannot be told, a pipe among it: no. Deno is not asked for the right to read. */
async function endsInMidLine(path: string): Promise<boolean> {
  if (!isAllowed({ name: "read", path: resolve(path) })) return false;
  try {
    const { size } = await stat(path);
    if (size === 0) return false;
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      return bytesRead === 1 && buffer[0] !== NEWLINE;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

const NEWLINE = 10;

/** One source: a file or a URL that is read again and again, and keeps its last good content when that fails. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { isUrl, withoutSecrets } from "../config/sources.ts";
import type { Log } from "../log.ts";
import { toldBriefly } from "../net/exchange.ts";
import { fetchSource, type Validators, wordsOf } from "./fetching.ts";
import { FILE_LOOK_MS, RETRY_FIRST_MS } from "./limits.ts";
import type { NamedBy } from "./reach.ts";

export type SourceKind = "playlist" | "guide";

/** What a source held when it was last read well. */
export interface Content<T> {
  readonly value: T;
  readonly at: Date;
}

/** What a reader gets: the bytes, the URL they came from (null: a file), and how far in that is. */
export interface Raw {
  readonly bytes: Buffer;
  readonly url: string | null;
  readonly reach: "public" | "private";
}

export interface SourceOptions<T> {
  readonly name: string;
  readonly kind: SourceKind;
  readonly namedBy: NamedBy;
  readonly bytesMax: number;
  readonly log: Log;
  /** Rejects where the bytes are not what they should be; the message is for people. */
  read(raw: Raw): Promise<T>;
}

export class Source<T> {
  readonly name: string;
  readonly kind: SourceKind;
  readonly namedBy: NamedBy;
  readonly isFile: boolean;
  content: Content<T> | null = null;
  /** Why the last try failed; null: it did not, or there was none. */
  error: string | null = null;
  tried = false;
  /** When to look again, by `performance.now()`. */
  dueAt = 0;
  #failures = 0;
  #validators: Validators | null = null;
  #fileState = "";
  /** What is wrong with the file in this state; it is not read again to say so again. */
  #fileFault: unknown = null;
  #looking: Promise<boolean> | null = null;
  readonly #options: SourceOptions<T>;

  constructor(options: SourceOptions<T>) {
    this.#options = options;
    this.name = options.name;
    this.kind = options.kind;
    this.namedBy = options.namedBy;
    this.isFile = !isUrl(options.name);
  }

  /** As it may be shown: without names, passwords and queries. */
  get shownName(): string {
    return withoutSecrets(this.name);
  }

  get isLooking(): boolean {
    return this.#looking !== null;
  }

  /** Looks now; resolves with whether there is other content. Never rejects; a look under way is shared. */
  look(refreshMs: number, signal: AbortSignal): Promise<boolean> {
    this.#looking ??= this.#look(refreshMs, signal).finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(refreshMs: number, signal: AbortSignal): Promise<boolean> {
    let changed = false;
    try {
      const raw = this.isFile ? await this.#readFile() : await this.#fetch(signal);
      if (raw !== null) {
        const value = await this.#options.read(raw).catch((error: unknown) => {
          this.#fileFault = error;
          throw error;
        });
        this.content = { value, at: new Date() };
        changed = true;
      } else if (this.#fileFault !== null) throw this.#fileFault;
      this.#succeeded();
    } catch (error) {
      // What could not be read is not asked for with conditions: the answer would be that it is the same.
      this.#validators = null;
      if (!signal.aborted) this.#failed(toldBriefly(wordsOf(error)));
    }
    this.tried = true;
    const pause = this.isFile
      ? Math.min(refreshMs, FILE_LOOK_MS)
      : this.#failures > 0
        ? Math.min(refreshMs, RETRY_FIRST_MS * 2 ** (this.#failures - 1))
        : refreshMs;
    this.dueAt = performance.now() + pause;
    return changed;
  }

  #succeeded(): void {
    const { log, kind } = this.#options;
    if (this.error !== null) log.info(`a ${kind} can be read again`, { source: this.shownName });
    this.error = null;
    this.#failures = 0;
  }

  #failed(error: string): void {
    const { log, kind } = this.#options;
    // Once for each reason, not once for each try.
    if (this.error !== error)
      log.warn(
        `a ${kind} cannot be read; ${this.content === null ? "there is none of before" : "its last good content stays"}`,
        {
          source: this.shownName,
          error,
        },
      );
    this.error = error;
    this.#failures += 1;
  }

  /** Null: the same as before. */
  async #fetch(signal: AbortSignal): Promise<Raw | null> {
    const { namedBy, bytesMax } = this.#options;
    const validators = this.content === null ? null : this.#validators;
    const answer = await fetchSource({ url: this.name, namedBy, validators, bytesMax, signal });
    if (answer.kind === "failed") throw new Error(answer.message);
    if (answer.kind === "same") return null;
    this.#validators = answer.validators;
    return answer;
  }

  /** Null: the same as before, going by its time and size. */
  async #readFile(): Promise<Raw | null> {
    const { bytesMax } = this.#options;
    try {
      // Opening a pipe must not wait for whoever writes into it.
      const file = await open(this.name, NON_BLOCKING);
      try {
        const stats = await file.stat();
        const state = `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
        if (state === this.#fileState) return null;
        if (!stats.isFile()) throw new Error("it is no regular file");
        if (stats.size > bytesMax) throw new Error(`it is longer than ${bytesMax / 1024 / 1024} MiB`);
        const bytes = await file.readFile();
        this.#fileState = state;
        this.#fileFault = null;
        return { bytes, url: null, reach: "private" };
      } finally {
        await file.close();
      }
    } catch (error) {
      this.#fileState = "";
      throw error;
    }
  }
}

const NON_BLOCKING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * The sessions of one simulated engine and its REAL load: counted here, by the engine itself, from the arrival
 * of a start until that session has really ended, whoever knows of it.
 */
import { createHash, randomBytes } from "node:crypto";
import { appendBounded, nowMs, Timers } from "./clock.ts";
import { type AskedContent, infohashOf } from "./content.ts";
import type { Ending } from "./engine-faults.ts";
import { mediaNowMs } from "./source.ts";

/** Why a session ended. */
export type SessionEnd = "stop" | "takeover" | "pid" | "expire" | "death" | "failed" | "ended";

/** What an engine writes down. */
export type EngineLogWhat =
  | SessionEnd
  | "start"
  | "begin"
  | "answer"
  | "lost"
  | "play"
  | "leave"
  | "stat"
  | "stop_asked"
  | "revive";

/** One line of an engine's log. */
export interface EngineLogEntry {
  /** Milliseconds of the process's monotonic clock. */
  readonly atMs: number;
  /** What happened. */
  readonly what: EngineLogWhat;
  /** The number by which it was asked for. */
  readonly content?: string;
  /** The session that it is about. */
  readonly session?: string;
  /** The player that asked. */
  readonly pid?: string;
}

/** Told of each session that begins or ends, at once. `load`: what the engine carries from then on. */
export type WatchLoad = (what: "begin" | SessionEnd, session: SimSession, load: number) => void;

/** One session that the engine carries. */
export interface SimSession {
  /** Its playback session id. */
  readonly id: string;
  /** The number by which it was asked for. */
  readonly content: string;
  /** The content's infohash, by which engines tell contents apart. */
  readonly infohash: string;
  /** The player that asked for it; null: none was named. */
  readonly pid: string | null;
  /** When the start came, in milliseconds of the process's monotonic clock. */
  readonly beganAtMs: number;
  /** The start's answer was due: the session can be played. */
  readonly ready: boolean;
  /** Somebody reads its playback. */
  readonly reading: boolean;
  /** What its readers were sent. */
  readonly bytesSent: number;
  /** Ends it, as the engine would by itself; a reader's connection ends properly. */
  end(): void;
  /** Ends the reader's connection only; the session stays, unread. */
  cut(how: Ending): void;
  /** Sends nothing for so long from now on (default: for ever); what was missed follows in a burst. */
  silence(forMs?: number): void;
}

export class Session implements SimSession {
  readonly id = createHash("sha1").update(randomBytes(16)).digest("hex");
  readonly beganAtMs = nowMs();
  readonly beganAtMediaMs = mediaNowMs();
  ready = false;
  ended = false;
  bytesSent = 0;
  silentUntilMs = 0;
  /** Its age when progress stopped: its statistics stand still since. */
  frozenAgeMs: number | null = null;
  /** Plays without a connection of ours: never expires. */
  foreign = false;
  reader: { drop(how: Ending): void } | null = null;
  cancelExpiry: () => void = () => {};

  readonly content: string;
  readonly infohash: string;
  readonly pid: string | null;
  readonly #sessions: Sessions;

  constructor(sessions: Sessions, asked: AskedContent, pid: string | null) {
    this.#sessions = sessions;
    this.content = asked.key;
    this.infohash = asked.infohash;
    this.pid = pid;
  }

  get reading(): boolean {
    return this.reader !== null;
  }
  end(): void {
    this.#sessions.end(this, "ended");
  }
  cut(how: Ending): void {
    this.reader?.drop(how);
  }
  silence(forMs = Number.POSITIVE_INFINITY): void {
    this.silentUntilMs = nowMs() + forMs;
  }
}

export class Sessions {
  readonly byId = new Map<string, Session>();
  readonly log: EngineLogEntry[] = [];
  readonly timers = new Timers();
  peakLoad = 0;
  readonly #unreadSessionMs: number;
  readonly #watch: WatchLoad;

  constructor(unreadSessionMs: number, watch: WatchLoad = () => {}) {
    this.#unreadSessionMs = unreadSessionMs;
    this.#watch = watch;
  }

  get load(): number {
    return this.byId.size;
  }

  note(what: EngineLogWhat, about: { content?: string; session?: string; pid?: string } = {}): void {
    appendBounded(this.log, { atMs: nowMs(), what, ...about });
  }

  /**
   * Begins a session at once. An engine serves a content to one player at a time, so an older session of the
   * same content ends here (the newer request takes it over), and so does one with the same player id.
   */
  begin(asked: AskedContent, pid: string | null): Session {
    for (const other of [...this.byId.values()]) {
      if (other.infohash === asked.infohash) this.end(other, "takeover");
      else if (pid !== null && other.pid === pid) this.end(other, "pid");
    }
    const session = new Session(this, asked, pid);
    this.byId.set(session.id, session);
    this.peakLoad = Math.max(this.peakLoad, this.load);
    this.note("begin", { content: session.content, session: session.id, ...(pid === null ? {} : { pid }) });
    this.#watch("begin", session, this.load);
    return session;
  }

  /** A foreign player's session, as if it had come by another way. */
  beginForeign(content: string): Session {
    const session = this.begin({ key: content, keyType: "content_id", infohash: infohashOf(content) }, null);
    session.foreign = true;
    session.ready = true;
    return session;
  }

  end(session: Session, why: SessionEnd): void {
    if (session.ended) return;
    session.ended = true;
    session.cancelExpiry();
    this.byId.delete(session.id);
    this.note(why, { content: session.content, session: session.id });
    this.#watch(why, session, this.load);
    session.reader?.drop(why === "death" ? "reset" : "close");
  }

  /** Sessions that nobody reads end by themselves after a while. */
  armExpiry(session: Session): void {
    session.cancelExpiry();
    if (session.ended || session.foreign || session.reading) return;
    session.cancelExpiry = this.timers.after(this.#unreadSessionMs, () => this.end(session, "expire"));
  }

  /** The process died: nothing is left. */
  forgetAll(): void {
    for (const session of [...this.byId.values()]) this.end(session, "death");
    this.timers.clear();
  }
}

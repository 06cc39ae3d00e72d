/**
 * The endless bodies of one simulated engine. One timer paces every reader: first a burst of what lies behind
 * the live edge, then real time. A slow reader holds only its own place back (media is made when it is sent, so
 * nothing piles up here), and is moved to the live edge when it falls too far behind.
 */
import type { ServerResponse } from "node:http";
import { nowMs } from "./clock.ts";
import { endSocket, send } from "./door.ts";
import type { Ending, PlaybackFault } from "./engine-faults.ts";
import type { Session, Sessions } from "./engine-sessions.ts";
import { mangleFor } from "./mangle.ts";
import type { Mangle } from "./packets.ts";
import { type MediaSource, mediaNowMs, type OpenMedia } from "./source.ts";

/** How often readers are given what has become due. */
const TICK_MS = 40;
/** One write holds at most so much media. */
const WRITE_MEDIA_MS = 250;
/** A reader further behind than this (beyond its burst) is moved to the live edge. */
const READER_LAG_MS_MAX = 60_000;

interface Reader {
  readonly response: ServerResponse;
  readonly session: Session;
  readonly source: MediaSource;
  readonly mangle: Mangle;
  readonly faults: readonly PlaybackFault[];
  readonly openedAtMs: number;
  readonly lagMsMax: number;
  cursorMs: number;
  blocked: boolean;
}

const HEX_40 = /^[0-9a-f]{40}$/;

export class Playback {
  readonly #readers = new Set<Reader>();
  readonly #sessions: Sessions;
  readonly #openMedia: OpenMedia;
  readonly #burstMs: number;
  readonly #caption: string;
  #ticking: ReturnType<typeof setInterval> | null = null;
  frozen = false;

  constructor(options: { sessions: Sessions; openMedia: OpenMedia; burstMs: number; caption: string }) {
    this.#sessions = options.sessions;
    this.#openMedia = options.openMedia;
    this.#burstMs = options.burstMs;
    this.#caption = options.caption;
  }

  /** Answers one playback request of a known session. */
  open(response: ServerResponse, session: Session, faults: readonly PlaybackFault[], isHead: boolean): void {
    for (const fault of faults) if (answeredInstead(response, fault)) return;
    const headers: Record<string, string> = { connection: "close" };
    if (!faults.some((fault) => fault.kind === "no_content_type")) headers["content-type"] = "video/MP2T";
    response.writeHead(200, headers);
    if (isHead || faults.some((fault) => fault.kind === "no_bytes")) {
      response.end();
      return;
    }
    response.flushHeaders();
    // A session has one reader: a second connection ends the first.
    session.reader?.drop("close");
    const source = this.#openMedia({
      // The number that was asked for, so that a viewer sees what the URL says.
      content: HEX_40.test(session.content) ? session.content : session.infohash,
      caption: this.#caption,
    });
    const burstMs = this.#burstLengthMs(source, faults);
    const reader: Reader = {
      response,
      session,
      source,
      mangle: mangleFor(faults),
      faults,
      openedAtMs: nowMs(),
      lagMsMax: burstMs + READER_LAG_MS_MAX,
      cursorMs: mediaNowMs() - burstMs,
      blocked: false,
    };
    session.reader = { drop: (how: Ending) => this.#drop(reader, how) };
    session.cancelExpiry();
    this.#readers.add(reader);
    response.on("drain", () => {
      reader.blocked = false;
      this.#advance(reader);
    });
    response.on("close", () => this.#leave(reader));
    this.#ticking ??= setInterval(() => this.#tick(), TICK_MS);
    this.#advance(reader);
  }

  /** Stops the pacing for good or until the next reader. */
  stop(): void {
    for (const reader of [...this.#readers]) this.#drop(reader, "reset");
    this.#restIfIdle();
  }

  #tick(): void {
    if (this.frozen) return;
    for (const reader of [...this.#readers]) this.#advance(reader);
  }

  #restIfIdle(): void {
    if (this.#readers.size > 0 || this.#ticking === null) return;
    clearInterval(this.#ticking);
    this.#ticking = null;
  }

  #drop(reader: Reader, how: Ending): void {
    if (!this.#leave(reader)) return;
    if (how === "close") reader.response.end();
    else endSocket(reader.response.socket, how === "reset" ? "reset" : "close");
  }

  /** Takes a reader out, once: its session is unread from now on. */
  #leave(reader: Reader): boolean {
    if (!this.#readers.delete(reader)) return false;
    this.#restIfIdle();
    const { session } = reader;
    session.reader = null;
    this.#sessions.note("leave", { content: session.content, session: session.id });
    this.#sessions.armExpiry(session);
    return true;
  }

  #burstLengthMs(source: MediaSource, faults: readonly PlaybackFault[]): number {
    const burst = faults.find((fault) => fault.kind === "burst");
    if (burst === undefined) return this.#burstMs;
    const now = mediaNowMs();
    const bytesPerSecond = Math.max(1, source.read(now - 2000, now).length / 2);
    return Math.max(this.#burstMs, Math.ceil((burst.bytes / bytesPerSecond) * 1000));
  }

  #advance(reader: Reader): void {
    if (reader.blocked || this.frozen || !this.#readers.has(reader)) return;
    const openForMs = nowMs() - reader.openedAtMs;
    for (const fault of reader.faults) {
      if (fault.kind === "dies" && openForMs >= fault.afterMs) {
        this.#drop(reader, fault.how);
        if (fault.endsSession) this.#sessions.end(reader.session, "ended");
        return;
      }
    }
    if (isSilent(reader, openForMs)) return;
    const edgeMs = mediaNowMs();
    if (edgeMs - reader.cursorMs > reader.lagMsMax) reader.cursorMs = edgeMs - WRITE_MEDIA_MS;
    while (reader.cursorMs < edgeMs && !reader.blocked) {
      const toMs = Math.min(edgeMs, reader.cursorMs + WRITE_MEDIA_MS);
      const packets = reader.mangle(reader.source.read(reader.cursorMs, toMs));
      reader.cursorMs = toMs;
      if (packets.length === 0) continue;
      reader.session.bytesSent += packets.length;
      reader.blocked = !reader.response.write(packets);
    }
  }
}

function isSilent(reader: Reader, openForMs: number): boolean {
  if (nowMs() < reader.session.silentUntilMs) return true;
  return reader.faults.some((fault) => {
    if (fault.kind !== "silent") return false;
    const afterMs = fault.afterMs ?? 0;
    return openForMs >= afterMs && openForMs < afterMs + (fault.forMs ?? Number.POSITIVE_INFINITY);
  });
}

/** Whether the fault is one that takes the place of the whole body. */
function answeredInstead(response: ServerResponse, fault: PlaybackFault): boolean {
  switch (fault.kind) {
    case "hang":
      return true;
    case "status":
      send(response, fault.status, "text/plain", `error ${fault.status}`);
      return true;
    case "html":
      send(response, 200, "text/html", "<html><body><h1>It works!</h1></body></html>");
      return true;
    case "redirect":
      response.writeHead(fault.status ?? 302, { location: fault.to, "content-length": 0 });
      response.end();
      return true;
    default:
      return false;
  }
}

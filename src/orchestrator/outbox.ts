/**
 * The outbox: tells the orchestrator what we started and ended, in order per content, again until it is told.
 * It delays and frees nothing: slots do not wait for it.
 *
 * An end goes out only for a start that was acknowledged, and once: generation 1 takes an end that it does not
 * know for the end of the newest stream on that engine, whoever's that is.
 */

import type { Log } from "../log.ts";
import { placeOf, toldBriefly } from "../net/exchange.ts";
import type { Clock, ReportPort, StartReport } from "../ports.ts";
import type { ContentKey, EngineId, ListedStream } from "../slots/index.ts";
import type { Delivery, EventDoor } from "./door.ts";
import { endedBody, startedBody } from "./events.ts";
import type { Generation } from "./generation.ts";
import {
  EVENT_AGE_MS_MAX,
  EVENT_PAUSE_MS_MAX,
  EVENT_PAUSE_MS_MIN,
  LIST_LAG_MS_MAX,
  OUTBOX_SESSIONS_MAX,
} from "./limits.ts";

export interface OutboxOptions {
  /** Whom to tell: an orchestrator's pool. */
  readonly pool: { readonly events: EventDoor };
  /** Whether the orchestrator knows an engine: what runs on others is not its business. */
  readonly isListed: (engine: EngineId) => boolean;
  readonly clock: Clock;
  readonly log?: Log;
  readonly sessionsMax?: number;
  /** How long an event is tried. */
  readonly ageMsMax?: number;
}

export interface Outbox extends ReportPort {
  /** Tries nothing more; what is not delivered is lost. */
  close(): void;
}

/** A session whose start or end is to be told, or whose end will be. */
interface Session {
  readonly label: string;
  readonly engine: EngineId;
  readonly content: ContentKey;
  /** Null: started in a former life. */
  readonly start: StartReport | null;
  /** `unsent`: nothing has left; `unsure`: being tried, or its answer was lost; `open`: acknowledged. */
  phase: "unsent" | "unsure" | "open";
  /** Its turn has come once. */
  isTried: boolean;
  acknowledgedAtMs: number | null;
  /** A list has shown it when its end was due. */
  wasListed: boolean;
  end: string | null;
  /** Since when the event that is due now has been due. */
  dueSinceMs: number;
}

/** The sessions of one content, in order; one call at a time. */
interface Line {
  readonly content: ContentKey;
  readonly sessions: Session[];
  busy: boolean;
  /** Something came while it was busy. */
  again: boolean;
  pauseMs: number;
  stopPause: (() => void) | null;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { isListed, clock, sessionsMax = OUTBOX_SESSIONS_MAX, ageMsMax = EVENT_AGE_MS_MAX } = options;
  const { log } = options;
  const door = options.pool.events;
  const sessions = new Map<string, Session>();
  const lines = new Map<ContentKey, Line>();
  const flushed = new Set<() => void>();
  let closed = false;

  const eventsDue = (session: Session): number =>
    (session.phase === "open" ? 0 : 1) + (session.end === null ? 0 : 1);

  function pending(): number {
    let events = 0;
    for (const session of sessions.values()) events += eventsDue(session);
    return events;
  }

  function add(session: Session): void {
    sessions.set(session.label, session);
    const line = lines.get(session.content) ?? {
      content: session.content,
      sessions: [],
      busy: false,
      again: false,
      pauseMs: EVENT_PAUSE_MS_MIN,
      stopPause: null,
    };
    lines.set(session.content, line);
    line.sessions.push(session);
    if (sessions.size > sessionsMax) dropOldest();
    kick(line);
  }

  function forget(session: Session): void {
    if (sessions.get(session.label) === session) sessions.delete(session.label);
    const line = lines.get(session.content);
    const at = line?.sessions.indexOf(session) ?? -1;
    if (line === undefined || at < 0) return;
    line.sessions.splice(at, 1);
    if (line.sessions.length > 0 || line.busy) return;
    line.stopPause?.();
    lines.delete(line.content);
  }

  function dropOldest(): void {
    const all = [...sessions.values()];
    const victim = all.find((session) => eventsDue(session) > 0) ?? all[0];
    if (victim === undefined) return;
    log?.error(
      `more than ${sessionsMax} sessions wait for the orchestrator: ${victim.label} will not be reported any more`,
    );
    forget(victim);
  }

  function kick(line: Line): void {
    if (line.busy) line.again = true;
    if (line.busy || line.stopPause !== null || closed) return;
    line.busy = true;
    line.again = false;
    void tell(line);
  }

  async function tell(line: Line): Promise<void> {
    try {
      await work(line);
    } catch (error) {
      pause(line, null, error instanceof Error ? error.message : String(error));
    } finally {
      line.busy = false;
      if (line.sessions.length === 0 && lines.get(line.content) === line) lines.delete(line.content);
      if (line.again) kick(line);
      if (pending() === 0) for (const resolve of flushed) resolve();
    }
  }

  /** Delivers what is due, one event after the other, until nothing is or one fails. */
  async function work(line: Line): Promise<void> {
    for (;;) {
      if (closed || !line.sessions.some((session) => eventsDue(session) > 0)) return;
      const at = await door.where(flushed.size > 0);
      for (const session of [...line.sessions]) {
        // Neither start nor end was told: neither needs to be.
        if (session.phase === "unsent" && session.end !== null) forget(session);
      }
      if (at === null) {
        pause(line, null, "it does not answer");
        return;
      }
      const due = nextDue(line, at.generation);
      if (due === null) return;
      const failure =
        due.phase === "open" ? await tellEnd(due, at.generation) : await tellStart(due, at.generation);
      if (failure !== null) {
        pause(line, due, failure);
        return;
      }
      line.pauseMs = EVENT_PAUSE_MS_MIN;
    }
  }

  /** Ends go first: in generation 2 a content has one record, which its next start takes over. */
  function nextDue(line: Line, generation: Generation): Session | null {
    const ended = line.sessions.find((session) => session.phase === "open" && session.end !== null);
    if (ended !== undefined) return ended;
    const isTaken = generation !== 1 && line.sessions.some((session) => session.phase === "open");
    return isTaken ? null : (line.sessions.find((session) => session.phase !== "open") ?? null);
  }

  function pause(line: Line, due: Session | null, message: string): void {
    const nowMs = clock.monotonicMs();
    for (const session of [...line.sessions]) {
      if (due !== null && session !== due) continue;
      if (eventsDue(session) === 0 || nowMs - session.dueSinceMs < ageMsMax) continue;
      log?.error(`the orchestrator could not be told of ${session.label}: ${toldBriefly(message)}`);
      forget(session);
    }
    if (closed || line.sessions.length === 0) return;
    const cancel = clock.after(line.pauseMs, () => {
      line.stopPause = null;
      kick(line);
    });
    line.stopPause = () => {
      line.stopPause = null;
      cancel();
    };
    line.pauseMs = Math.min(2 * line.pauseMs, EVENT_PAUSE_MS_MAX);
  }

  /** Null: this is settled, one way or the other. Otherwise why it must be tried again. */
  async function tellStart(session: Session, generation: Generation): Promise<string | null> {
    const { start } = session;
    if (start === null) return null;
    // A doubled start replaces the first in generation 1, but counts twice in generation 2.
    const isKnown =
      session.phase === "unsure" && generation !== 1 ? await isBooked(session, generation) : false;
    if (isKnown === null) return "its list of streams cannot be read";
    if (!session.isTried) session.dueSinceMs = clock.monotonicMs();
    session.isTried = true;
    const { phase: before } = session;
    session.phase = "unsure";
    const delivery: Delivery = isKnown
      ? { kind: "taken" }
      : await door.post("stream_started", startedBody(start, generation));
    switch (delivery.kind) {
      case "taken":
        session.phase = "open";
        session.acknowledgedAtMs = clock.monotonicMs();
        session.dueSinceMs = clock.monotonicMs();
        return null;
      case "refused":
        log?.warn(`the orchestrator refuses the start of ${session.label}: ${toldBriefly(delivery.message)}`);
        forget(session);
        return null;
      case "failed":
        if (delivery.sent === false) session.phase = before;
        return delivery.message;
      default:
        return delivery satisfies never;
    }
  }

  async function tellEnd(session: Session, generation: Generation): Promise<string | null> {
    const { label, engine, content, end } = session;
    if (end === null) return null;
    const line = lines.get(content);
    const isFormer = session.start === null;
    if (isFormer && !isListed(engine)) {
      log?.debug(`the end of ${label} is not told: the orchestrator does not list engine ${engine}`);
      forget(session);
      return null;
    }
    // A start of this life has taken the record over.
    const isReplaced =
      isFormer &&
      generation !== 1 &&
      line?.sessions.some((other) => other !== session && other.phase === "open");
    const ageMs = session.acknowledgedAtMs === null ? null : clock.monotonicMs() - session.acknowledgedAtMs;
    const isOld = ageMs === null || ageMs > LIST_LAG_MS_MAX;
    // Whatever it was when the start was told, it may be of generation 1 by now, and have forgotten the stream: that
    // one would take its end for another's. So an end goes out only for what the list shows.
    const listed = isReplaced ? [] : await door.streams(engine);
    if (listed === null) return "its list of streams cannot be read";
    if (listed.some(isSame(session, generation))) session.wasListed = true;
    else if (session.wasListed || isOld || isReplaced) {
      log?.debug(`the end of ${label} is not told: the orchestrator does not have it any more`);
      forget(session);
      return null;
    } else return "its list does not show the stream yet";
    const delivery = await door.post(
      "stream_ended",
      endedBody({ label, engine, content, reason: end }, generation),
    );
    if (delivery.kind === "failed") return delivery.message;
    if (delivery.kind === "refused") {
      log?.warn(`the orchestrator refuses the end of ${label}: ${toldBriefly(delivery.message)}`);
    }
    forget(session);
    return null;
  }

  /** Whether the orchestrator has the session among its started streams; null: it does not say. */
  async function isBooked(session: Session, generation: Generation): Promise<boolean | null> {
    const streams = await door.streams(session.engine);
    return streams?.some(isSame(session, generation)) ?? null;
  }

  /** Is a listed stream this session? In generation 2 it has no label of ours. */
  function isSame(session: Session, generation: Generation): (stream: ListedStream) => boolean {
    const playback = session.start?.answer.playbackSession;
    return (stream) =>
      generation === 1
        ? stream.label === session.label
        : stream.contents.includes(session.content) &&
          (playback === undefined || stream.playbackSession === playback);
  }

  return {
    started(report) {
      const { label, engine, content, answer } = report;
      if (closed || sessions.has(label)) return;
      if (!isListed(engine)) {
        log?.debug(`${label} is not reported: the orchestrator does not list engine ${engine}`);
        return;
      }
      // Generation 1 refuses a start without URLs, and generation 2 cannot use one.
      if (label === "" || placeOf(answer.urls.stat) === null || placeOf(answer.urls.command) === null) {
        log?.error(`a session on engine ${engine} cannot be reported: it has no label or no URLs`);
        return;
      }
      const dueSinceMs = clock.monotonicMs();
      add({
        label,
        engine,
        content,
        start: report,
        phase: "unsent",
        acknowledgedAtMs: null,
        wasListed: false,
        isTried: false,
        end: null,
        dueSinceMs,
      });
    },
    ended({ label, engine, content, reason, former }) {
      if (closed) return;
      const session = sessions.get(label);
      if (session !== undefined) {
        if (session.end !== null) return;
        session.end = reason;
        if (session.phase === "open") session.dueSinceMs = clock.monotonicMs();
        const line = lines.get(session.content);
        if (line === undefined) return;
        if (session.phase === "unsent" && !line.busy) forget(session);
        kick(line);
        return;
      }
      if (!former || label === "") return;
      const dueSinceMs = clock.monotonicMs();
      add({
        label,
        engine,
        content,
        start: null,
        phase: "open",
        acknowledgedAtMs: null,
        wasListed: false,
        isTried: false,
        end: reason,
        dueSinceMs,
      });
    },
    flush(timeoutMs) {
      if (pending() === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          flushed.delete(done);
          cancel();
          resolve();
        };
        const cancel = clock.after(timeoutMs, done);
        flushed.add(done);
        for (const line of [...lines.values()]) {
          line.stopPause?.();
          line.pauseMs = EVENT_PAUSE_MS_MIN;
          kick(line);
        }
      });
    },
    get pending() {
      return pending();
    },
    close() {
      closed = true;
      for (const line of lines.values()) line.stopPause?.();
      for (const resolve of [...flushed]) resolve();
    },
  };
}

/** What a simulated engine answers to each request of its HTTP API. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { nowMs } from "./clock.ts";
import { type AskedContent, askedContent, isSameContent } from "./content.ts";
import { send, sendJson } from "./door.ts";
import type { EngineFaults, StartFault, StopFault } from "./engine-faults.ts";
import type { Playback } from "./engine-playback.ts";
import type { Session, Sessions } from "./engine-sessions.ts";
import { type Effect, sendFaulty, takeFault, takeFaults } from "./faults.ts";

/** Requests that came, by kind. */
export interface EngineCounters {
  /** Starts that came. */
  starts: number;
  /** Stops that came. */
  stops: number;
  /** Questions for statistics that came. */
  stats: number;
  /** Playbacks that came. */
  plays: number;
}

/** The engine as its routes see it. */
export interface EnginePlace {
  readonly sessions: Sessions;
  readonly playback: Playback;
  readonly counters: EngineCounters;
  readonly startDelayMs: number;
  readonly stopDelayMs: number;
  /** `http://host:port` as the engine sees itself. */
  readonly origin: string;
  faults(): EngineFaults;
}

type Request = { request: IncomingMessage; response: ServerResponse; url: URL };

/** Failures are told with status 200, in these words. */
const failure = (error: string): unknown => ({ response: null, error });
const UNKNOWN_SESSION = "unknown playback session id";
const VERSION = { code: 3021600, platform: "linux", version: "3.2.11" };
/** What a session is said to download in a second. */
const DOWNLOAD_KILOBYTES_PER_SECOND = 812;

export function answerRequest(
  place: EnginePlace,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): void {
  const exchange = { request, response, url };
  if (url.pathname === "/ace/getstream") {
    answerStart(place, exchange);
    return;
  }
  if (url.pathname === "/ace/manifest.m3u8") {
    send(response, 501, "text/plain", "not simulated: HLS");
    return;
  }
  if (url.pathname === "/webui/api/service" || url.pathname === "/server/api") {
    answerService(place, exchange);
    return;
  }
  const [, room, door, infohash, session] = url.pathname.split("/");
  if (room === "ace" && infohash !== undefined && session !== undefined) {
    const known = place.sessions.byId.get(session);
    const fitting = known?.infohash === infohash ? known : null;
    if (door === "r") {
      answerPlayback(place, exchange, infohash, fitting);
      return;
    }
    if (door === "stat") {
      answerStat(place, exchange, infohash, fitting);
      return;
    }
    if (door === "cmd") {
      answerCommand(place, exchange, infohash, fitting);
      return;
    }
  }
  send(response, 404, "text/plain", "not found");
}

function answerStart(place: EnginePlace, { response, url }: Request): void {
  const { sessions } = place;
  place.counters.starts++;
  const asked = askedContent(url.searchParams);
  const pid = url.searchParams.get("pid");
  sessions.note("start", asked === null ? {} : { content: asked.key, ...(pid === null ? {} : { pid }) });
  if (asked === null) {
    sendJson(response, 200, failure("failed to load content"));
    return;
  }

  const faults = place.faults();
  const fault = takeFault<StartFault>(faults.start, (named) => isSameContent(named, asked.infohash));
  const effect = startEffect(fault);
  const session = effect === "before" ? null : sessions.begin(asked, pid);
  const delayMs = fault?.delayMs ?? faults.startDelayMs ?? place.startDelayMs;
  // The engine goes on with a start whose client has left: nobody reads that session, and it ends by itself.
  sessions.timers.after(delayMs, () => {
    if (session !== null && effect === "during") sessions.end(session, "failed");
    else if (session !== null && !session.ended) {
      session.ready = true;
      sessions.armExpiry(session);
    }
    const about = { content: asked.key, ...(session === null ? {} : { session: session.id }) };
    sessions.note(response.destroyed || fault?.kind === "hang" ? "lost" : "answer", about);
    if (fault?.kind === "error") {
      sendJson(response, 200, failure(fault.words));
      return;
    }
    const right = startAnswer(place.origin, asked, session, fault);
    if (fault !== null && fault.kind !== "urls" && fault.kind !== "late") {
      sendFaulty(response, fault, right.body);
      return;
    }
    if (url.searchParams.get("format") === "json") {
      sendJson(response, 200, right.body);
      return;
    }
    if (response.destroyed) return;
    response.writeHead(302, { location: right.playbackUrl, "content-length": 0 });
    response.end();
  });
}

function startEffect(fault: StartFault | null): Effect {
  if (fault === null) return "after";
  if (fault.kind === "late" || fault.kind === "urls") return "after";
  return fault.effect ?? "before";
}

function startAnswer(origin: string, asked: AskedContent, session: Session | null, fault: StartFault | null) {
  const id = session?.id ?? "0".repeat(40);
  const urlOf = (door: "r" | "stat" | "cmd", which: "playback" | "stat" | "command"): string => {
    const foreign = fault?.kind === "urls" && (fault.which ?? "all") !== "all" ? fault.which === which : true;
    return `${fault?.kind === "urls" && foreign ? fault.base : origin}/ace/${door}/${asked.infohash}/${id}`;
  };
  const playbackUrl = urlOf("r", "playback");
  const body = {
    response: {
      playback_url: playbackUrl,
      stat_url: urlOf("stat", "stat"),
      command_url: urlOf("cmd", "command"),
      infohash: asked.infohash,
      playback_session_id: id,
      client_session_id: -1,
      is_live: 1,
      is_encrypted: 0,
    },
    error: null,
  };
  return { playbackUrl, body };
}

function answerPlayback(
  place: EnginePlace,
  exchange: Request,
  infohash: string,
  session: Session | null,
): void {
  const { request, response } = exchange;
  place.counters.plays++;
  if (session === null) {
    send(response, 404, "text/plain", UNKNOWN_SESSION);
    return;
  }
  place.sessions.note("play", { content: session.content, session: session.id });
  const faults = takeFaults(place.faults().playback, (named) => isSameContent(named, infohash));
  place.playback.open(response, session, faults, request.method === "HEAD");
}

function answerStat(
  place: EnginePlace,
  { response }: Request,
  infohash: string,
  session: Session | null,
): void {
  const { sessions } = place;
  place.counters.stats++;
  sessions.note("stat", session === null ? {} : { content: session.content, session: session.id });
  const fault = takeFault(place.faults().stat, (named) => isSameContent(named, infohash));
  sessions.timers.after(fault?.delayMs ?? 0, () => {
    const gone = { response: {}, error: UNKNOWN_SESSION };
    if (fault?.kind === "unknown_session") {
      sendJson(response, 200, gone);
      return;
    }
    if (fault?.kind === "error") {
      sendJson(response, 200, failure(fault.words));
      return;
    }
    const stands = fault?.kind === "no_progress";
    const right =
      session === null || session.ended ? gone : { response: statOf(session, stands), error: null };
    sendFaulty(response, fault?.kind === "no_progress" ? null : fault, right);
  });
}

function statOf(session: Session, stands: boolean): unknown {
  const ageMs = session.frozenAgeMs ?? nowMs() - session.beganAtMs;
  session.frozenAgeMs = stands ? ageMs : null;
  const downloaded = Math.floor(ageMs * DOWNLOAD_KILOBYTES_PER_SECOND * 1.024);
  const edgeSeconds = Math.floor((session.beganAtMediaMs + ageMs) / 1000);
  return {
    status: stands || ageMs < 1000 ? "prebuf" : "dl",
    peers: stands ? 0 : 12,
    speed_down: stands ? 0 : DOWNLOAD_KILOBYTES_PER_SECOND,
    speed_up: stands ? 0 : 30,
    downloaded,
    uploaded: Math.floor(downloaded / 27),
    total_progress: 0,
    client_session_id: -1,
    playback_session_id: session.id,
    is_live: 1,
    livepos: {
      pos: String(edgeSeconds),
      live_first: edgeSeconds - 1800,
      live_last: edgeSeconds,
      is_live: 1,
      buffer_pieces: "15",
    },
  };
}

function answerCommand(
  place: EnginePlace,
  exchange: Request,
  infohash: string,
  session: Session | null,
): void {
  const { response, url } = exchange;
  const { sessions } = place;
  if (url.searchParams.get("method") !== "stop") {
    sendJson(response, 200, failure("unknown method"));
    return;
  }
  place.counters.stops++;
  sessions.note("stop_asked", session === null ? {} : { content: session.content, session: session.id });
  const fault = takeFault<StopFault>(place.faults().stop, (named) => isSameContent(named, infohash));
  const effect = stopEffect(fault);
  sessions.timers.after(fault?.delayMs ?? place.stopDelayMs, () => {
    const known = session !== null && !session.ended;
    if (session !== null && effect !== "before") sessions.end(session, "stop");
    if (fault?.kind === "unknown_session") {
      sendJson(response, 200, failure(UNKNOWN_SESSION));
      return;
    }
    if (fault?.kind === "error") {
      sendJson(response, 200, failure(fault.words));
      return;
    }
    sendFaulty(response, fault, known ? { response: "ok", error: null } : failure(UNKNOWN_SESSION));
  });
}

function stopEffect(fault: StopFault | null): Effect {
  if (fault === null || fault.kind === "late") return "after";
  return fault.effect ?? (fault.kind === "unknown_session" ? "after" : "before");
}

function answerService(place: EnginePlace, { response, url }: Request): void {
  const faults = place.faults();
  const fault = takeFault(faults.service);
  place.sessions.timers.after(fault?.delayMs ?? 0, () => {
    const method = url.searchParams.get("method");
    if (method === "get_version") {
      sendFaulty(response, fault, { result: VERSION, error: null });
      return;
    }
    if (method === "get_network_connection_status") {
      sendFaulty(response, fault, { result: { connected: faults.connected } });
      return;
    }
    sendJson(response, 200, { result: null, error: "unknown method" });
  });
}

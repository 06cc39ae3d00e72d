/**
 * HLS: `GET /ace/manifest.m3u8` answers the playlist itself, again and again at the same address. Who asks is known
 * again by address, User-Agent and content. The segments are at `/ace/hls/<session>/<number>.ts`; whoever knows the
 * session's name may fetch them, no token is asked there. Their addresses are relative to the one that was asked for,
 * path prefixes included.
 */
import type { Context } from "hono";
import type { Broker } from "../broker/index.ts";
import { RETRY_AFTER_SECONDS } from "../limits.ts";
import type { ClientId, StreamId } from "../slots/index.ts";
import { PLAYLIST_TYPE } from "../stream/hls/playlist.ts";
import type { HlsRefusal, HlsSession } from "../stream/index.ts";
import { admit, nobodyReads } from "./admission.ts";
import { type Env, pathWithoutToken } from "./clients.ts";
import { readAsked } from "./content.ts";
import type { Crowd } from "./crowd.ts";
import { errorResponse } from "./errors.ts";
import { STREAM_HEADERS } from "./getstream.ts";
import { queryOf, targetOf } from "./target.ts";
import type { Viewers } from "./viewers.ts";

/** Where sessions are. */
export interface HlsSessions {
  openHls(client: ClientId, stream: StreamId, viewer: string, mark: string): HlsSession | HlsRefusal;
  hls(name: string): HlsSession | null;
  hlsOf(viewer: string): HlsSession | null;
}

export interface ManifestOptions {
  readonly broker: Broker;
  readonly crowd: Crowd | undefined;
  readonly sessions: HlsSessions;
  readonly viewers: Viewers;
  /** Tells players apart. */
  whoIs(context: Context<Env>): string;
  /** The content id where the path names it. */
  readonly pathId?: string | undefined;
}

const PLAYLIST_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": PLAYLIST_TYPE,
  "Cache-Control": "no-store",
  "Access-Control-Allow-Origin": "*",
};

/** The playlist of now; the first one, which opens a session, as soon as there is a whole segment to play. */
export async function manifest(context: Context<Env>, options: ManifestOptions): Promise<Response> {
  const { sessions, viewers, whoIs } = options;
  const asked = readAsked(queryOf(context.req.raw), options.pathId);
  if (asked.kind === "bad") return errorResponse(asked.code, asked.message);
  // A probe costs no slot and no engine call.
  if (context.req.method === "HEAD") return new Response(null, { headers: PLAYLIST_HEADERS });

  const { signal } = context.req.raw;
  const who = whoIs(context);
  // None of the parts has a line break in it.
  const viewer = [who, asked.content, asked.variant].join("\n");
  const open = async (): Promise<HlsSession | Response> => {
    const admitted = await admit(context, options, { ...asked, who });
    if (admitted instanceof Response) return admitted;
    // The content as it was asked for: a balancer that is sticky by content finds it in the paths of the segments.
    const mark = `${asked.content.slice(asked.content.indexOf(":") + 1)}-`;
    const opened = sessions.openHls(admitted.client, admitted.stream, viewer, mark);
    if (!("code" in opened)) return opened;
    const retry = opened.code === "no_capacity" ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {};
    return errorResponse(opened.code, opened.message, retry);
  };
  const session = await viewers.sessionOf(viewer, open, signal);
  return session instanceof Response ? session : shown(context, session, sessions);
}

/** A session's playlist, when there is a segment in it: players take an empty one amiss. */
async function shown(context: Context, session: HlsSession, sessions: HlsSessions): Promise<Response> {
  const { signal } = context.req.raw;
  const state = await session.ready(signal);
  // Who looks in and does not wait gives the place back at once, unless others of the same session want it.
  if (signal.aborted) {
    if (!session.hasBegun && !session.isAwaited) session.close("closed the connection");
    return nobodyReads();
  }
  const isThere = sessions.hls(session.name) !== null;
  // A player that was moved to another stream may find it without a segment, and knows what it was shown before.
  if (isThere && (state === "ready" || session.hasBegun))
    return new Response(session.playlist(segmentFolder(context, session)), { headers: PLAYLIST_HEADERS });
  session.close("no segment");
  return state === "late"
    ? errorResponse("engine_timeout", "the stream plays, but no whole segment has come; it may have no clock")
    : errorResponse("engine_error", "the stream ended before its first segment");
}

/** One segment of a session's stream. */
export function segment(context: Context<Env>, sessions: HlsSessions): Response {
  const session = sessions.hls(context.req.param("session") ?? "");
  if (session === null) return noSession();
  if (context.req.method === "HEAD") return new Response(null, { headers: STREAM_HEADERS });
  const { breakOff, silence } = context.env.peer;
  const number = Number.parseInt(context.req.param("segment") ?? "", 10);
  const found = session.segment(number, breakOff, () => silence?.ended());
  if (found === null)
    return errorResponse("not_found", "this segment is not there any more; ask for the playlist again");
  silence?.untilEnd();
  return new Response(found, { headers: STREAM_HEADERS });
}

const noSession = (): Response =>
  errorResponse("unknown_stream", "this session is over; begin again with /ace/manifest.m3u8");

/** Where the segments are, seen from the address that was asked for. */
function segmentFolder(context: Context<Env>, { name }: HlsSession): string {
  const path = pathWithoutToken(targetOf(context.req.raw, context.env.basePath)?.pathname ?? "");
  // All that leads here is below `/ace/`.
  return `${"../".repeat(path.split("/").length - 3)}hls/${name}/`;
}

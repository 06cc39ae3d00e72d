/**
 * HLS: `GET /ace/manifest.m3u8` opens a session and sends the player to it, so that all its further requests come
 * from one client: `/ace/hls/<session>/index.m3u8` and the segments beside it. Whoever knows the session's name may
 * watch; no token is asked there. Every address is relative to the one that was asked for, path prefixes included.
 */
import type { Context } from "hono";
import type { Broker } from "../broker/index.ts";
import type { ClientId, StreamId } from "../slots/index.ts";
import type { HlsSession } from "../stream/index.ts";
import { PLAYLIST_TYPE } from "../stream/playlist.ts";
import { admit, nobodyReads } from "./admission.ts";
import { readAsked } from "./content.ts";
import { errorResponse } from "./errors.ts";
import { STREAM_HEADERS } from "./getstream.ts";
import { queryOf, targetOf } from "./target.ts";

/** Where sessions are. */
export interface HlsSessions {
  openHls(client: ClientId, stream: StreamId): HlsSession | string;
  hls(name: string): HlsSession | null;
}

export interface ManifestOptions {
  readonly broker: Broker;
  readonly sessions: HlsSessions;
  /** Tells players apart for the hand-over. */
  whoIs(context: Context): string;
  /** The content id where the path names it. */
  readonly pathId?: string | undefined;
}

const PLAYLIST_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": PLAYLIST_TYPE,
  "Cache-Control": "no-store",
  "Access-Control-Allow-Origin": "*",
};

/** Opens a session; answers as soon as there is a whole segment to play. */
export async function manifest(context: Context, options: ManifestOptions): Promise<Response> {
  const { broker, sessions, whoIs } = options;
  const asked = readAsked(queryOf(context.req.raw), options.pathId);
  if (asked.kind === "bad") return errorResponse(asked.code, asked.message);
  // A probe costs no slot and no engine call.
  if (context.req.method === "HEAD") return new Response(null, { headers: PLAYLIST_HEADERS });

  const admitted = await admit(context, broker, { ...asked, who: whoIs(context) });
  if (admitted instanceof Response) return admitted;
  const session = sessions.openHls(admitted.client, admitted.stream);
  if (typeof session === "string") return errorResponse("engine_error", session);
  const { signal } = context.req.raw;
  const state = await session.ready(signal);
  if (signal.aborted) {
    session.close("closed the connection");
    return nobodyReads();
  }
  if (state === "ready")
    return new Response(null, {
      status: 302,
      headers: { ...PLAYLIST_HEADERS, Location: besides(context, `hls/${session.name}/index.m3u8`) },
    });
  session.close("no segment");
  return state === "late"
    ? errorResponse("engine_timeout", "the stream plays, but no whole segment has come; it may have no clock")
    : errorResponse("engine_error", "the stream ended before its first segment");
}

/** A session's playlist of now. */
export async function playlist(context: Context, sessions: HlsSessions): Promise<Response> {
  const session = sessions.hls(context.req.param("session") ?? "");
  if (session === null) return noSession();
  if (context.req.method === "HEAD") return new Response(null, { headers: PLAYLIST_HEADERS });
  // A client that was moved to another stream may find it without a segment; players take an empty list amiss.
  await session.ready(context.req.raw.signal);
  if (sessions.hls(session.name) === null) return noSession();
  return new Response(session.playlist(), { headers: PLAYLIST_HEADERS });
}

/** One segment of a session's stream. */
export function segment(context: Context, sessions: HlsSessions): Response {
  const session = sessions.hls(context.req.param("session") ?? "");
  if (session === null) return noSession();
  if (context.req.method === "HEAD") return new Response(null, { headers: STREAM_HEADERS });
  const found = session.segment(Number.parseInt(context.req.param("segment") ?? "", 10));
  if (found === null)
    return errorResponse("not_found", "this segment is not there any more; ask for the playlist again");
  return new Response(found, { headers: STREAM_HEADERS });
}

const noSession = (): Response =>
  errorResponse("unknown_stream", "this session is over; begin again with /ace/manifest.m3u8");

/** A path below `/ace/`, seen from the path that was asked for. */
function besides(context: Context, path: string): string {
  const [, below = ""] = /\/ace\/(.*)$/.exec(targetOf(context.req.raw)?.pathname ?? "") ?? [];
  return `${"../".repeat(below.split("/").length - 1)}${path}`;
}

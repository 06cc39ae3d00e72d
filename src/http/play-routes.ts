/** What players and acexy's users ask for: streams, HLS, and acexy's status. */
import type { Context } from "hono";
import type { Env } from "./clients.ts";
import { readAsked } from "./content.ts";
import { errorResponse } from "./errors.ts";
import { getStream } from "./getstream.ts";
import { manifest, segment } from "./manifest.ts";
import type { App, AppOptions, Askers } from "./routes.ts";
import { queryOf } from "./target.ts";
import { Viewers } from "./viewers.ts";
import { statusView, streamViews } from "./views.ts";

interface Asked {
  /** The content id where the path names it. */
  readonly pathId?: string | undefined;
  /** What is asked for in place of the request's own query. */
  readonly query?: URLSearchParams | undefined;
}

/** For routes that play under another name. */
export interface Play {
  transportStream(context: Context<Env>, asked: Asked): Promise<Response>;
}

export function playRoutes(
  app: App,
  { broker, bodies, crowd, slates, current }: AppOptions,
  { whoIs }: Askers,
): Play {
  const viewers = new Viewers((viewer) => bodies.hlsOf(viewer));
  const hls = (context: Context<Env>, pathId?: string) =>
    manifest(context, { broker, crowd, sessions: bodies, viewers, whoIs, pathId });
  const transportStream = (context: Context<Env>, asked: Asked) => {
    const shown = current().slate === "on" ? slates : undefined;
    return getStream(context, { broker, bodies, crowd, slates: shown, whoIs, ...asked });
  };
  const stream = (context: Context<Env>, pathId?: string) =>
    current().m3u8 ? hls(context, pathId) : transportStream(context, { pathId });

  for (const path of ["/ace/getstream", "/ace/getstream.ts"]) app.get(path, (context) => stream(context));
  app.get(STREAM_FILE, (context) => stream(context, context.req.param("id").replace(/\.ts$/, "")));
  app.get("/ace/manifest.m3u8", (context) => hls(context));
  app.get(SESSION_SEGMENT, (context) => segment(context, bodies));
  for (const path of [
    "/ace/getstream",
    "/ace/getstream.ts",
    STREAM_FILE,
    "/ace/manifest.m3u8",
    SESSION_SEGMENT,
  ])
    app.options(path, () => new Response(null, { status: 204, headers: CORS }));

  app.get("/ace/status", (context) => {
    const query = queryOf(context.req.raw);
    if (!query.has("id") && !query.has("infohash")) return context.json(statusView(broker, null));
    const asked = readAsked(query);
    if (asked.kind === "bad") return errorResponse(asked.code, asked.message);
    const view = statusView(broker, asked.content);
    return view ? context.json(view) : errorResponse("unknown_stream", "no client watches this content");
  });
  app.get("/ace/streams", (context) =>
    context.json({ streams: streamViews(broker, (id) => bodies.figures(id)) }),
  );
  return { transportStream };
}

const STREAM_FILE = "/ace/getstream/:id{[^/]+\\.ts}";
const SESSION_SEGMENT = "/ace/hls/:session/:segment{\\d+\\.ts}";

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
  "Access-Control-Allow-Headers": "*",
  "Access-Control-Max-Age": "86400",
};

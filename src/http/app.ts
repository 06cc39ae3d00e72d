/**
 * The routes. Every request comes through here; nothing here decides about slots or moves media bytes.
 * `cli/` and the embedding API make one app per proxy.
 */
import { type Context, Hono } from "hono";
import type { Broker } from "../broker/index.ts";
import { PAGE_CSS, PAGE_HTML, PAGE_JS } from "../dashboard/page.ts";
import { roomLog } from "../log.ts";
import type { StreamId } from "../slots/index.ts";
import type { StreamFigures } from "../stream/index.ts";
import { VERSION } from "../version.ts";
import {
  blockList,
  clientAddress,
  isPrivate,
  isSameSecret,
  type Peer,
  pathWithoutToken,
  tokenOf,
} from "./clients.ts";
import { readAsked } from "./content.ts";
import { errorResponse, internalError } from "./errors.ts";
import { type Bodies, getStream } from "./getstream.ts";
import { leasesView } from "./leases.ts";
import { type HlsSessions, manifest, segment } from "./manifest.ts";
import type { Metrics } from "./metrics.ts";
import { queryOf, targetOf } from "./target.ts";
import { Viewers } from "./viewers.ts";
import { clientViews, engineViews, queueView, readiness, statusView, streamViews } from "./views.ts";

export interface AppOptions {
  readonly broker: Broker;
  readonly bodies: Bodies & HlsSessions & { figures(stream: StreamId): StreamFigures | null };
  /** Whether `/ace/getstream` answers HLS as well. */
  readonly m3u8: boolean;
  /** Asked of clients and of the API if set. */
  readonly token: string | null;
  /** CIDRs whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Why a crash would forget open sessions; null: it would not. */
  readonly stateTrouble: string | null;
}

type Env = { Bindings: { readonly peer: Peer } };

const PAGE_HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** The proxy's `fetch`, with what the server knows of the peer. */
export function createApp(options: AppOptions): (request: Request, peer: Peer) => Promise<Response> {
  const { broker, bodies, token } = options;
  const trusted = blockList(options.trustedProxies);
  const app = new Hono<Env>({
    // `/ace/getstream/` is `/ace/getstream`, and `/t/<token>/…` is `/…`.
    getPath: (request) => pathWithoutToken(targetOf(request)?.pathname ?? "/").replace(/(?<=.)\/$/, ""),
  });

  const addressOf = (context: Context<Env>): string =>
    clientAddress(context.env.peer, context.req.header("x-forwarded-for"), trusted);
  const whoIs = (context: Context): string =>
    [addressOf(context), context.req.header("user-agent") ?? ""].join(" ");
  const viewers = new Viewers((viewer) => bodies.hlsOf(viewer));
  const hls = (context: Context, pathId?: string) =>
    manifest(context, { broker, sessions: bodies, viewers, whoIs, pathId });
  const stream = (context: Context, pathId?: string) =>
    options.m3u8 ? hls(context, pathId) : getStream(context, { broker, bodies, whoIs, pathId });

  app.get("/ace/getstream", (context) => stream(context));
  app.get(STREAM_FILE, (context) => stream(context, context.req.param("id").replace(/\.ts$/, "")));
  app.get("/ace/manifest.m3u8", (context) => hls(context));
  app.get(SESSION_SEGMENT, (context) => segment(context, bodies));
  for (const path of ["/ace/getstream", STREAM_FILE, "/ace/manifest.m3u8", SESSION_SEGMENT])
    app.options(path, () => new Response(null, { status: 204, headers: CORS }));

  app.get("/ace/status", (context) => {
    const query = queryOf(context.req.raw);
    if (!query.has("id") && !query.has("infohash")) return context.json(statusView(broker, null));
    const asked = readAsked(query);
    if (asked.kind === "bad") return errorResponse(asked.code, asked.message);
    const view = statusView(broker, asked.content);
    return view ? context.json(view) : errorResponse("unknown_stream", "no client watches this content");
  });
  const streams = () => streamViews(broker, (id) => bodies.figures(id));
  app.get("/ace/streams", (context) => context.json({ streams: streams() }));

  app.get("/healthz", (context) => context.json({ status: "ok", version: VERSION }));
  app.get("/readyz", (context) => {
    const answer = readiness(broker, options.stateTrouble);
    return context.json(answer, answer.ready ? 200 : 503);
  });

  let metrics: Promise<Metrics> | null = null;
  app.get("/metrics", async (context) => {
    metrics ??= import("./metrics.ts").then(({ createMetrics }) =>
      createMetrics(broker, (id) => bodies.figures(id)),
    );
    const { contentType, scrape } = await metrics;
    return context.body(await scrape(), 200, { "Content-Type": contentType });
  });

  app.get("/api/v1/engines", (context) => context.json({ engines: engineViews(broker) }));
  app.get("/api/v1/streams", (context) => context.json({ streams: streams(), ended: broker.ended.all }));
  app.delete("/api/v1/streams/:id", (context) => {
    if (token === null && !isPrivate(addressOf(context)))
      return errorResponse("forbidden", "without --token, streams are ended from private networks only");
    const id = Number(context.req.param("id"));
    const ended = Number.isSafeInteger(id) && broker.end(id, "ended by hand");
    return ended ? context.body(null, 204) : errorResponse("unknown_stream", "no stream has this number");
  });
  app.get("/api/v1/clients", (context) => context.json({ clients: clientViews(broker) }));
  app.get("/api/v1/queue", (context) => context.json(queueView(broker)));
  app.get("/api/v1/leases", (context) => context.json(leasesView(broker)));
  app.get("/api/v1/journal", (context) => {
    const after = Number(context.req.query("after") ?? 0);
    if (!Number.isSafeInteger(after) || after < 0)
      return errorResponse(
        "invalid_parameter",
        "after is not a whole number: give the last seq that you have",
      );
    return context.json({ lines: broker.journal.since(after) });
  });

  app.get("/", (context) => context.html(PAGE_HTML, 200, PAGE_HEADERS));
  app.get("/assets/page.css", (context) =>
    context.body(PAGE_CSS, 200, { "Content-Type": "text/css; charset=utf-8" }),
  );
  app.get("/assets/page.js", (context) =>
    context.body(PAGE_JS, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
  );

  app.notFound((context) => {
    const { method, path } = context.req;
    const methods = METHODS.filter((other) => app.router.match(other, path)[0].length > 0)
      .map((other) => (other === "GET" ? "GET, HEAD" : other))
      .join(", ");
    if (methods === "") return errorResponse("not_found", `there is nothing at ${path}`);
    return errorResponse("method_not_allowed", `${method} is not allowed here; allowed: ${methods}`, {
      headers: { Allow: methods },
    });
  });
  const log = roomLog("http");
  app.onError((error, { req: { method, path } }) => {
    log.error("a request could not be answered", { method, path, error: error.stack ?? String(error) });
    return internalError();
  });

  return async (request, peer) => {
    const url = targetOf(request);
    if (url === null) return errorResponse("invalid_parameter", "the Host header names no host");
    // Two lines come joined by a comma. Whoever stands before us may have believed the other one.
    if (request.headers.get("host")?.includes(","))
      return errorResponse("invalid_parameter", "there is more than one Host header");
    if (
      token !== null &&
      !isOpen(request.method, url.pathname) &&
      !isSameSecret(tokenOf(request, url), token)
    )
      return errorResponse(
        "unauthorized",
        "a token is needed: ?token=…, /t/<token>/… or Authorization: Bearer …",
        { headers: { "WWW-Authenticate": "Bearer" } },
      );
    // The page asks for its files relative to its own address, which must end with a slash.
    const [, last] = /^\/t\/([^/]+)$/.exec(url.pathname) ?? [];
    if (last !== undefined)
      return new Response(null, { status: 308, headers: { Location: `./${last}/${url.search}` } });
    const answer = await app.fetch(request, { peer });
    if (!answer.headers.has("Cache-Control")) answer.headers.set("Cache-Control", "no-store");
    return answer;
  };
}

/** Needs no token: there is nothing secret in it, and whoever asks has no way to give one. */
function isOpen(method: string, path: string): boolean {
  const plain = pathWithoutToken(path);
  return (
    path === "/healthz" ||
    // A browser asks whether it may ask, without the token that it would then give.
    (method === "OPTIONS" && plain.startsWith("/ace/")) ||
    // The session's name is a secret itself.
    plain.startsWith("/ace/hls/") ||
    // The page names its files without the token that it was opened with.
    plain.startsWith("/assets/")
  );
}

const STREAM_FILE = "/ace/getstream/:id{[^/]+\\.ts}";
const SESSION_SEGMENT = "/ace/hls/:session/:segment{\\d+\\.ts}";

/** Those that any route has; Hono answers HEAD as it answers GET. */
const METHODS = ["GET", "DELETE", "OPTIONS"] as const;

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
  "Access-Control-Allow-Headers": "*",
  "Access-Control-Max-Age": "86400",
};

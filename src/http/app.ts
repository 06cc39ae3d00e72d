/**
 * The routes. Every request comes through here; nothing here decides about slots or moves media bytes.
 * `cli/` and the embedding API make one app per proxy.
 */
import { type Context, Hono } from "hono";
import { SILENT } from "../log.ts";
import { apiRoutes } from "./api-routes.ts";
import { forBrowsers } from "./browsers.ts";
import { channelRoutes } from "./channel-routes.ts";
import { blockList, clientAddress, type Env, isIn, type Peer, plainAddress } from "./clients.ts";
import { derived } from "./derived.ts";
import { turnedAway } from "./door.ts";
import { errorResponse, failureId, internalError } from "./errors.ts";
import { headAnswer } from "./head.ts";
import { healthRoutes } from "./health-routes.ts";
import { ownUrl } from "./own-url.ts";
import { pageRoutes } from "./page-routes.ts";
import { playRoutes } from "./play-routes.ts";
import type { App, AppOptions, Askers } from "./routes.ts";
import { isBelow, pathOf, routePath, targetOf } from "./target.ts";
import { Traffic } from "./traffic.ts";
import { tunerRoutes } from "./tuner-routes.ts";
import { whoOf } from "./who.ts";

export type { AppOptions } from "./routes.ts";

/** The proxy's `fetch`, with what the server knows of the peer. */
export function createApp(options: AppOptions): (request: Request, peer: Peer) => Promise<Response> {
  const traffic = new Traffic();
  const app = createRoutes(options, traffic);
  const basePath = options.basePath ?? "";
  return async (request, peer) => {
    const path = pathOf(request, basePath);
    const refusal = turnedAway(request, options.current().token, basePath);
    const answer = refusal ?? (await traffic.during(() => app.fetch(request, { peer, basePath })));
    traffic.count(refusal === null ? patternOf(app, request.method, path) : null, answer.status);
    if (!answer.headers.has("Cache-Control")) answer.headers.set("Cache-Control", "no-store");
    forBrowsers(path, answer);
    return request.method === "HEAD" ? headAnswer(answer, peer) : answer;
  };
}

/** All routes there are. What stands before them is not here. */
export function createRoutes(options: AppOptions, traffic: Traffic): App {
  const app: App = new Hono<Env>({ getPath: routePath });
  const askers = askersBehind(options);
  const play = playRoutes(app, options, askers);
  channelRoutes(app, options, askers);
  tunerRoutes(app, options, askers, play);
  healthRoutes(app, options, traffic);
  apiRoutes(app, options, askers, traffic);
  pageRoutes(app, askers);

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
  const log = options.log ?? SILENT;
  app.onError((error, { req: { method, path } }) => {
    const id = failureId();
    log.error("a request could not be answered", { id, method, path, error: error.stack ?? String(error) });
    return internalError(id);
  });
  return app;
}

/** The route that a request met, as it is written in the code; null: none. */
function patternOf(app: Hono<Env>, method: string, path: string): string | null {
  const [[matched] = []] = app.router.match(method === "HEAD" ? "GET" : method, path);
  return matched?.[0][1].path ?? null;
}

function askersBehind({ current, basePath }: Pick<AppOptions, "current" | "basePath">): Askers {
  const trusted = derived(() => current().trustedProxies, blockList);
  const addressOf = (context: Context<Env>): string =>
    clientAddress(context.env.peer, context.req.header("x-forwarded-for"), trusted());
  return {
    addressOf,
    isPassedOn: ({ env }) => isIn(trusted(), plainAddress(env.peer.address)),
    whoIs: (context) => whoOf(addressOf(context), context.req.header("user-agent") ?? ""),
    pathHere({ req, env }) {
      const asked = targetOf(req.raw)?.pathname ?? "/";
      if (basePath === undefined || basePath === "" || isBelow(asked, basePath)) return null;
      const own = ownUrl(req.raw, env.peer, { publicUrl: null, trusted: trusted(), basePath });
      // The token that stands before the page's own path, if there is one.
      const [token = ""] = /^\/t\/[^/]+/.exec(asked) ?? [];
      return `${own === null ? basePath : new URL(own.base).pathname}${token}/`;
    },
    ownUrl: ({ req, env }) =>
      ownUrl(req.raw, env.peer, { publicUrl: current().publicUrl, trusted: trusted(), basePath }),
  };
}

/** Those that any route has; Hono answers HEAD as it answers GET. */
const METHODS = ["GET", "POST", "DELETE", "OPTIONS"] as const;

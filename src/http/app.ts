/**
 * The routes. Every request comes through here; nothing here decides about slots or moves media bytes.
 * `cli/` and the embedding API make one app per proxy.
 */
import { type Context, Hono } from "hono";
import { roomLog } from "../log.ts";
import { apiRoutes } from "./api-routes.ts";
import { blockList, clientAddress, type Env, type Peer, pathWithoutToken } from "./clients.ts";
import { derived } from "./derived.ts";
import { turnedAway } from "./door.ts";
import { errorResponse, internalError } from "./errors.ts";
import { healthRoutes } from "./health-routes.ts";
import { pageRoutes } from "./page-routes.ts";
import { playRoutes } from "./play-routes.ts";
import type { AppOptions, Askers } from "./routes.ts";
import { targetOf } from "./target.ts";

export type { AppOptions } from "./routes.ts";

/** The proxy's `fetch`, with what the server knows of the peer. */
export function createApp(options: AppOptions): (request: Request, peer: Peer) => Promise<Response> {
  const app = new Hono<Env>({
    // `/ace/getstream/` is `/ace/getstream`, and `/t/<token>/…` is `/…`.
    getPath: (request) => pathWithoutToken(targetOf(request)?.pathname ?? "/").replace(/(?<=.)\/$/, ""),
  });
  const askers = askersBehind(() => options.current().trustedProxies);
  playRoutes(app, options, askers);
  healthRoutes(app, options);
  apiRoutes(app, options, askers);
  pageRoutes(app);

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
    const refusal = turnedAway(request, options.current().token);
    if (refusal !== null) return refusal;
    const answer = await app.fetch(request, { peer });
    if (!answer.headers.has("Cache-Control")) answer.headers.set("Cache-Control", "no-store");
    return answer;
  };
}

function askersBehind(trustedProxies: () => readonly string[]): Askers {
  const trusted = derived(trustedProxies, blockList);
  const addressOf = (context: Context<Env>): string =>
    clientAddress(context.env.peer, context.req.header("x-forwarded-for"), trusted());
  return {
    addressOf,
    whoIs: (context) => [addressOf(context), context.req.header("user-agent") ?? ""].join(" "),
  };
}

/** Those that any route has; Hono answers HEAD as it answers GET. */
const METHODS = ["GET", "DELETE", "OPTIONS"] as const;

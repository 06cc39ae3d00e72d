/**
 * The API: routes with their descriptions, made with the first request for one of them. It is an app of its own behind
 * the one in `../app.ts`, which knows the paths (`../api-routes.ts`) and has looked at the token.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Env } from "../clients.ts";
import { errorResponse } from "../errors.ts";
import type { Recent } from "../recent.ts";
import type { App, AppOptions, Askers } from "../routes.ts";
import { routePath } from "../target.ts";
import type { Traffic } from "../traffic.ts";
import { channelsRoute } from "./channels.ts";
import { debugRoute } from "./debugging.ts";
import type { Api } from "./describing.ts";
import { documentRoute } from "./document.ts";
import { eventRoute } from "./events.ts";
import { readingRoutes } from "./reading.ts";
import { stoppingRoutes } from "./stopping.ts";

export function createApi(options: AppOptions, askers: Askers, recent: Recent, traffic: Traffic): App {
  const api: Api = new OpenAPIHono<Env>({
    getPath: routePath,
    // A bad parameter is answered in our own form. The schemas' messages are written for people.
    defaultHook: (result) =>
      result.success
        ? undefined
        : errorResponse(
            "invalid_parameter",
            result.error.issues[0]?.message ?? "a parameter is not as described",
          ),
  });
  // What fails here is logged and answered as everywhere.
  api.onError((error) => {
    throw error;
  });
  readingRoutes(api, options, recent);
  channelsRoute(api, options, askers);
  stoppingRoutes(api, options, askers);
  const listeners = eventRoute(api, options);
  debugRoute(api, options, askers, { traffic, listeners });
  documentRoute(api);
  return api;
}

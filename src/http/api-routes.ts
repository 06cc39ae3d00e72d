/**
 * `/api/v1` and `/openapi.json`: everything that the page and people's scripts ask. Which routes there are stands
 * here; what they do, and how they are described, is loaded with the first request for one of them, so that a proxy
 * that nobody looks at does without the schemas.
 */
import { Recent } from "./recent.ts";
import type { App, AppOptions, Askers } from "./routes.ts";
import type { Traffic } from "./traffic.ts";

/** As `api/` describes them; a test holds both against each other. */
export const API_ROUTES = [
  ["GET", "/api/v1/engines"],
  ["GET", "/api/v1/streams"],
  ["DELETE", "/api/v1/streams/:id"],
  ["GET", "/api/v1/clients"],
  ["DELETE", "/api/v1/clients/:id"],
  ["GET", "/api/v1/queue"],
  ["GET", "/api/v1/channels"],
  ["GET", "/api/v1/leases"],
  ["GET", "/api/v1/journal"],
  ["GET", "/api/v1/recent"],
  ["GET", "/api/v1/events"],
  ["GET", "/api/v1/debug"],
  ["GET", "/openapi.json"],
] as const;

export function apiRoutes(app: App, options: AppOptions, askers: Askers, traffic: Traffic): void {
  // From the start on, or there would be nothing to tell to the first who asks.
  const recent = new Recent(options);
  let api: Promise<App> | null = null;
  for (const [method, path] of API_ROUTES)
    app.on(method, path, async (context) => {
      api ??= import("./api/index.ts").then(({ createApi }) => createApi(options, askers, recent, traffic));
      return (await api).fetch(context.req.raw, context.env);
    });
}

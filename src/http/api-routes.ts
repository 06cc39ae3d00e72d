/** `/api/v1`: everything that the page and people's scripts ask. */
import { isPrivate } from "./clients.ts";
import { errorResponse } from "./errors.ts";
import { leasesView } from "./leases.ts";
import type { App, AppOptions, Askers } from "./routes.ts";
import { clientViews, engineViews, queueView, streamViews } from "./views.ts";

export function apiRoutes(app: App, { broker, bodies, current }: AppOptions, { addressOf }: Askers): void {
  app.get("/api/v1/engines", (context) => context.json({ engines: engineViews(broker) }));
  app.get("/api/v1/streams", (context) =>
    context.json({ streams: streamViews(broker, (id) => bodies.figures(id)), ended: broker.ended.all }),
  );
  app.delete("/api/v1/streams/:id", (context) => {
    if (current().token === null && !isPrivate(addressOf(context)))
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
}

/** `GET /api/v1/events`: what happens, as it happens (server-sent events). */
import { createRoute, z } from "@hono/zod-openapi";
import { errorResponse } from "../errors.ts";
import { leasesView } from "../leases.ts";
import type { AppOptions } from "../routes.ts";
import { clientViews, endedViews, engineViews, queueView, streamViews } from "../views.ts";
import { type Api, errors, text } from "./describing.ts";
import { Feed } from "./feed.ts";
import { ENDED_IN_FIGURES, LISTENERS_MAX } from "./limits.ts";
import type { FiguresEvent } from "./schemas.ts";

const EVENT_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Accel-Buffering": "no",
};

const LAST_ID = "The id of the last line that the listener has: it goes on behind it";

export const EVENTS = createRoute({
  method: "get",
  path: "/api/v1/events",
  tags: ["History"],
  summary: "What happens, as it happens",
  description: `Server-sent events. First \`hello\`, with the id of the line before those that follow; then each of the journal's lines, with the id \`<life>-<seq>\` and named after its type (\`transition\` where it has none); \`figures\` at once and then about once a second. With the id of the last line that it has (browsers send it of themselves when they come again) a listener misses nothing and gets nothing twice. If that cannot be done, \`reset\` says so, and all lines follow that are still kept. A comment comes at least every 15 s. At most ${LISTENERS_MAX} listen at once; one that reads too slowly is broken off, and may come again.`,
  request: {
    headers: z.object({ "last-event-id": z.string().optional().openapi({ description: LAST_ID }) }),
    query: z.object({
      last_event_id: z
        .string({ error: "last_event_id is given more than once" })
        .optional()
        .openapi({
          description: `${LAST_ID}; the header counts where both are there`,
          example: "1f0c2a9b-41",
        }),
    }),
  },
  responses: {
    200: text("text/event-stream", "Until the listener leaves, the token changes or the proxy ends"),
    ...errors("invalid_parameter", "too_many_listeners"),
  },
});

/** Answers how many listen. */
export function eventRoute(api: Api, options: AppOptions): () => number {
  const { broker, ending = new AbortController().signal } = options;
  const feed = new Feed({
    ...{ broker, ending },
    figures: () => figuresOf(options),
    token: () => options.current().token,
  });
  api.openapi(EVENTS, (context) => {
    // A probe listens to nothing.
    if (context.req.method === "HEAD") return new Response(null, { headers: EVENT_HEADERS });
    const lastId = context.req.header("last-event-id") ?? context.req.valid("query").last_event_id ?? null;
    const body = feed.listen(lastId, context.env.peer.breakOff);
    if (body === null)
      return errorResponse("too_many_listeners", `${LISTENERS_MAX} listen already`, { retryAfterSeconds: 5 });
    context.env.peer.silence?.endless();
    return new Response(body, { headers: EVENT_HEADERS });
  });
  return () => feed.listeners;
}

function figuresOf({ broker, bodies, versionOf }: AppOptions): z.infer<typeof FiguresEvent> {
  return {
    at: new Date().toISOString(),
    engines: engineViews(broker, versionOf),
    streams: streamViews(broker, (id) => bodies.figures(id)),
    clients: clientViews(broker, bodies),
    queue: queueView(broker),
    ended: endedViews(broker, ENDED_IN_FIGURES),
    ...(broker.leases === null ? {} : { leases: leasesView(broker) }),
  };
}

/** What can be read, as it is now. */
import { createRoute, z } from "@hono/zod-openapi";
import { leasesView } from "../leases.ts";
import type { Recent } from "../recent.ts";
import type { AppOptions } from "../routes.ts";
import { clientViews, endedViews, engineViews, queueView, streamViews } from "../views.ts";
import { type Api, errors, json } from "./describing.ts";
import {
  ClientsAnswer,
  EnginesAnswer,
  JournalAnswer,
  LeasesAnswer,
  QueueAnswer,
  RecentAnswer,
  StreamsAnswer,
} from "./schemas.ts";

const TAGS = ["Now"];

export const ENGINES = createRoute({
  method: "get",
  path: "/api/v1/engines",
  tags: TAGS,
  summary: "Engines with their slots",
  responses: { 200: json(EnginesAnswer, "Sorted by name"), ...errors() },
});

export const STREAMS = createRoute({
  method: "get",
  path: "/api/v1/streams",
  tags: TAGS,
  summary: "Streams, and why others stopped",
  responses: { 200: json(StreamsAnswer, "Those that are, and the last 200 that ended"), ...errors() },
});

export const CLIENTS = createRoute({
  method: "get",
  path: "/api/v1/clients",
  tags: TAGS,
  summary: "Clients",
  responses: { 200: json(ClientsAnswer, "In the order in which they came"), ...errors() },
});

export const QUEUE = createRoute({
  method: "get",
  path: "/api/v1/queue",
  tags: TAGS,
  summary: "Streams that wait for a slot",
  responses: { 200: json(QueueAnswer, "The next one first"), ...errors() },
});

export const LEASES = createRoute({
  method: "get",
  path: "/api/v1/leases",
  tags: TAGS,
  summary: "The store that several proxies share",
  responses: { 200: json(LeasesAnswer, "`store` is null where none is shared"), ...errors() },
});

const BAD_AFTER = "after is not a whole number: give the last seq that you have";

export const JOURNAL = createRoute({
  method: "get",
  path: "/api/v1/journal",
  tags: ["History"],
  summary: "The journal's last lines",
  description: "At most the last 1000; `--journal` keeps all in a file.",
  request: {
    query: z.object({
      after: z
        .string({ error: BAD_AFTER })
        .regex(/^\d{0,15}$/, BAD_AFTER)
        .optional()
        .openapi({ type: "integer", minimum: 0, description: "Only lines whose seq is higher", example: 41 }),
    }),
  },
  responses: { 200: json(JournalAnswer, "Oldest first"), ...errors("invalid_parameter") },
});

export const RECENT = createRoute({
  method: "get",
  path: "/api/v1/recent",
  tags: ["History"],
  summary: "Load, clients and bit rate of the last minutes",
  description: "What the page's chart begins with. For longer, let Prometheus read `/metrics`.",
  responses: { 200: json(RecentAnswer, "Oldest first, five minutes at most"), ...errors() },
});

export function readingRoutes(api: Api, { broker, bodies, versionOf }: AppOptions, recent: Recent): void {
  api.openapi(ENGINES, (context) => context.json({ engines: engineViews(broker, versionOf) }, 200));
  api.openapi(STREAMS, (context) =>
    context.json(
      { streams: streamViews(broker, (id) => bodies.figures(id)), ended: endedViews(broker) },
      200,
    ),
  );
  api.openapi(CLIENTS, (context) => context.json({ clients: clientViews(broker, bodies) }, 200));
  api.openapi(QUEUE, (context) => context.json(queueView(broker), 200));
  api.openapi(LEASES, (context) => context.json(leasesView(broker), 200));
  api.openapi(RECENT, (context) => context.json({ everyMs: recent.everyMs, samples: recent.samples }, 200));
  api.openapi(JOURNAL, (context) => {
    const { after } = context.req.valid("query");
    return context.json({ lines: broker.journal.since(Number(after ?? 0)) }, 200);
  });
}

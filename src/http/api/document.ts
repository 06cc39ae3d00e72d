/** `GET /openapi.json`: the document that describes all routes, made when somebody asks for it. */
import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { VERSION } from "../../version.ts";
import { CHANNELS } from "./channels.ts";
import { DEBUG } from "./debugging.ts";
import { describeChannels } from "./described-channels.ts";
import { describeHealth } from "./described-health.ts";
import { describePlay } from "./described-play.ts";
import { type Api, errors, type Registry, text } from "./describing.ts";
import { EVENTS } from "./events.ts";
import { CLIENTS, ENGINES, JOURNAL, LEASES, QUEUE, RECENT, STREAMS } from "./reading.ts";
import { FiguresEvent, HelloEvent, JournalEntry, ResetEvent } from "./schemas.ts";
import { END_CLIENT, END_STREAM } from "./stopping.ts";

const DOCUMENT = createRoute({
  method: "get",
  path: "/openapi.json",
  tags: ["API"],
  summary: "This document",
  responses: { 200: text("application/json", "OpenAPI 3.1", { type: "object" }), ...errors() },
});

/** The API's own routes, in the order in which people read of them. */
const ROUTES = [
  ENGINES,
  STREAMS,
  CLIENTS,
  QUEUE,
  CHANNELS,
  LEASES,
  JOURNAL,
  RECENT,
  EVENTS,
  END_STREAM,
  END_CLIENT,
  DEBUG,
  DOCUMENT,
];

/** Groups of routes that are not the API's; see describing.ts. */
const DESCRIPTIONS: readonly ((registry: Registry) => void)[] = [
  describePlay,
  describeChannels,
  describeHealth,
];

const ABOUT = `What plays where, and why something stopped.

Every error is \`{"error":{"code","message"}}\`, some with \`retry_after\` in seconds. With \`--token\` all routes but \`/healthz\` want the token: as \`Authorization: Bearer …\`, as \`?token=…\`, or as a prefix of the path, \`/t/<token>/…\`. Later versions may add fields: ignore those that you do not know.`;

export function documentRoute(api: Api): void {
  let made: string | null = null;
  api.openapi(DOCUMENT, () => {
    made ??= JSON.stringify(openApiDocument());
    return new Response(made, { headers: { "Content-Type": "application/json" } });
  });
}

export function openApiDocument(): ReturnType<Api["getOpenAPI31Document"]> {
  const told = new OpenAPIHono();
  const { openAPIRegistry: registry } = told;
  for (const route of ROUTES) registry.registerPath(route);
  for (const describe of DESCRIPTIONS) describe(registry);
  // What events carry is no answer of a route.
  for (const [name, schema] of Object.entries({
    HelloEvent,
    ResetEvent,
    FiguresEvent,
    JournalLine: JournalEntry,
  }))
    registry.register(name, schema);
  registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", "query", { type: "apiKey", in: "query", name: "token" });
  return told.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "aceslot",
      version: VERSION,
      description: ABOUT,
      license: { name: "MIT", url: "https://spdx.org/licenses/MIT.html" },
    },
    // Relative to the document's own address: path prefixes, `/t/<token>/` among them, are kept.
    servers: [{ url: "./" }],
    security: [{}, { bearer: [] }, { query: [] }],
  });
}

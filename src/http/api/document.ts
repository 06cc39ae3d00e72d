/** `GET /openapi.json`: the document that describes all routes, made when somebody asks for it. */
import { createRoute } from "@hono/zod-openapi";
import { VERSION } from "../../version.ts";
import { describeHealth } from "./described-health.ts";
import { describePlay } from "./described-play.ts";
import { errors, type Registry, text } from "./describing.ts";
import type { Api } from "./index.ts";
import { FiguresEvent, HelloEvent, JournalEntry, ResetEvent } from "./schemas.ts";

/** Groups of routes that are not the API's; see describing.ts. */
const DESCRIPTIONS: readonly ((registry: Registry) => void)[] = [describePlay, describeHealth];

export const DOCUMENT = createRoute({
  method: "get",
  path: "/openapi.json",
  tags: ["API"],
  summary: "This document",
  responses: { 200: text("application/json", "OpenAPI 3.1", { type: "object" }), ...errors() },
});

const ABOUT = `What plays where, and why something stopped.

Every error is \`{"error":{"code","message"}}\`, some with \`retry_after\` in seconds. With \`--token\` all routes but \`/healthz\` want the token: as \`Authorization: Bearer …\`, as \`?token=…\`, or as a prefix of the path, \`/t/<token>/…\`. Later versions may add fields: ignore those that you do not know.`;

export function documentRoute(api: Api): void {
  let made: string | null = null;
  api.openapi(DOCUMENT, () => {
    made ??= JSON.stringify(makeDocument(api));
    return new Response(made, { headers: { "Content-Type": "application/json" } });
  });
}

function makeDocument(api: Api): ReturnType<Api["getOpenAPI31Document"]> {
  const { openAPIRegistry: registry } = api;
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
  return api.getOpenAPI31Document({
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

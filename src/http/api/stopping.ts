/** What can be ended by hand. */
import { createRoute, z } from "@hono/zod-openapi";
import { errorResponse } from "../errors.ts";
import type { AppOptions, Askers } from "../routes.ts";
import { writeRefusals } from "../writing.ts";
import { type Api, errors } from "./describing.ts";

const numbered = (what: string) => ({
  params: z.object({
    id: z.string().openapi({
      param: { name: "id", in: "path" },
      type: "integer",
      minimum: 1,
      description: what,
      example: 7,
    }),
  }),
});

const WHO =
  "Without `--token` from private networks only, and by a name of the home network. A page of another origin is refused, whatever it knows.";

export const END_STREAM = createRoute({
  method: "delete",
  path: "/api/v1/streams/{id}",
  tags: ["Stop"],
  summary: "Stop a stream",
  description: `Its clients are broken off and its slot becomes free when the engine has let go. ${WHO}`,
  request: numbered("The stream's number"),
  responses: { 204: { description: "It ends" }, ...errors("forbidden", "unknown_stream") },
});

export const END_CLIENT = createRoute({
  method: "delete",
  path: "/api/v1/clients/{id}",
  tags: ["Stop"],
  summary: "End one client",
  description: `The stream goes on for the others. Players may come again of themselves. ${WHO}`,
  request: numbered("The client's number"),
  responses: { 204: { description: "It is broken off" }, ...errors("forbidden", "unknown_client") },
});

export function stoppingRoutes(api: Api, options: AppOptions, askers: Askers): void {
  const { broker } = options;
  const refusal = writeRefusals(options, askers);
  api.on("DELETE", ["/api/v1/streams/:id", "/api/v1/clients/:id"], async (context, next) => {
    const refused = refusal(context);
    if (refused !== null) return refused;
    await next();
  });
  api.openapi(END_STREAM, (context) =>
    broker.end(numberOf(context.req.valid("param").id), "ended by hand")
      ? context.body(null, 204)
      : errorResponse("unknown_stream", "no stream has this number"),
  );
  api.openapi(END_CLIENT, (context) =>
    broker.endClient(numberOf(context.req.valid("param").id), "ended by hand")
      ? context.body(null, 204)
      : errorResponse("unknown_client", "no client has this number"),
  );
}

/** 0, which is nobody's, for what is no number. */
const numberOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : 0);

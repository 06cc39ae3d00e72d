/** `GET /api/v1/debug`: what the process holds, for programs on this machine alone, and only with `--debug on`. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type Env, isLoopback } from "../clients.ts";
import { type Counted, debugView } from "../debug-view.ts";
import { errorResponse } from "../errors.ts";
import { NAMING_CLIENTS } from "../forwarded.ts";
import { nameIn } from "../home-names.ts";
import { askedHost } from "../own-url.ts";
import type { AppOptions, Askers } from "../routes.ts";
import type { Traffic } from "../traffic.ts";
import { type Api, errors, json } from "./describing.ts";
import { DebugAnswer } from "./schemas.ts";

export const DEBUG = createRoute({
  method: "get",
  path: "/api/v1/debug",
  tags: ["Debug"],
  summary: "What the process holds",
  description:
    "Counted from inside, to be held against what the system counts from outside. Only with `--debug on`; only for programs on the same machine, asking by its loopback address, through no reverse proxy; one on the same machine that adds no header of its own (`X-Forwarded-For`, `Forwarded`, `Via`, …) cannot be told from a program there, so leave this off or set `--token` behind such a one. What is listed may change with any version.",
  request: {
    query: z.object({
      collect: z
        .enum(["0", "1"], { error: "collect is 0 or 1" })
        .optional()
        .openapi({ description: "1: sweep the heap first, which stops everything for some milliseconds" }),
    }),
  },
  responses: {
    200: json(DebugAnswer, "As it is now"),
    ...errors("forbidden", "not_found", "invalid_parameter"),
  },
});

export function debugRoute(
  api: Api,
  options: AppOptions,
  { isPassedOn }: Pick<Askers, "isPassedOn">,
  counts: { readonly traffic: Traffic; listeners(): number },
): void {
  api.on("GET", "/api/v1/debug", async (context, next) => {
    if (options.current().debug === "off")
      return errorResponse("not_found", "the debug view is off: start the proxy with --debug on");
    if (isPassedOn(context) || !isFromThisMachine(context))
      return errorResponse(
        "forbidden",
        "the debug view is for programs on the same machine alone: ask 127.0.0.1 or [::1] directly",
      );
    await next();
  });
  api.openapi(DEBUG, (context) => {
    const { broker, bodies, slates } = options;
    const counted: Counted = {
      ...{ broker, bodies, slates },
      requestsUnderWay: counts.traffic.underWay,
      listeners: counts.listeners(),
    };
    return context.json(debugView(counted, context.req.valid("query").collect === "1"), 200);
  });
}

/**
 * The socket's own address counts, never one that a header tells: and a header that tells one means that somebody else
 * asks, whoever passes it on. A page from elsewhere asks by another name (DNS rebinding), or its browser says so.
 */
function isFromThisMachine({ req, env }: Context<Env>): boolean {
  const host = askedHost(req.raw);
  const site = req.header("sec-fetch-site") ?? "none";
  return (
    isLoopback(env.peer.address) &&
    (host === null || isLoopbackName(nameIn(host))) &&
    (site === "none" || site === "same-origin") &&
    PASSED_ON.every((name) => req.header(name) === undefined)
  );
}

/** What reverse proxies add. */
const PASSED_ON = [
  ...NAMING_CLIENTS,
  ...["forwarded", "via", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto"],
  "x-forwarded-server",
] as const;

const isLoopbackName = (name: string | null): boolean =>
  name !== null && (name === "localhost" || isLoopback(name));

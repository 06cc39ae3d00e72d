/**
 * The page that walks the graph, as an app. Routes: `/`, `/assets/…`, `/api/view?path=0,3,1`.
 * It asks nobody but this app, and its policy allows nothing else.
 */
import { type Context, Hono } from "hono";
import type { GraphWalker } from "../../explorer.ts";
import { PAGE_CSS } from "./css.ts";
import { ICON_SVG, PAGE_HTML } from "./html.ts";
import { PAGE_JS } from "./script.ts";

/** Nobody walks so far by hand; a longer path costs time for nothing. */
const PATH_STEPS_MAX = 2_000;
const INDEX_DIGITS_MAX = 6;

/** What {@link exploreApp} answers: something that serves requests. */
export interface ExploreApp {
  /** Bound: `Bun.serve({ fetch: app.fetch })`, `Deno.serve(app.fetch)`. */
  fetch(request: Request): Response | Promise<Response>;
}

const HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

const ASSETS = {
  "/assets/explore.css": [PAGE_CSS, "text/css; charset=utf-8"],
  "/assets/explore.js": [PAGE_JS, "text/javascript; charset=utf-8"],
  "/assets/icon.svg": [ICON_SVG, "image/svg+xml"],
} as const;

/** The page itself. */
export const explorePage = (): string => PAGE_HTML;

/**
 * A page for the browser that walks through a world by hand: the state, what may happen next, what holds. It asks
 * nobody but this app.
 *
 * @example
 * ```ts
 * import { exploreApp, size, step, walkSelector } from "aceslot/check";
 *
 * const app = exploreApp(walkSelector(step, size(1, 1, 2)));
 * // Bun.serve({ fetch: app.fetch }) or Deno.serve(app.fetch), and open its address.
 * const answer = await app.fetch(new Request("http://localhost/api/view?path=0"));
 * console.log(await answer.json());
 * ```
 */
export function exploreApp(walker: GraphWalker): ExploreApp {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
  });
  app.get("/", (context) => context.html(explorePage()));
  for (const [path, [text, type]] of Object.entries(ASSETS))
    app.get(path, (context) => context.body(text, 200, { "Content-Type": type }));
  app.get("/api/view", (context) => {
    const path = readPath(context.req.query("path") ?? "");
    if (path === null)
      return error(
        context,
        400,
        "bad_path",
        `a path is numbers with commas between them, at most ${PATH_STEPS_MAX}: 0,3,1`,
      );
    try {
      return context.json({ world: walker.world, mutant: walker.mutant, ...walker.view(path) });
    } catch (failure) {
      if (failure instanceof RangeError) return error(context, 400, "bad_path", failure.message);
      throw failure;
    }
  });
  app.notFound((context) => {
    const { method, path } = context.req;
    if (app.router.match("GET", path)[0].some(([[, route]]) => route.path === path))
      return error(context, 405, "method_not_allowed", `${method} is not allowed here; allowed: GET, HEAD`, {
        Allow: "GET, HEAD",
      });
    return error(context, 404, "not_found", `there is nothing at ${path}`);
  });
  app.onError((failure, context) =>
    error(context, 500, "internal_error", `this state cannot be shown: ${failure.message}`),
  );
  return app;
}

/** Null: not a path. */
function readPath(text: string): number[] | null {
  if (text === "") return [];
  const parts = text.split(",");
  const isPath = parts.every((part) => /^\d+$/u.test(part) && part.length <= INDEX_DIGITS_MAX);
  return isPath && parts.length <= PATH_STEPS_MAX ? parts.map(Number) : null;
}

const error = (
  context: Context,
  status: 400 | 404 | 405 | 500,
  code: string,
  message: string,
  headers: Record<string, string> = {},
) => context.json({ error: { code, message } }, status, headers);

/** The page at `/` and its files. */
import type { Context } from "hono";
import type { PageFile } from "../dashboard/files.ts";
import { errorResponse } from "./errors.ts";
import type { PageAnswers } from "./page-answers.ts";
import type { App } from "./routes.ts";

const PAGE_HEADERS = {
  // Players in the page get their picture as a blob from the script, or from this proxy itself.
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "Referrer-Policy": "no-referrer",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
};

export function pageRoutes(app: App): void {
  let loading: Promise<{
    answers: PageAnswers;
    index: PageFile;
    assets: ReadonlyMap<string, PageFile>;
  }> | null = null;
  const load = () => {
    loading ??= Promise.all([import("../dashboard/files.ts"), import("./page-answers.ts")]).then(
      ([{ INDEX, ASSETS }, { PageAnswers }]) => ({
        answers: new PageAnswers(),
        index: INDEX,
        assets: ASSETS,
      }),
    );
    return loading;
  };
  app.get("/", async (context) => {
    const { answers, index } = await load();
    return answers.of(context.req.raw, index, PAGE_HEADERS);
  });
  app.get("/assets/:path{.+}", async (context: Context) => {
    const { answers, assets } = await load();
    const file = assets.get(context.req.param("path") ?? "");
    if (file === undefined) return errorResponse("not_found", "the page has no such file");
    return answers.of(context.req.raw, file);
  });
}

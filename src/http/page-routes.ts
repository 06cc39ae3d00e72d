/** The page at `/` and its files. */
import type { Context } from "hono";
import type { PageFile } from "../dashboard/files.ts";
import { errorResponse } from "./errors.ts";
import type { PageAnswers } from "./page-answers.ts";
import { BasedPages } from "./page-base.ts";
import type { App, Askers } from "./routes.ts";

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
    // Texts become markup nowhere but in lit's own templates.
    "require-trusted-types-for 'script'",
    "trusted-types lit-html",
  ].join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
};

/** A page that is told where it is may say so. */
const BASED_PAGE_HEADERS = {
  ...PAGE_HEADERS,
  "Content-Security-Policy": PAGE_HEADERS["Content-Security-Policy"].replace(
    "base-uri 'none'",
    "base-uri 'self'",
  ),
};

export function pageRoutes(app: App, { pathHere }: Pick<Askers, "pathHere">): void {
  const based = new BasedPages();
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
    const path = pathHere(context);
    if (path === null) return answers.of(context.req.raw, index, PAGE_HEADERS);
    return answers.of(context.req.raw, based.at(path, index), BASED_PAGE_HEADERS);
  });
  app.get("/assets/:path{.+}", async (context: Context) => {
    const { answers, assets } = await load();
    const file = assets.get(context.req.param("path") ?? "");
    if (file === undefined) return errorResponse("not_found", "the page has no such file");
    return answers.of(context.req.raw, file);
  });
}

/** The page at `/` and its files. */
import { PAGE_CSS, PAGE_HTML, PAGE_JS } from "../dashboard/page.ts";
import type { App } from "./routes.ts";

const PAGE_HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

export function pageRoutes(app: App): void {
  app.get("/", (context) => context.html(PAGE_HTML, 200, PAGE_HEADERS));
  app.get("/assets/page.css", (context) =>
    context.body(PAGE_CSS, 200, { "Content-Type": "text/css; charset=utf-8" }),
  );
  app.get("/assets/page.js", (context) =>
    context.body(PAGE_JS, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
  );
}

/** For somebody who opens the page of a proxy with a token in a browser, and has not given it: where to type it. */
import { createHash } from "node:crypto";

/** True for a browser that wants to see the page itself, not for players, programs and the page's own requests. */
export function wantsThePage(request: Request, path: string): boolean {
  return (
    path === "/" && request.method === "GET" && /\btext\/html\b/.test(request.headers.get("accept") ?? "")
  );
}

/** 401, as for everybody without the token. `isWrong`: one was given. */
export function tokenForm(isWrong: boolean): Response {
  return new Response(
    FORM.replace("<!--said-->", isWrong ? "<p role=alert>That is not the token.</p>" : ""),
    {
      status: 401,
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${STYLE_DIGEST}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
        "WWW-Authenticate": "Bearer",
      },
    },
  );
}

const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
  body { display: grid; place-content: center; min-height: 90vh; margin: 1rem }
  form { display: flex; flex-wrap: wrap; gap: .5rem }
  label { flex-basis: 100% }
  input, button { font: inherit; min-height: 2.75rem; padding: 0 .75rem }
`;

/** By which the policy lets this one style in, and no other. */
const STYLE_DIGEST = createHash("sha256").update(STYLE).digest("base64");

/** It asks for the same address again, with `?token=`: so it works under any path that a reverse proxy adds. */
const FORM = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>aceslot: token</title>
<style>${STYLE}</style>
<main>
  <h1>aceslot</h1>
  <!--said-->
  <form>
    <label for="token">This proxy asks for its token.</label>
    <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
    <button>Open</button>
  </form>
</main>
`;

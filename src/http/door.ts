/** What stands before every route: a sound Host header, and the token if one is asked for. */
import { isSameSecret, pathWithoutToken, tokenOf } from "./clients.ts";
import { shown } from "./content.ts";
import { errorResponse } from "./errors.ts";
import { targetOf } from "./target.ts";
import { tokenForm, wantsThePage } from "./token-form.ts";

/** The answer to a request that must not come in; null: it may. */
export function turnedAway(request: Request, token: string | null, basePath = ""): Response | null {
  const url = targetOf(request, basePath);
  const host = request.headers.get("host") ?? "";
  // Two lines come joined by a comma. Whoever stands before us may have believed the other one.
  if (host.includes(","))
    return errorResponse("invalid_parameter", "there is more than one Host header: send one");
  if (url === null || NEVER_IN_A_HOST.test(host))
    return errorResponse(
      "invalid_parameter",
      `the Host header ${shown(host)} names no host: it must be a name or an address, and a port if need be`,
    );
  if (token !== null && !isOpen(request.method, url.pathname)) {
    const given = tokenOf(request, url);
    if (!isSameSecret(given, token)) return withoutToken(request, url.pathname, given !== "");
  }
  // The page asks for its files relative to its own address, which must end with a slash.
  const last = /^\/t\/([^/]+)$/.exec(url.pathname)?.[1] ?? endOfBase(request, basePath);
  if (last !== null)
    return new Response(null, { status: 308, headers: { Location: `./${last}/${url.search}` } });
  return null;
}

/** Where servers differ in what such a header names, one of them may be led astray by it. */
const NEVER_IN_A_HOST = /[\s/?#@\\<>"'{}|^`]/;

/** The last part of `basePath` where nothing else was asked for, not even its slash; else null. */
function endOfBase(request: Request, basePath: string): string | null {
  const asked = basePath === "" ? null : targetOf(request);
  return asked?.pathname === basePath ? basePath.slice(basePath.lastIndexOf("/") + 1) : null;
}

function withoutToken(request: Request, path: string, isWrong: boolean): Response {
  if (wantsThePage(request, path)) return tokenForm(isWrong);
  return errorResponse(
    "unauthorized",
    "a token is needed: ?token=…, /t/<token>/… or Authorization: Bearer …",
    { headers: { "WWW-Authenticate": "Bearer" } },
  );
}

/** Needs no token: there is nothing secret in it, and whoever asks has no way to give one. */
function isOpen(method: string, path: string): boolean {
  const plain = pathWithoutToken(path);
  return (
    path === "/healthz" ||
    // A browser asks whether it may ask, without the token that it would then give.
    (method === "OPTIONS" && plain.startsWith("/ace/")) ||
    // The session's name is a secret itself.
    plain.startsWith("/ace/hls/") ||
    // The page names its files without the token that it was opened with.
    plain.startsWith("/assets/")
  );
}

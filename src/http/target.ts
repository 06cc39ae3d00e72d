/** Path and query of a request, whatever its Host header says. */
import { pathWithoutToken } from "./clients.ts";

/**
 * The request's URL, of which only path and query mean anything; null if its Host header spoils it. `basePath`: where
 * the app is mounted; it comes off, if nobody has taken it off yet.
 */
export function targetOf(request: Request, basePath = ""): URL | null {
  // Without a usable Host header the server knows the bare path only.
  const text = request.url.startsWith("/") ? `http://proxy${request.url}` : request.url;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (isBelow(url.pathname, basePath)) url.pathname = url.pathname.slice(basePath.length);
  return url;
}

/** Whether a path is `basePath` or something below it; without one nothing is. */
export const isBelow = (path: string, basePath: string): boolean =>
  basePath !== "" && (path === basePath || path.startsWith(`${basePath}/`));

/** The path that routes see: `/ace/getstream/` is `/ace/getstream`, and `/t/<token>/…` is `/…`. */
export const pathOf = (request: Request, basePath = ""): string =>
  pathWithoutToken(targetOf(request, basePath)?.pathname ?? "/").replace(/(?<=.)\/$/, "");

/** The same for Hono, which hands on what the routes are called with. */
export const routePath = (
  request: Request,
  options?: { readonly env?: { readonly basePath?: string } | undefined },
): string => pathOf(request, options?.env?.basePath);

/** The query of a request that has been let in. */
export const queryOf = (request: Request): URLSearchParams =>
  targetOf(request)?.searchParams ?? new URLSearchParams();

/** Path and query of a request, whatever its Host header says. */
import { pathWithoutToken } from "./clients.ts";

/** The request's URL, of which only path and query mean anything; null if its Host header spoils it. */
export function targetOf(request: Request): URL | null {
  // Without a usable Host header the server knows the bare path only.
  const url = request.url.startsWith("/") ? `http://proxy${request.url}` : request.url;
  return URL.canParse(url) ? new URL(url) : null;
}

/** The path that routes see: `/ace/getstream/` is `/ace/getstream`, and `/t/<token>/…` is `/…`. */
export const pathOf = (request: Request): string =>
  pathWithoutToken(targetOf(request)?.pathname ?? "/").replace(/(?<=.)\/$/, "");

/** The query of a request that has been let in. */
export const queryOf = (request: Request): URLSearchParams =>
  targetOf(request)?.searchParams ?? new URLSearchParams();

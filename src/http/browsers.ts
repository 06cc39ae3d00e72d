/**
 * What every answer says to browsers, whatever route it came from: who may read it, and that nothing in it is a
 * program. The page at `/` has a policy of its own.
 */

/** Nothing in an answer is run, loaded, framed or sent anywhere: also where it is opened by itself, as XML can be. */
const NOTHING_RUNS = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The same for what others have written: it is not even of our origin. */
export const FOREIGN_DOCUMENT = `${NOTHING_RUNS}; sandbox`;

/** Players in pages from elsewhere may have these; and nothing else, errors neither. */
const PLAYS = /^\/(?:ace\/(?:getstream(?:[/.]|$)|manifest\.m3u8$|hls\/)|auto\/)/;

/** `path`: as routes see it. */
export function forBrowsers(path: string, { headers }: Response): void {
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  if (!headers.has("Content-Security-Policy")) headers.set("Content-Security-Policy", NOTHING_RUNS);
  if (PLAYS.test(path)) return;
  headers.delete("Access-Control-Allow-Origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
}

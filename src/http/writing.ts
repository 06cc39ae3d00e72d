/**
 * Who may change something: with `--token` whoever has it, else private networks only, by a name that leads nowhere
 * else. And never a page from elsewhere, whose requests a browser sends from wherever its user is.
 */
import type { Context } from "hono";
import { type Env, isPrivate, plainAddress } from "./clients.ts";
import { errorResponse } from "./errors.ts";
import { forwardedFor } from "./forwarded.ts";
import { isNameOfHome, nameIn } from "./home-names.ts";
import { askedHost } from "./own-url.ts";
import type { AppOptions, Askers } from "./routes.ts";

/** Gives the answer to a request that must not change anything; null: it may. The token was looked at before. */
export function writeRefusals(
  { current }: Pick<AppOptions, "current">,
  { addressOf, isPassedOn, ownUrl }: Pick<Askers, "addressOf" | "isPassedOn" | "ownUrl">,
): (context: Context<Env>) => Response | null {
  return (context) => {
    const { token, publicUrl } = current();
    if (token === null && isFromAfar(context.req.raw.headers, addressOf(context)))
      return errorResponse(
        "forbidden",
        "without --token, streams and clients are ended from private networks only",
      );
    if (token === null && !isPassedOn(context) && !isOurName(askedHost(context.req.raw), publicUrl))
      return errorResponse("forbidden", OTHER_NAME);
    if (isFromElsewhere(context, ownUrl))
      return errorResponse("forbidden", "a page from elsewhere may not end anything here");
    return null;
  };
}

const OTHER_NAME =
  "without --token, streams and clients are ended by an IP address, a name of the home network or that of " +
  "--public-url only: set --token, or name this address in --public-url";

/**
 * A page can have its own name lead to an address at home (DNS rebinding). It is of one origin with us then, and the
 * name that was asked for is all that tells it. What is no browser may leave the name out.
 */
const isOurName = (host: string | null, publicUrl: string | null): boolean =>
  host === null ||
  isNameOfHome(host) ||
  (publicUrl !== null && nameIn(host) === nameIn(new URL(publicUrl).host));

/**
 * Headers of proxies that nobody trusts give no rights, but may take them: through a reverse proxy that was not named
 * with `--trusted-proxy` the whole internet comes from one private address.
 */
const isFromAfar = (headers: Headers, address: string): boolean =>
  ![address, ...forwardedFor(headers).map(plainAddress)].every(isPrivate);

/** Sent by a page of another origin? Browsers say so themselves; what is no browser says nothing, and may. */
function isFromElsewhere(context: Context<Env>, ownUrl: Askers["ownUrl"]): boolean {
  const { req } = context;
  const site = req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  // No page can write that header, and the browser compared what it really asked: our idea of our own address,
  // which a reverse proxy may have changed, cannot be better.
  if (site === "same-origin") return false;
  const origin = req.header("origin");
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const { host } = new URL(origin);
  const own = ownUrl(context)?.base;
  return host !== req.header("host")?.toLowerCase() && (own === undefined || host !== new URL(own).host);
}

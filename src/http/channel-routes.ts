/**
 * The channels for players: the playlist, written anew for whoever asks, and the guide, which is the same for all.
 * Nothing of one client's address is ever kept for another.
 */
import type { Context } from "hono";
import { type Channels, type Format, writeM3uInTurns } from "../playlist/index.ts";
import type { Env } from "./clients.ts";
import { errorResponse } from "./errors.ts";
import { guideAnswer } from "./guide-answer.ts";
import { linkBase } from "./own-url.ts";
import type { App, AppOptions, Askers } from "./routes.ts";
import { queryOf } from "./target.ts";

export function channelRoutes(app: App, options: AppOptions, askers: Askers): void {
  const playlist = async (context: Context<Env>): Promise<Response> => {
    const query = queryOf(context.req.raw);
    const format = formatOf(query.get("format"), options.current().m3u8);
    if (format === null)
      return errorResponse(
        "invalid_parameter",
        "format is neither ts nor hls: leave it out, or give one of them",
      );
    const known = await knownChannels(options);
    if (known instanceof Response) return known;
    const base = baseFor(context, options, askers);
    if (base instanceof Response) return base;
    const groups = query.getAll("group").filter((group) => group !== "");
    const text = await writeM3uInTurns(known.lineup, { base, format, groups, guide: known.hasGuides });
    return context.body(text, 200, PLAYLIST_HEADERS);
  };
  app.get("/playlist.m3u", playlist);
  app.get("/playlist.m3u8", playlist);

  const guide = async (context: Context<Env>, asFile: boolean): Promise<Response> => {
    // A guide alone is one too: somebody may have the channels from elsewhere.
    const known = options.channels?.hasGuides ? options.channels : configuredChannels(options);
    if (known instanceof Response) return known;
    if (!known.hasGuides) await known.readPlaylists();
    // Those that cannot be read yet may well name one.
    if (!known.hasGuides && !known.isKnown) return unavailable(known);
    if (!known.hasGuides)
      return errorResponse("not_found", "there is no guide: no playlist names one, and --epg is not given");
    if (known.guide === null) await known.read();
    return known.guide === null ? unavailable(known) : guideAnswer(context, known.guide, asFile);
  };
  app.get("/epg.xml", (context) => guide(context, false));
  app.get("/epg.xml.gz", (context) => guide(context, true));
}

const PLAYLIST_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "audio/x-mpegurl",
  "Content-Disposition": 'inline; filename="aceslot.m3u"',
  "Cache-Control": "no-store",
  // For caches that keep it nevertheless.
  Vary: "Host, Authorization, Forwarded, X-Forwarded-Host, X-Forwarded-Proto, X-Forwarded-Port, X-Forwarded-Prefix",
};

/** Where all streams are HLS anyhow, links say so. */
function formatOf(asked: string | null, alwaysHls: boolean): Format | null {
  if (asked === null) return alwaysHls ? "hls" : "ts";
  return asked === "ts" || asked === "hls" ? asked : null;
}

/** The channels, or the answer that none are configured. */
export function configuredChannels({ channels }: Pick<AppOptions, "channels">): Channels | Response {
  return channels?.isConfigured
    ? channels
    : errorResponse("not_found", "there are no channels: name a playlist with --playlist FILE|URL");
}

/** The same, once any playlist was read; an empty list would make players forget what they have. */
export async function knownChannels(options: Pick<AppOptions, "channels">): Promise<Channels | Response> {
  const channels = configuredChannels(options);
  if (channels instanceof Response) return channels;
  if (!channels.isKnown) await channels.readPlaylists();
  return channels.isKnown ? channels : unavailable(channels);
}

function unavailable(channels: Channels): Response {
  const why = channels.troubles.length === 0 ? "they are still being read" : channels.troubles.join("; ");
  return errorResponse("source_unavailable", `the sources cannot be read: ${why}`, {
    retryAfterSeconds: RETRY_SECONDS,
  });
}

const RETRY_SECONDS = 10;

/** What links for this client begin with, token included; or the answer that nothing says so. */
export function baseFor(
  context: Context<Env>,
  { current }: Pick<AppOptions, "current">,
  { ownUrl }: Askers,
): string | Response {
  const own = ownUrl(context);
  return own === null
    ? errorResponse(
        "invalid_parameter",
        "the Host header is not host[:port], so no link can be made: ask by a name or an address, or set --public-url",
      )
    : linkBase(own, current().token);
}

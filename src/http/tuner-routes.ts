/**
 * The channels as an HDHomeRun tuner, for Plex, Emby, Jellyfin, Channels and others that know no playlist. All of
 * its HTTP is here, or these programs say that there is no tuner; it does not announce itself on the network.
 */
import type { Context } from "hono";
import type { Broker } from "../broker/index.ts";
import { deviceIdOf } from "../playlist/device-id.ts";
import { type AceChannel, type Channels, isAceStream } from "../playlist/index.ts";
import { VERSION } from "../version.ts";
import { baseFor, knownChannels } from "./channel-routes.ts";
import type { Env } from "./clients.ts";
import { errorResponse } from "./errors.ts";
import type { Play } from "./play-routes.ts";
import type { App, AppOptions, Askers } from "./routes.ts";
import { escapedXml } from "./xml.ts";

/** What its answers say it is: a model that every program knows, and that sends MPEG-TS by HTTP. */
const MODEL = "HDTC-2US";

export function tunerRoutes(app: App, options: AppOptions, askers: Askers, play: Play): void {
  const { broker } = options;
  const name = options.name ?? "aceslot";
  const id = deviceIdOf(name);

  /** Answers with what `make` makes of the channels and the base of links. */
  const answer =
    (make: (context: Context<Env>, base: string, channels: Channels) => Response) =>
    async (context: Context<Env>): Promise<Response> => {
      const channels = await knownChannels(options);
      if (channels instanceof Response) return channels;
      const base = baseFor(context, options, askers);
      return base instanceof Response ? base : make(context, base, channels);
    };

  const device = (base: string) => ({
    FriendlyName: friendlyName(name),
    Manufacturer: "aceslot",
    ModelNumber: MODEL,
    FirmwareName: "aceslot",
    FirmwareVersion: VERSION,
    DeviceID: id,
    DeviceAuth: "aceslot",
    BaseURL: base,
    LineupURL: `${base}/lineup.json`,
    TunerCount: tunerCount(broker),
  });
  app.get(
    "/discover.json",
    answer((context, base) => context.json(device(base))),
  );
  app.get(
    "/device.xml",
    answer((context, base) =>
      context.body(deviceXml(device(base)), 200, { "Content-Type": "application/xml; charset=utf-8" }),
    ),
  );
  app.get(
    "/lineup.json",
    answer((context, base, channels) => context.json(lineup(base, channels))),
  );
  app.get(
    "/lineup.xml",
    answer((context, base, channels) =>
      context.body(lineupXml(lineup(base, channels)), 200, {
        "Content-Type": "application/xml; charset=utf-8",
      }),
    ),
  );
  app.get(
    "/lineup_status.json",
    answer((context) =>
      context.json({ ScanInProgress: 0, ScanPossible: 1, Source: "Cable", SourceList: ["Cable"] }),
    ),
  );
  // There is nothing to scan for; whoever asks goes on to the line-up, and takes a refusal for "no tuner".
  app.post(
    "/lineup.post",
    answer((context) => context.body(null, 200)),
  );

  app.get("/auto/:channel{v[0-9.]+}", async (context) => {
    const channels = await knownChannels(options);
    if (channels instanceof Response) return channels;
    const channel = channels.byNumber(context.req.param("channel").slice(1));
    if (channel === null)
      return errorResponse("not_found", "no channel has this number", {
        headers: { "X-HDHomeRun-Error": "801 Unknown Channel" },
      });
    const stream = await play.transportStream(context, { query: queryOfChannel(channel) });
    if (stream.status === 503) stream.headers.set("X-HDHomeRun-Error", "805 All Tuners In Use");
    else if (stream.status >= 500) stream.headers.set("X-HDHomeRun-Error", "807 No Video Data");
    return stream;
  });
}

/** What `/ace/getstream` would be asked for. */
function queryOfChannel({ target }: AceChannel): URLSearchParams {
  const [kind = "id", hash = ""] = target.content.split(":");
  const query = new URLSearchParams(target.extras);
  query.set(kind, hash);
  return query;
}

/** Places of all engines that can be used now; at least one, since programs refuse a tuner that has none. */
function tunerCount({ state }: Broker): number {
  const usable = [...state.engines.values()].filter(
    ({ listed, draining, resting }) => listed && !draining && !resting,
  );
  return Math.max(1, usable.length * state.cap);
}

/** `nas@:6879` → `aceslot nas`. */
const friendlyName = (name: string): string => {
  const [host = ""] = name.split("@", 1);
  return host === "" || host === "aceslot" ? "aceslot" : `aceslot ${host}`;
};

interface LineupItem {
  readonly GuideNumber: string;
  readonly GuideName: string;
  readonly URL: string;
}

/** Only what comes through slots: other addresses may be in forms that no tuner sends. */
const lineup = (base: string, { lineup: { channels } }: Channels): readonly LineupItem[] =>
  channels.filter(isAceStream).map(({ guideNumber, name }) => ({
    GuideNumber: guideNumber,
    GuideName: name,
    URL: `${base}/auto/v${guideNumber}`,
  }));

const lineupXml = (items: readonly LineupItem[]): string => {
  const programs = items.map(
    (item) =>
      `  <Program>${Object.entries(item)
        .map(([tag, value]) => `<${tag}>${escapedXml(value)}</${tag}>`)
        .join("")}</Program>\n`,
  );
  return `${DECLARATION}<Lineup>\n${programs.join("")}</Lineup>\n`;
};

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

const deviceXml = (device: {
  readonly FriendlyName: string;
  readonly Manufacturer: string;
  readonly DeviceID: string;
  readonly BaseURL: string;
}): string => `${DECLARATION}<root xmlns="urn:schemas-upnp-org:device-1-0">
  <specVersion><major>1</major><minor>0</minor></specVersion>
  <URLBase>${escapedXml(device.BaseURL)}</URLBase>
  <device>
    <deviceType>urn:schemas-upnp-org:device:MediaServer:1</deviceType>
    <friendlyName>${escapedXml(device.FriendlyName)}</friendlyName>
    <manufacturer>${escapedXml(device.Manufacturer)}</manufacturer>
    <modelName>${MODEL}</modelName>
    <modelNumber>${MODEL}</modelNumber>
    <serialNumber>${device.DeviceID}</serialNumber>
    <UDN>uuid:${uuidOf(device.DeviceID)}</UDN>
  </device>
</root>
`;

/** A name-based UUID in form, of which only the id is information. */
const uuidOf = (id: string): string => `61636573-6c6f-5874-8000-0000${id.toLowerCase()}`;

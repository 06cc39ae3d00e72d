/** The routes of playlists, guides and tuners, as the document tells of them. */
import { z } from "@hono/zod-openapi";
import { errors, json, type Registry, text } from "./describing.ts";

const TAGS = ["Channels"];
const TUNER = ["HDHomeRun"];
const REFUSALS = errors("not_found", "source_unavailable", "invalid_parameter");
const PLAYLIST = text("audio/x-mpegurl", "M3U whose links are made for whoever asks");
const QUERY = z.object({
  format: z.enum(["ts", "hls"]).optional().openapi({ description: "Form of the links; default: ts" }),
  group: z.string().optional().openapi({ description: "Only this group; may be given several times" }),
});
const XML = { "200": text("application/xml", "XML") };
const GUIDE = {
  304: { description: "The same as the one of the ETag" },
  ...errors("not_found", "source_unavailable"),
};

const Discovery = z
  .object({
    FriendlyName: z.string(),
    Manufacturer: z.string(),
    ModelNumber: z.string(),
    FirmwareName: z.string(),
    FirmwareVersion: z.string(),
    DeviceID: z.string().regex(/^[0-9A-F]{8}$/),
    DeviceAuth: z.string(),
    BaseURL: z.string(),
    LineupURL: z.string(),
    TunerCount: z.number().int().min(1).describe("Slots of all engines that can be used now"),
  })
  .openapi("TunerDiscovery");
const Lineup = z
  .array(z.object({ GuideNumber: z.string(), GuideName: z.string(), URL: z.string() }))
  .openapi("TunerLineup");
const Status = z
  .object({
    ...{ ScanInProgress: z.number().int(), ScanPossible: z.number().int() },
    ...{ Source: z.string(), SourceList: z.array(z.string()) },
  })
  .openapi("TunerStatus");

type Responses = Parameters<Registry["registerPath"]>[0]["responses"];

export function describeChannels(registry: Registry): void {
  const get = (
    path: string,
    tags: string[],
    summary: string,
    responses: Responses,
    request: object = {},
  ): void => registry.registerPath({ method: "get", path, tags, summary, request, responses });
  get("/playlist.m3u", TAGS, "All channels, for players", { 200: PLAYLIST, ...REFUSALS }, { query: QUERY });
  get(
    "/playlist.m3u8",
    TAGS,
    "The same under another name",
    { 200: PLAYLIST, ...REFUSALS },
    { query: QUERY },
  );
  get("/epg.xml", TAGS, "The programme guide", { 200: text("application/xml", "XMLTV"), ...GUIDE });
  get("/epg.xml.gz", TAGS, "The same, packed", {
    200: text("application/gzip", "XMLTV as gzip", { type: "string", format: "binary" }),
    ...GUIDE,
  });
  get("/discover.json", TUNER, "What the tuner is", {
    200: json(Discovery, "As HDHomeRun answers it"),
    ...REFUSALS,
  });
  get("/lineup.json", TUNER, "The tuner's channels", {
    200: json(Lineup, "As HDHomeRun answers it"),
    ...REFUSALS,
  });
  get("/lineup_status.json", TUNER, "It never scans", {
    200: json(Status, "As HDHomeRun answers it"),
    ...REFUSALS,
  });
  get("/lineup.xml", TUNER, "The tuner's channels as XML", { ...XML, ...REFUSALS });
  get("/device.xml", TUNER, "What the tuner is, as UPnP tells it", { ...XML, ...REFUSALS });
  registry.registerPath({
    ...{ method: "post", path: "/lineup.post", tags: TUNER, summary: "Accepts a scan, and does none" },
    responses: { 200: { description: "As if it were done" }, ...REFUSALS },
  });
  get(
    "/auto/{channel}",
    TUNER,
    "Watch a channel of the line-up",
    {
      200: text("video/mp2t", "The stream, as long as it plays", { type: "string", format: "binary" }),
      ...errors(
        ...(["not_found", "source_unavailable", "engine_error", "engine_timeout"] as const),
        ...(["no_capacity", "provisioning_blocked", "draining", "ended"] as const),
      ),
    },
    {
      params: z.object({
        channel: z
          .string()
          .openapi({ param: { name: "channel", in: "path" }, description: "`v` and its number" }),
      }),
    },
  );
}

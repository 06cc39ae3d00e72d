/** The channels of the playlists. */
import { z } from "@hono/zod-openapi";
import { At, Content, count } from "./words.ts";

export const ChannelView = z
  .object({
    number: z.string().describe("The channel's number, such as `5` or `5.1`; no other channel has it"),
    name: z.string(),
    group: z.string().nullable().describe("The first of its groups"),
    logo: z.string().nullable().describe("http(s) URL"),
    content: Content,
    url: z.string().describe("Plays it as MPEG-TS; made for whoever asks, token included"),
    hls: z.string().describe("Plays it by HLS"),
  })
  .openapi("Channel");

export const SourceView = z
  .object({
    source: z.string().describe("File or URL, without names, passwords and queries"),
    kind: z.enum(["playlist", "guide"]),
    ok: z.boolean().nullable().describe("Whether the last try went well; null: it is not over yet"),
    error: z.string().nullable().describe("Why not. Its last good content stays in use"),
    entries: count("Channels in it"),
    dropped: count("Entries that are not given out, such as files and scripts"),
    at: At.nullable().describe("When it was last read with other content than before"),
  })
  .openapi("Source");

export const ChannelsAnswer = z
  .object({
    channels: z.array(ChannelView).describe("Those that play through slots, in the playlists' order"),
    sources: z.array(SourceView).describe("Empty: none is configured"),
  })
  .openapi("Channels");

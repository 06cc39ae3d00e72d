/** `GET /api/v1/channels`: what there is to watch, and how its sources are. */
import { createRoute } from "@hono/zod-openapi";
import type { z } from "zod";
import { isAceStream, pathOf } from "../../playlist/index.ts";
import { baseFor } from "../channel-routes.ts";
import type { AppOptions, Askers } from "../routes.ts";
import { type Api, errors, json } from "./describing.ts";
import { ChannelsAnswer } from "./schemas/channels.ts";

export const CHANNELS = createRoute({
  method: "get",
  path: "/api/v1/channels",
  tags: ["Channels"],
  summary: "Channels of the playlists, and the playlists' state",
  responses: {
    200: json(ChannelsAnswer, "Without channels where no playlist is configured"),
    ...errors("invalid_parameter"),
  },
});

export function channelsRoute(api: Api, options: AppOptions, askers: Askers): void {
  api.openapi(CHANNELS, (context) => {
    const base = baseFor(context, options, askers);
    // Not one of the documented answers' types, but one of their forms.
    if (base instanceof Response) return base as never;
    const { channels } = options;
    const answer: z.infer<typeof ChannelsAnswer> = {
      channels: (channels?.isConfigured ? channels.lineup.channels : [])
        .filter(isAceStream)
        .map((channel) => ({
          number: channel.guideNumber,
          name: channel.name,
          group: channel.groups[0] ?? null,
          logo: channel.logo,
          content: channel.target.content,
          url: `${base}${pathOf(channel.target, "ts")}`,
          hls: `${base}${pathOf(channel.target, "hls")}`,
        })),
      sources: [...(channels?.views() ?? [])],
    };
    return context.json(answer, 200);
  });
}

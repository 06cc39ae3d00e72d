/** The routes for players and for acexy's users, as the document tells of them. */
import { z } from "@hono/zod-openapi";
import { errors, json, type Registry, text } from "./describing.ts";
import { PlayingAnswer, StatusAnswer } from "./schemas.ts";

const HASH = z.string().regex(/^[0-9a-f]{40}$/i);
const ID = HASH.optional().openapi({ description: "Content id, 40 hex digits; either this or `infohash`" });
const INFOHASH = HASH.optional().openapi({ description: "Infohash, 40 hex digits; either this or `id`" });
const WORD = z
  .string()
  .regex(/^[\w.,-]{1,32}$/)
  .optional();

/** Handed on to the engine. */
const PARAMETERS = {
  transcode_audio: WORD,
  transcode_mp3: WORD,
  transcode_ac3: WORD,
  preferred_audio_language: WORD,
  manifest_p2p_wait_timeout: WORD,
  _idx: WORD,
};
const ASKED = z.object({ id: ID, infohash: INFOHASH, ...PARAMETERS });
const TAGS = ["Play"];
const REFUSALS = errors(
  ...(["invalid_id", "invalid_parameter", "engine_error", "engine_timeout"] as const),
  ...(["no_capacity", "provisioning_blocked", "draining", "ended"] as const),
);
const CORS = {
  ...{ method: "options" as const, tags: TAGS, security: [] },
  ...{ summary: "May a page from elsewhere ask? Yes", responses: { 204: { description: "It may" } } },
};

const STREAM = text("video/mp2t", "The stream, as long as it plays", { type: "string", format: "binary" });
const PLAYLIST = text("application/vnd.apple.mpegurl", "The playlist of now; its segments are ours");
const FILE = z.object({
  id: HASH.openapi({ param: { name: "id", in: "path" }, description: "Content id, 40 hex digits" }),
});
const SEGMENT = z.object({
  session: z.string().openapi({ param: { name: "session", in: "path" } }),
  segment: z.string().openapi({ param: { name: "segment", in: "path" }, type: "integer" }),
});

export function describePlay(registry: Registry): void {
  registry.registerPath({
    ...{ method: "get", path: "/ace/getstream", tags: TAGS, summary: "Watch a content" },
    description:
      "MPEG-TS without an end. The answer begins with the first media byte. A HEAD costs no slot. With `--m3u8` it answers HLS.",
    request: { query: ASKED },
    responses: { 200: STREAM, ...REFUSALS },
  });
  registry.registerPath({
    ...{
      method: "get",
      path: "/ace/getstream/{id}.ts",
      tags: TAGS,
      summary: "The same, for players that want a file name",
    },
    request: { params: FILE, query: z.object(PARAMETERS) },
    responses: { 200: STREAM, ...REFUSALS },
  });
  registry.registerPath({
    ...{ method: "get", path: "/ace/getstream.ts", tags: TAGS },
    summary: "The same for an infohash: the query names it, and the path has the ending",
    request: { query: ASKED },
    responses: { 200: STREAM, ...REFUSALS },
  });
  registry.registerPath({
    ...{ method: "get", path: "/ace/manifest.m3u8", tags: TAGS, summary: "Watch a content by HLS" },
    description: "It shares the slot of the same content's other clients.",
    request: { query: ASKED },
    responses: { 200: PLAYLIST, ...REFUSALS },
  });
  registry.registerPath({
    ...{ method: "get", path: "/ace/hls/{session}/{segment}.ts", tags: TAGS, security: [] },
    summary: "A segment that a playlist names",
    request: { params: SEGMENT },
    responses: {
      200: text("video/mp2t", "The segment", { type: "string", format: "binary" }),
      ...errorsWithoutToken("unknown_stream", "not_found"),
    },
  });
  registry.registerPath({ ...CORS, path: "/ace/getstream" });
  registry.registerPath({ ...CORS, path: "/ace/getstream.ts" });
  registry.registerPath({ ...CORS, path: "/ace/getstream/{id}.ts", request: { params: FILE } });
  registry.registerPath({ ...CORS, path: "/ace/manifest.m3u8" });
  registry.registerPath({ ...CORS, path: "/ace/hls/{session}/{segment}.ts", request: { params: SEGMENT } });
  registry.registerPath({
    ...{ method: "get", path: "/ace/status", tags: ["acexy"], summary: "acexy's status" },
    description: "In all, or of the content that is asked for.",
    request: { query: z.object({ id: ID, infohash: INFOHASH }) },
    responses: { 200: json(StatusAnswer, "As acexy answers it"), ...errors("invalid_id", "unknown_stream") },
  });
  registry.registerPath({
    ...{ method: "get", path: "/ace/streams", tags: ["acexy"], summary: "The streams that are" },
    responses: { 200: json(PlayingAnswer, "As in /api/v1/streams"), ...errors() },
  });
}

function errorsWithoutToken(...codes: Parameters<typeof errors>) {
  const { 401: _, ...answers } = errors(...codes);
  return answers;
}

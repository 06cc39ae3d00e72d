/** Streams that play, wait or have ended. */
import { z } from "@hono/zod-openapi";
import { At, Content, count, EngineId, ms, StreamNumber } from "./words.ts";

/** What is counted for a stream, and what its engine said last. */
export const FIGURES = {
  bytesIn: count("Media bytes from engines"),
  bytesOut: count("Media bytes to clients"),
  bufferedBytes: count("Bytes that are kept for clients"),
  bufferedMs: ms("What is kept, by the program's own clock; null: not known").nullable(),
  bitsPerSecond: count("By the program's own clock; null: not known yet").nullable(),
  continuityErrors: count("Packets that are missing, by their counters"),
  resyncs: count("Times that the packets' beat was lost"),
  discardedBytes: count("Bytes that belonged to no packet"),
  transportErrors: count("Packets that say themselves that they are damaged"),
  scrambledPackets: count("Packets that cannot be looked into"),
  skips: count("Times that a client was too slow and was moved forward"),
  holds: count("Times that the engine was kept waiting for a client"),
  fillerPackets: count("Null packets that stood in for bytes while there were none"),
  peers: count("As the engine's statistics said last; null: they never said").nullable(),
  status: z.string().nullable().describe("The engine's word for what it does: `prebuf`, `dl`…"),
  downloadedBytes: count("By the engine's own count").nullable(),
  speedDownKBps: z.number().min(0).nullable().describe("KB/s from peers, by the engine's own count"),
  speedUpKBps: z.number().min(0).nullable().describe("KB/s to peers, by the engine's own count"),
};

export const StreamView = z
  .object({
    id: StreamNumber,
    contents: z.array(Content).describe("What was asked for, then further names of the same content"),
    variant: z.string().describe("Parameters that the engine got as well, as a query; empty: none"),
    phase: z
      .enum(["waiting", "starting", "playing"])
      .describe("In the queue; has a slot, but no media yet; media comes"),
    startedAt: At.nullable().describe("When it was first asked for; null: not known"),
    ageMs: ms("Since then").nullable(),
    lingering: z.boolean().describe("It has no clients, and is kept for a while"),
    lingeringMs: ms("How long it has had none; null: it has clients").nullable(),
    engine: EngineId.nullable(),
    engineName: z.string().nullable(),
    slot: count("Its slot's number").nullable(),
    clients: count("Clients, those that wait among them"),
    failovers: count("Times that it went to another engine; a long play earns them back"),
    ...FIGURES,
  })
  .openapi("Stream");

export const LastFigures = z.object(FIGURES).openapi("LastFigures", {
  description: "What was counted in all, and what the engine's statistics said last",
});

export const EndedView = z
  .object({
    stream: StreamNumber,
    contents: z.array(Content),
    engine: EngineId.nullable().describe("The engine that it was on last; null: none"),
    engineName: z.string().nullable(),
    startedAt: At.nullable().describe("When it was first asked for"),
    at: At.describe("When it ended"),
    reason: z.string(),
    played: z.boolean().describe("Clients had media of it"),
    last: LastFigures.nullable().describe("Null: no session had begun"),
  })
  .openapi("EndedStream");

export const StreamsAnswer = z
  .object({
    streams: z.array(StreamView),
    ended: z.array(EndedView).describe("The last ones that ended, newest first"),
  })
  .openapi("Streams");

export const PlayingAnswer = z.object({ streams: z.array(StreamView) }).openapi("PlayingStreams");

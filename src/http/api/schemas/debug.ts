/** What the process holds. */
import { z } from "@hono/zod-openapi";
import { count } from "./words.ts";

const bytes = (words: string) => count(`${words}, bytes`);
const counts = (words: string) => z.record(z.string(), z.number().int().min(0)).describe(words);

export const DebugAnswer = z
  .object({
    version: z.string(),
    runtime: z.string(),
    uptimeSeconds: count("Since the process began"),
    slots: z
      .object({
        engines: count("Known"),
        sessions: count("Slots that are not free"),
        free: count("Slots that hold nothing"),
        pending: count("A start is under way"),
        active: count("They play"),
        released: count("They wait for proof that the engine let go"),
      })
      .describe("Own slots by state"),
    streams: z
      .object({
        waiting: count("For a slot"),
        starting: count("For first media"),
        playing: count("They play"),
      })
      .describe("Streams by phase"),
    clients: z.object({
      known: count("To the selector"),
      unanswered: count("Requests for a stream without an answer"),
      counted: count("Of which the figures await an end"),
      queued: count("Streams that wait for a slot"),
      httpRequests: count("Without an answer, this one among them"),
      eventListeners: count("Of /api/v1/events"),
      slateViewers: count("Of pictures in place of errors"),
    }),
    timers: z.object({
      byKind: counts("The selector's, armed, by kind"),
      doubts: count("Looks at released sessions whose start may still be unanswered"),
      watched: count("Clients of which it is looked whether they have stopped reading"),
      probed: count("Engines that are asked whether they are back"),
    }),
    work: z.object({
      mailbox: count("Events that wait for their turn"),
      sessions: count("Sessions that a start or a stop is under way for"),
      moments: count("Times that are kept for people to see; some are forgotten late"),
    }),
    data: z.object({
      streams: count("With a ring"),
      readers: count("That read from an engine now"),
      holds: count("Engines that are kept waiting for a client"),
      tsClients: count("Over one connection"),
      hlsClients: count("By HLS"),
      hlsDownloads: count("Segments on their way"),
      hlsWaiters: count("Requests that wait for a first segment"),
      hlsNames: count("Sessions by name"),
      hlsViewers: count("Sessions by viewer"),
      droppedEarly: count("Dropped before they came for their bytes; the oldest are forgotten"),
      ringBytes: bytes("Media in all rings"),
      ringAllocatedBytes: bytes("What the rings take for it"),
    }),
    connections: z
      .object({
        exchanges: count("Questions to engines and the orchestrator"),
        playbacks: count("Media from engines"),
      })
      .describe("Out of this process, open now"),
    backlog: z.object({
      reports: count("To the orchestrator, not acknowledged"),
      journalLines: count("That wait for the disk"),
    }),
    memory: z.object({
      residentBytes: bytes("In RAM"),
      heapBytes: bytes("The heap"),
      heapUsedBytes: bytes("Used of it"),
      externalBytes: bytes("Beside the heap"),
      arrayBufferBytes: bytes("Of those"),
      objects: count("On the heap; null: the runtime does not tell").nullable(),
      objectsByKind: counts("The most frequent kinds").nullable(),
    }),
    descriptors: counts(
      "Open files by kind, and in `file` those of `/dev/null` that are held in reserve; null: the system does not tell",
    ).nullable(),
    threads: count("Null: the system does not tell").nullable(),
  })
  .openapi("Debug");

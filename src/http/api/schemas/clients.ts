/** Clients and the queue. */
import { z } from "@hono/zod-openapi";
import { At, ClientNumber, Content, count, ms, StreamNumber } from "./words.ts";

export const ClientView = z
  .object({
    id: ClientNumber,
    stream: StreamNumber,
    content: Content.nullable(),
    served: z.boolean().describe("It gets its stream; false: it waits for it"),
    kind: z
      .enum(["ts", "hls"])
      .nullable()
      .describe("One endless answer, or a playlist with segments; null: it is not being served"),
    address: z.string().describe("Its address; behind a trusted proxy the one that this proxy tells"),
    agent: z
      .string()
      .describe("Its User-Agent, cut short, control characters replaced; it may hold anything else"),
    since: At.nullable().describe("When it asked"),
    ageMs: ms("Since then").nullable(),
    waitedMs: ms("How long it has waited for a slot; null: it does not wait for one").nullable(),
    bytes: count("Bytes that it has taken"),
    behindBytes: count("What it has not taken of what is kept; null: it is not being served").nullable(),
    behindMs: ms("The same by the program's own clock; null: not known").nullable(),
  })
  .openapi("Client");

export const ClientsAnswer = z.object({ clients: z.array(ClientView) }).openapi("Clients");

export const WaitingView = z
  .object({
    position: count("1 is the next"),
    stream: StreamNumber,
    content: Content.nullable(),
    clients: count("Clients that wait for it"),
    waitedMs: ms("How long the client has waited that has waited longest; null: none waits").nullable(),
  })
  .openapi("WaitingStream");

export const BlockedView = z
  .object({
    code: z.string(),
    message: z.string(),
    retryAfterSeconds: z.number().min(0).nullable(),
  })
  .openapi("Blocked", { description: "Why no new engine can be started at present" });

export const QueueAnswer = z
  .object({
    waiting: z.array(WaitingView),
    provisioning: z
      .enum(["impossible", "idle", "asked", "blocked"])
      .describe("`impossible`: the pool's source starts no engines; `asked`: a new one is on its way"),
    blocked: BlockedView.nullable(),
  })
  .openapi("Queue");

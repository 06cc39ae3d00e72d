/** Words that all schemas of the API share. */
import { z } from "@hono/zod-openapi";

export const At = z.string().datetime().describe("RFC 3339, UTC");
export const EngineId = z.string().describe("The engine's container id, else its host:port");
export const Content = z
  .string()
  .regex(/^(id|infohash):[0-9a-f]{40}$/)
  .describe("What is played: id:<40 hex digits> or infohash:<40 hex digits>");
export const count = (words: string) => z.number().int().min(0).describe(words);
export const ms = (words: string) => z.number().int().min(0).describe(`${words}, ms`);

export const StreamNumber = z
  .number()
  .int()
  .min(1)
  .describe("The stream's number; not used again until a restart");
export const ClientNumber = z
  .number()
  .int()
  .min(1)
  .describe("The client's number; not used again until a restart");
export const SlotState = z
  .enum(["free", "pending", "active", "released"])
  .describe("`released` is still held: the engine has not proved yet that it let go");

/** What a Redis store says, checked: others may write there too. */
import * as z from "zod";
import { parsedWithin } from "../net/json.ts";
import type { Answer, Books, Change } from "./books.ts";
import { ANSWER_JSON_BOUNDS, ANSWER_LENGTH_MAX } from "./redis-limits.ts";

const count = z.number().int().nonnegative();
const texts = z.array(z.string());
const lease = z.object({
  id: z.string(),
  owner: z.string(),
  fence: count,
  contents: texts,
  detail: z.string(),
});
const leases = z.array(lease);
const head = { fence: count, seq: count, recoveringMs: count, isMember: z.boolean() };
const why = z.enum(["full", "content", "turn", "recovering", "not a member"]);

const answer = z.discriminatedUnion("type", [
  z.object({ ...head, type: z.literal("granted"), held: leases }),
  z.object({ ...head, type: z.literal("refused"), why, waitMs: count, held: leases }),
  z.object({ ...head, type: z.literal("done"), found: z.boolean() }),
  z.object({ ...head, type: z.literal("beaten"), orphans: z.array(lease.extend({ place: z.string() })) }),
  z.object({ ...head, type: z.literal("joined"), lost: texts }),
]);

const change = z.object({ seq: count, place: z.string(), held: leases, queue: texts });

const mapOf = <T>(value: z.ZodType<T>) =>
  z.array(z.tuple([z.string(), value])).transform((pairs): ReadonlyMap<string, T> => new Map(pairs));

const books = z.object({
  run: z.string().nullable(),
  time: z.number(),
  clock: count,
  fence: count,
  seq: count,
  grantsFrom: count,
  ttl: count,
  hasOrphans: z.boolean(),
  engines: mapOf(leases),
  members: mapOf(z.object({ end: count, info: z.string() })),
  queue: texts,
  freed: mapOf(count),
});

/** @throws Error that says which store's fault it is, without what it said. */
export const readAnswer = (text: unknown): Answer => read(answer, text);
export const readBooks = (text: unknown): Books => read(books, text);

/** Null for what is no change: anybody may publish. */
export function readChange(text: unknown): Change | null {
  try {
    return read(change, text);
  } catch {
    return null;
  }
}

function read<T>(shape: z.ZodType<T>, text: unknown): T {
  if (typeof text !== "string") throw new Error("the store's answer is not a text");
  if (text.length > ANSWER_LENGTH_MAX) throw new Error("the store's answer is too long");
  const value = parsedWithin(text, ANSWER_JSON_BOUNDS);
  if (value === undefined) throw new Error("the store's answer is not JSON");
  const parsed = shape.safeParse(value);
  if (!parsed.success)
    throw new Error(`the store's answer makes no sense: ${parsed.error.issues[0]?.path.join(".")}`);
  return parsed.data;
}

/**
 * The script in the store and `keep` are the same: the same commands in the same order, with the server's own time and
 * run, give the same answers, books and changes, whatever happens to the store between them.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createClient } from "@redis/client";
import fc from "fast-check";
import { type Books, type Change, NO_BOOKS } from "../../src/leases/books.ts";
import { keep } from "../../src/leases/keeping.ts";
import { keysOf } from "../../src/leases/redis.lua.ts";
import { until } from "../support/until.ts";
import { commandsOf, type Op, sequences } from "./lease-sequences.ts";
import { at, type Door, openDoor } from "./redis-door.ts";
import { type RedisServer, redisServer } from "./redis-server.ts";

const RUNS = Number(process.env.LEASE_RUNS ?? 300);
const KEYS = keysOf("test");

let server: RedisServer;
let door: Door;
let hand: ReturnType<typeof connect>;
const connect = () => createClient({ socket: { port: server.port } });

beforeAll(async () => {
  server = await redisServer();
  door = openDoor(at(server.port));
  hand = connect();
  await hand.connect();
  expect(await door.next()).toBe("up");
});
afterAll(async () => {
  hand.destroy();
  await door[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What happens to the store itself: to the real one, and to the books. */
async function happen(op: Op, books: Books): Promise<Books> {
  switch (op.type) {
    case "pass":
      if (books.run === null) return books;
      await hand.hIncrBy(KEYS.store, "time", -op.ms);
      return { ...books, time: books.time - op.ms };
    case "later":
      if (books.run === null) return books;
      await hand.hIncrBy(KEYS.store, "clock", op.ms);
      return { ...books, clock: books.clock + op.ms };
    case "flush":
      await hand.flushAll();
      return NO_BOOKS;
    case "restart":
      if (books.run === null) return books;
      await hand.hSet(KEYS.store, "run", "another");
      return { ...books, run: "another" };
    case "evict":
      if (books.engines.size === 0) return books;
      await hand.del(KEYS.engines);
      return { ...books, run: "another", engines: new Map() };
    default:
      return books;
  }
}

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));
const comparable = (books: Books) => ({
  ...books,
  engines: sorted(books.engines),
  members: sorted(books.members),
  freed: sorted(books.freed),
});
const viewed = async (): Promise<Books> => (await door.store.view()) as Books;

/** Whose a lease there is; false: it is not there. */
const holderOf = (books: Books, place: string, lease: string | null | undefined): string | false =>
  books.engines.get(place)?.find(({ id }) => id === lease)?.owner ?? false;

async function sequence(ops: readonly Op[], counts: Map<string, number>): Promise<void> {
  await hand.flushAll();
  const heardBefore = door.changes.length;
  const changes: Change[] = [];
  let books: Books = NO_BOOKS;
  let before = books;
  for (const op of ops) {
    if (books.engines.size > 0) before = books;
    books = await happen(op, books);
    for (const command of commandsOf(op, books, before)) {
      const inherited = command.type === "reserve" && holderOf(books, command.place, command.instead);
      const answer = await door.store.ask(command);
      const real = await viewed();
      const booked = keep(books, command, { run: real.run ?? "", time: real.time });
      expect(answer).toEqual(booked.answer);
      expect(comparable(real)).toEqual(comparable(booked.books));
      books = booked.books;
      changes.push(...booked.changes);
      const outcome = answer.type === "refused" ? `refused: ${answer.why}` : answer.type;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (inherited && answer.type === "granted") {
        const whose = inherited === command.member ? "its own" : "another's";
        counts.set(`instead of ${whose}`, (counts.get(`instead of ${whose}`) ?? 0) + 1);
      }
      if (answer.type === "beaten" && answer.orphans.length > 0)
        counts.set("adopted", (counts.get("adopted") ?? 0) + 1);
      if (answer.type === "beaten" && books.hasOrphans && answer.orphans.length > 0)
        counts.set("more orphans", 1);
      if (answer.type === "joined" && answer.lost.length > 0)
        counts.set("lost", (counts.get("lost") ?? 0) + 1);
    }
  }
  const end: Change = { seq: 0, place: "the end", held: [], queue: [] };
  await hand.publish(KEYS.channel, JSON.stringify(end));
  await until("all changes are heard", () => door.changes.at(-1)?.place === end.place);
  expect(door.changes.splice(heardBefore)).toEqual([...changes, end]);
}

test(
  "the store and the books say the same, whatever is asked and whatever happens to the store",
  async () => {
    const counts = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(sequences, (each) => sequence(each, counts)),
      { numRuns: RUNS, seed: Number(process.env.LEASE_SEED ?? 20261130), endOnFailure: false },
    );
    // Every way out was gone.
    if (process.env.LEASE_COUNTS) console.log(counts);
    for (const outcome of [
      "granted",
      "refused: full",
      "refused: content",
      "refused: turn",
      "refused: recovering",
      "refused: not a member",
      "done",
      "beaten",
      "joined",
      "adopted",
      "more orphans",
      "lost",
      "instead of its own",
      "instead of another's",
    ])
      expect([outcome, (counts.get(outcome) ?? 0) > 0]).toEqual([outcome, true]);
  },
  { timeout: 300_000 },
);

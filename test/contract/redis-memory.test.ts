/** Whose memory a Redis store has: data that go back, single keys that go, and what others write where ours is. */
import { afterEach, expect, test } from "bun:test";
import type { Answer, Command } from "../../src/leases/books.ts";
import { until } from "../support/until.ts";
import { at, type Door, openDoor } from "./redis-door.ts";
import { type RedisServer, redisServer } from "./redis-server.ts";

const TTL = 1_000;
/** A replica is served at once. */
const SYNC = ["--repl-diskless-sync-delay", "0"];
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]();
});
const kept = <T extends AsyncDisposable>(each: T): T => {
  open.push(each);
  return each;
};

/** A proxy as the store sees it: it remembers the highest fence of an answer, and what it was granted. */
class Member {
  readonly name: string;
  readonly door: Door;
  #seen = 0;
  constructor(name: string, door: Door) {
    this.name = name;
    this.door = door;
  }
  async #ask(command: object): Promise<Answer> {
    const asked = { member: this.name, ttl: TTL, seen: this.#seen, ...command } as Command;
    const answer = await this.door.store.ask(asked);
    this.#seen = Math.max(this.#seen, answer.fence);
    return answer;
  }
  join(): Promise<Answer> {
    return this.#ask({ type: "join", info: "", held: [], witnessed: [] });
  }
  beat(): Promise<Answer> {
    return this.#ask({ type: "beat", waiting: false, adopts: true });
  }
  reserve(session: number, place = "e:1"): Promise<Answer> {
    const id = `${this.name}/${session}`;
    return this.#ask({
      ...{ type: "reserve", place, id, contents: [id], detail: "", cap: 1, more: false },
    });
  }
}

const memberAt = async (server: RedisServer, name: string): Promise<Member> => {
  const door = kept(openDoor(at(server.port)));
  expect(await door.next()).toBe("up");
  return new Member(name, door);
};
/** A store that is past the time in which a new one grants nothing, and some members of it. */
async function settled(
  names: readonly string[],
  server: RedisServer | null = null,
): Promise<{ server: RedisServer; members: Member[] }> {
  server ??= kept(await redisServer(SYNC));
  const members: Member[] = [];
  for (const name of names) members.push(await memberAt(server, name));
  for (const member of members) await member.join();
  await recovered(server, members);
  return { server, members };
}
async function recovered(server: RedisServer, members: readonly Member[]): Promise<void> {
  for (let steps = 0; steps < 5; steps++) {
    await server.ask("hincrby", "{test}:store", "time", "-250");
    for (const member of members) await member.beat();
  }
}
const outcome = (answer: Answer): string => (answer.type === "refused" ? answer.why : answer.type);

test("a server that takes the data of a replica that lagged, and is the primary again, has lost its memory", async () => {
  const server = kept(await redisServer(SYNC));
  const replica = kept(await redisServer([...SYNC, "--replicaof", `127.0.0.1 ${server.port}`]));
  await until("the replica follows", async () =>
    (await replica.ask("info", "replication")).includes("master_link_status:up"),
  );
  const { members } = await settled(["p/1", "q/1"], server);
  const [p, q] = members as [Member, Member];
  await p.beat();
  await q.beat();
  await until(
    "the replica has the last writes",
    async () =>
      (await replica.ask("hget", "{test}:store", "time")) ===
      (await server.ask("hget", "{test}:store", "time")),
  );
  // From here on it lacks what is written.
  await replica.ask("replicaof", "no", "one");
  expect(outcome(await q.reserve(1))).toBe("granted");
  await server.ask("replicaof", "127.0.0.1", `${replica.port}`);
  await until("the old data are there", async () =>
    (await server.ask("info", "replication")).includes("master_link_status:up"),
  );
  await server.ask("replicaof", "no", "one");
  // Its own run id, and its fence is the one that p has seen last: nothing in the books tells that they are old.
  expect(outcome(await p.reserve(1))).toBe("not a member");
  expect((await p.beat()).recoveringMs).toBeGreaterThan(0);
}, 60_000);

test("memberships that were thrown out to save memory are a loss of memory: a dead member's leases are taken over", async () => {
  const { server, members } = await settled(["p/1", "q/1"]);
  const [p, q] = members as [Member, Member];
  expect(outcome(await q.reserve(1))).toBe("granted");
  // And q is no more.
  await server.ask("del", "{test}:members");
  const answer = await p.beat();
  expect([answer.isMember, answer.recoveringMs]).toEqual([false, TTL]);
  await p.join();
  const taken: string[] = [];
  for (let steps = 0; steps < 6; steps++) {
    await server.ask("hincrby", "{test}:store", "time", "-250");
    const beaten = await p.beat();
    if (beaten.type === "beaten") taken.push(...beaten.orphans.map(({ id }) => id));
  }
  expect(taken).toEqual(["q/1/1"]);
});

const leases = (wrong: object): string =>
  JSON.stringify([{ id: "x/y/1", owner: "x/y", fence: 1, contents: ["id:0"], detail: "{}", ...wrong }]);

for (const [what, commands] of [
  [
    "its marker",
    [
      ["del", "{test}:store"],
      ["set", "{test}:store", "x"],
    ],
  ],
  [
    "the engines",
    [
      ["del", "{test}:engines"],
      ["set", "{test}:engines", "x"],
    ],
  ],
  [
    "the members",
    [
      ["del", "{test}:members"],
      ["rpush", "{test}:members", "x"],
    ],
  ],
  [
    "the queue",
    [
      ["del", "{test}:queue"],
      ["hset", "{test}:queue", "x", "y"],
    ],
  ],
  [
    "the freed places",
    [
      ["del", "{test}:freed"],
      ["set", "{test}:freed", "x"],
    ],
  ],
  ["a place", [["hset", "{test}:engines", "e:1", "{not json"]]],
  ["a place, as JSON of another kind", [["hset", "{test}:engines", "e:1", '[{"id":7}]']]],
  ["a place, as JSON that is no list", [["hset", "{test}:engines", "e:1", '{"a":1}']]],
  [
    "a place, with contents that are no texts",
    [["hset", "{test}:engines", "e:1", leases({ contents: [1] })]],
  ],
  [
    "a place, with contents that are no list",
    [["hset", "{test}:engines", "e:1", leases({ contents: { a: "b" } })]],
  ],
  [
    "a place, with contents that are an empty object",
    [["hset", "{test}:engines", "e:1", leases({ contents: {} })]],
  ],
  ["a place, with a fence that is no count", [["hset", "{test}:engines", "e:1", leases({ fence: 1.5 })]]],
  ["a place, with a fence beyond all numbers", [["hset", "{test}:engines", "e:1", leases({ fence: 1e300 })]]],
  ["a place of nobody's", [["hset", "{test}:engines", "e:9", "[1]"]]],
  ["the time of a freed place", [["hset", "{test}:freed", "e:1", "soon"]]],
  ["a member", [["hset", "{test}:members", "somebody", "garbage"]]],
  ["the queue, with a name of nobody's", [["rpush", "{test}:queue", "nobody"]]],
  ["the time from which slots are granted", [["hset", "{test}:store", "grantsFrom", "9007199254740000"]]],
  ["a number of the marker", [["hset", "{test}:store", "clock", "soon"]]],
] as const)
  test(`what somebody else writes over ${what} is thrown away once, as a loss of memory, and said`, async () => {
    const { server, members } = await settled(["p/1"]);
    const [p] = members as [Member];
    expect(outcome(await p.reserve(1))).toBe("granted");
    for (const command of commands) await server.ask(...command);
    // Whatever comes first finds it; what it says names the key.
    const said: string[] = [];
    const tell = (error: unknown): null => {
      said.push(String(error));
      return null;
    };
    const first = await p.beat().catch(tell);
    if (first?.type === "beaten" && first.recoveringMs === 0) await p.reserve(2).catch(tell);
    if (said.length > 0) expect(said[0]).toContain("{test}:");
    // One more command at most until it is usable again, and nothing is granted for a term.
    await p.join().catch(tell);
    const joined = await p.join();
    expect(joined.type).toBe("joined");
    expect(joined.recoveringMs).toBeGreaterThan(0);
    await recovered(server, [p]);
    expect(outcome(await p.reserve(3, "e:5"))).toBe("granted");
    expect((await p.door.store.view()).members.has("p/1")).toBe(true);
  });

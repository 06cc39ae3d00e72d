/** Stores of several servers: sentinels that move the primary, and a cluster that moves the keys. */
import { afterEach, expect, test } from "bun:test";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Command } from "../../src/leases/books.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";
import { at, openDoor } from "./redis-door.ts";
import { type RedisServer, redisAtRest, redisServer } from "./redis-server.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]();
});
const kept = <T extends AsyncDisposable>(each: T): T => {
  open.push(each);
  return each;
};

const JOIN: Command = { type: "join", member: "a/1", ttl: 1_000, seen: 0, info: "", held: [], witnessed: [] };
const BEAT: Command = { type: "beat", member: "a/1", ttl: 1_000, seen: 0, waiting: false, adopts: true };
const host = ({ port }: RedisServer) => ({ host: "127.0.0.1", port });

test("sentinels name the primary, and after its death the next, whose memory is not trusted", async () => {
  const primary = kept(await redisServer(["--repl-diskless-sync-delay", "0"]));
  const replica = kept(await redisServer(["--replicaof", `127.0.0.1 ${primary.port}`]));
  // A sentinel that asks earlier asks again only after 10 s.
  await until("the replica follows", async () =>
    (await replica.ask("info", "replication")).includes("master_link_status:up"),
  );
  const resting = kept(await redisAtRest());
  const file = join(resting.folder, "sentinel.conf");
  await writeFile(
    file,
    `sentinel monitor main 127.0.0.1 ${primary.port} 1
sentinel down-after-milliseconds main 3000
sentinel failover-timeout main 4000
`,
  );
  const sentinel = kept(await redisServer([file, "--sentinel"]));
  await until("the sentinel knows the replica", async () =>
    (await sentinel.ask("sentinel", "replicas", "main")).includes(`${replica.port}`),
  );
  const nobody = { host: "127.0.0.1", port: resting.port };
  const door = kept(openDoor(at(0, { form: "sentinel", hosts: [nobody, host(sentinel)], master: "main" })));
  expect(await door.next()).toBe("up");
  const first = await door.store.ask(JOIN);
  expect(door.store.describe()).toBe(
    `redis-sentinel://127.0.0.1:${nobody.port},127.0.0.1:${sentinel.port}/main/0`,
  );
  await until("the replica has the books", async () =>
    (await replica.ask("hget", "{test}:store", "fence")).includes(`${first.fence}`),
  );
  await primary.kill();
  expect(await door.next(1)).toContain("down:");
  expect(await door.next(2)).toBe("up");
  const second = await door.store.ask({ ...BEAT, seen: first.fence });
  expect([second.isMember, second.recoveringMs]).toEqual([false, 1_000]);

  const unknown = kept(openDoor(at(0, { form: "sentinel", hosts: [host(sentinel)], master: "other" })));
  expect(await unknown.next()).toContain('knows no primary of the name "other"');
}, 120_000);

test("a cluster is asked where the keys are, and again when they have moved", async () => {
  const nodes: RedisServer[] = [];
  for (let node = 0; node < 3; node++)
    nodes.push(
      kept(await redisServer(["--cluster-enabled", "yes", "--cluster-port", `${await freePort()}`])),
    );
  const cli = promisify(execFile);
  const hosts = nodes.map(host);
  const names = hosts.map(({ port }) => `127.0.0.1:${port}`);
  await cli("redis-cli", ["--cluster", "create", ...names, "--cluster-yes"]);
  await until("the cluster is there", async () =>
    (await Promise.all(nodes.map((node) => node.ask("cluster", "info")))).every((info) =>
      info.includes("cluster_state:ok"),
    ),
  );
  for (const seed of hosts) {
    const door = kept(openDoor(at(0, { form: "cluster", hosts: [seed] })));
    expect(await door.next()).toBe("up");
    expect((await door.store.ask(JOIN)).type).toBe("joined");
    await door.store.close();
  }
  const door = kept(openDoor(at(0, { form: "cluster", hosts })));
  expect(await door.next()).toBe("up");
  const before = await door.store.ask(JOIN);

  const slot = (await nodes[0]?.ask("cluster", "keyslot", "{test}:store")) ?? "";
  const ids = await Promise.all(nodes.map((node) => node.ask("cluster", "myid")));
  const holders = await Promise.all(nodes.map((node) => node.ask("cluster", "countkeysinslot", slot)));
  const from = holders.findIndex((count) => Number(count) > 0);
  const to = (from + 1) % 3;
  const [source, target] = [nodes[from], nodes[to]];
  if (!source || !target) throw new Error("nobody has the keys");
  await target.ask("cluster", "setslot", slot, "importing", ids[from] ?? "");
  await source.ask("cluster", "setslot", slot, "migrating", ids[to] ?? "");
  const keys = (await source.ask("cluster", "getkeysinslot", slot, "10")).split("\n");
  await source.ask("migrate", "127.0.0.1", `${target.port}`, "", "0", "5000", "keys", ...keys);
  for (const node of [target, source, ...nodes])
    await node.ask("cluster", "setslot", slot, "node", ids[to] ?? "");

  await until("the old node sends us away", () =>
    door.store.ask(BEAT).then(
      () => false,
      () => true,
    ),
  );
  expect(await door.next(1)).toContain("part of a cluster and does not keep the leases");
  await until("it is asked where the keys are now", () => door.told.at(-1) === "up");
  const after = await door.store.ask({ ...BEAT, seen: before.fence });
  expect([after.isMember, after.recoveringMs]).toEqual([false, 1_000]);
  // Changes are heard there as well.
  await door.store.ask({
    ...JOIN,
    held: [{ id: "a/1/1", owner: "a/1", fence: 1, contents: [], detail: "", place: "e:1" }],
  });
  await until("the change is heard", () => door.changes.length === 1);
}, 120_000);

/** What the store's connection makes of servers that are away, refuse, fall silent or cannot be trusted. */

import { afterEach, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { inspect } from "node:util";
import type { Command } from "../../src/leases/books.ts";
import type { RedisAddress } from "../../src/leases/redis-target.ts";
import { storeError } from "../../src/leases/redis-words.ts";
import { openLink } from "../support/link.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";
import { at, type Door, openDoor } from "./redis-door.ts";
import { type RedisServer, redisAtRest, redisServer } from "./redis-server.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]();
});
const kept = <T extends AsyncDisposable>(each: T): T => {
  open.push(each);
  return each;
};
const door = (server: RedisServer, address: Partial<RedisAddress> = {}, more: object = {}): Door =>
  kept(openDoor(at(server.port, address), more));
const running = async (args: readonly string[] = [], cli: readonly string[] = []): Promise<RedisServer> =>
  kept(await redisServer(args, cli));

const JOIN: Command = { type: "join", member: "a/1", ttl: 1_000, seen: 0, info: "", held: [], witnessed: [] };
const BEAT: Command = { type: "beat", member: "a/1", ttl: 1_000, seen: 0, waiting: false, adopts: true };

/** Short enough to wait for, and longer than a machine may stand still while it connects. */
const ANSWER_MS = 2_000;

test("a store that is not there is told once, and used when it comes", async () => {
  const server = kept(await redisAtRest());
  const { store, told, next } = door(server);
  expect(await next()).toBe(
    `down: 127.0.0.1:${server.port} refuses the connection: nothing listens there; is --lease right?`,
  );
  await expect(store.ask(JOIN)).rejects.toThrow("refuses the connection");
  await server.start();
  expect(await next(1)).toBe("up");
  expect(told).toHaveLength(2);
  expect((await store.ask(JOIN)).type).toBe("joined");
});

test("a store that dies and comes back on its port is joined again, and has lost its memory", async () => {
  const server = await running();
  const { store, told, next } = door(server);
  await next();
  const before = await store.ask(JOIN);
  await server.kill();
  expect(await next(1)).toContain("down:");
  await server.start();
  expect(await next(2)).toBe("up");
  expect((await store.ask({ ...BEAT, seen: before.fence })).isMember).toBe(false);
  expect(told).toHaveLength(3);
});

test("a connection that is cut, of commands or of changes, is followed by another", async () => {
  const server = await running();
  const { store, next } = door(server);
  await next();
  await store.ask(JOIN);
  for (const [known, type] of [
    [1, "normal"],
    [3, "pubsub"],
  ] as const) {
    await server.ask("client", "kill", "type", type, "skipme", "yes");
    expect(await next(known)).toContain("has closed the connection");
    expect(await next(known + 1)).toBe("up");
  }
  // It still hears what is told.
  expect((await store.ask(BEAT)).isMember).toBe(true);
});

test("commands are taken in the order in which they are given, and none is sent twice", async () => {
  const server = await running();
  const { store, next } = door(server, {}, { answerMs: 30_000 });
  await next();
  await store.ask(JOIN);
  await server.ask("hincrby", "{test}:store", "clock", "1000");
  await store.ask(BEAT);
  const claim = (session: number): Command => ({
    ...{ type: "reserve", member: "a/1", ttl: 1_000, seen: 0, place: "e:1", id: `a/1/${session}` },
    ...{ contents: [], detail: "", cap: 1_000, more: false },
  });
  const answers = await Promise.all(Array.from({ length: 50 }, (_, session) => store.ask(claim(session))));
  expect(answers.map((answer) => answer.fence - (answers[0]?.fence ?? 0))).toEqual([...answers.keys()]);
  // The server keeps back what could write, so that all are under way when the connection is cut.
  await server.ask("client", "pause", "60000", "write");
  const late = Array.from({ length: 10 }, (_, index) => store.ask(claim(100 + index)));
  const outcomes = Promise.allSettled(late);
  // It has begun with the first; the others stand in its buffer.
  const waiting = 9 * JSON.stringify(claim(100)).length;
  await until("the server has all of them", async () =>
    (await server.ask("client", "list"))
      .split("\n")
      .some((line) => Number(/ qbuf=(\d+)/.exec(line)?.[1] ?? 0) > waiting),
  );
  await server.kill();
  expect(new Set((await outcomes).map(({ status }) => status))).toEqual(new Set(["rejected"]));
  await server.start();
  expect(await next(2)).toBe("up");
  expect((await store.view()).engines.size).toBe(0);
});

test("a store that has forgotten the script is connected to anew", async () => {
  const server = await running();
  const { store, next } = door(server);
  await next();
  await server.ask("script", "flush");
  await expect(store.ask(JOIN)).rejects.toThrow("has forgotten the script");
  expect(await next(2)).toBe("up");
  expect((await store.ask(JOIN)).type).toBe("joined");
});

test("a store that falls silent is given up after the term, and used again when it answers", async () => {
  const server = await running();
  const { store, told, next } = door(server, {}, { answerMs: ANSWER_MS });
  expect(await next()).toBe("up");
  await store.ask(JOIN);
  server.freeze();
  await expect(store.ask(BEAT)).rejects.toThrow(`has not answered for ${ANSWER_MS} ms`);
  expect(await next(1)).toBe(`down: 127.0.0.1:${server.port} has not answered for ${ANSWER_MS} ms`);
  await expect(store.ask(BEAT)).rejects.toThrow("has not answered");
  server.thaw();
  expect(await next(2)).toBe("up");
  expect(told).toHaveLength(3);
  expect((await store.ask(BEAT)).isMember).toBe(true);
});

test("a silent connection of changes is noticed though nothing is asked", async () => {
  const server = await running();
  const { next } = door(server, {}, { answerMs: ANSWER_MS });
  expect(await next()).toBe("up");
  server.freeze();
  expect(await next(1)).toContain(`has not answered for ${ANSWER_MS} ms`);
  server.thaw();
});

test("a store that is slow, but not too slow to renew in time, is connected to", async () => {
  const server = await running();
  const link = kept(await openLink(server.port));
  link.set({ kind: "slow", ms: 600 });
  const { store, next } = kept(openDoor(at(link.port), { answerMs: 5_000 }));
  expect(await next()).toBe("up");
  expect((await store.ask(JOIN)).type).toBe("joined");
});

test("a wrong password, and none, are said", async () => {
  const server = await running(["--requirepass", "s3cret"], ["--no-auth-warning", "-a", "s3cret"]);
  const wrong = door(server, { password: "guess" });
  expect(await wrong.next()).toContain("refuses the user name or the password");
  const none = door(server);
  expect(await none.next()).toContain("asks for a password: set --lease-password-file");
  const right = door(server, { password: "s3cret" });
  expect(await right.next()).toBe("up");
  expect(right.store.describe()).not.toContain("s3cret");
  expect(JSON.stringify([wrong.told, wrong.lines])).not.toContain("guess");
  const open = await running();
  const needless = door(open, { password: "guess" });
  expect(await needless.next()).toContain("has no password set, but one is given");
});

test("a server that repeats what it was sent gives no password away", async () => {
  const password = "s3cret-of-the-store";
  const server = await running(["--rename-command", "AUTH", ""]);
  const { store, told, lines, next } = door(server, { username: "proxy", password });
  expect(await next()).toContain("unknown command 'AUTH'");
  const refused = await store.ask(JOIN).then(
    () => null,
    (error: unknown) => error,
  );
  expect(String(refused)).toContain("unknown command 'AUTH'");
  expect(`${JSON.stringify([told, lines])} ${inspect(refused, { depth: 9 })}`).not.toContain("s3cret");
});

test("only the password itself is taken out of a server's words", () => {
  const error = storeError(new Error("ERR pass=pw word is bad: pw"), "pw:6379", "pw");
  expect(error.message).toBe("pw:6379: ERR pass=*** word is bad: ***");
});

test("a store whose replicas are gone refuses scripts, too, when it is told to", async () => {
  const server = await running();
  const { store, next } = door(server);
  await next();
  await store.ask(JOIN);
  await server.ask("config", "set", "min-replicas-to-write", "1");
  await expect(store.ask(BEAT)).rejects.toThrow("too few replicas follow it");
  await server.ask("config", "set", "min-replicas-to-write", "0");
  expect((await store.ask(BEAT)).isMember).toBe(true);
});

test("a user who may not do what is needed is told which command it is", async () => {
  const server = await running();
  const needed = [
    "+evalsha",
    "+eval",
    "+script|load",
    "+info",
    "+time",
    "+del",
    "+hset",
    "+pexpire",
    "+hget",
    "+hexists",
  ];
  needed.push(
    "+hgetall",
    "+hkeys",
    "+hlen",
    "+hdel",
    "+rpush",
    "+lrange",
    "+lrem",
    "+publish",
    "+subscribe",
    "+ping",
  );
  const mayDo = (commands: readonly string[]) =>
    server.ask("acl", "setuser", "lease", "reset", "on", ">pw", "~{test}:*", "&{test}:*", ...commands);
  const me = { username: "lease", password: "pw" };
  await mayDo(needed);
  const able = door(server, me);
  expect(await able.next()).toBe("up");
  expect((await able.store.ask(JOIN)).type).toBe("joined");
  expect((await able.store.view()).members.size).toBe(1);
  for (const missing of needed.filter((each) => each !== "+ping" && each !== "+evalsha")) {
    await mayDo(needed.filter((each) => each !== missing));
    const unable = door(server, me);
    const told = await unable.next();
    expect(told).toContain("does not let this user do what is needed");
    expect(told.toLowerCase()).toContain(missing.slice(1).split("|")[0] ?? "");
    await unable.store.close();
  }
  await mayDo([...needed, "resetkeys", "~other:*"]);
  expect(await door(server, me).next()).toContain("does not let this user do what is needed");
});

test("a read-only replica is not used", async () => {
  const primary = await running(["--repl-diskless-sync-delay", "0"]);
  const replica = await running(["--replicaof", `127.0.0.1 ${primary.port}`]);
  // Until then it may say that it is loading.
  await until("the replica follows", async () =>
    (await replica.ask("info", "replication")).includes("master_link_status:up"),
  );
  const asked = door(replica);
  expect(await asked.next()).toContain("is a read-only replica: name the primary");
  // One that becomes a replica while it is used.
  const later = await running();
  const { store, next } = door(later);
  await next();
  await store.ask(JOIN);
  await later.ask("replicaof", "127.0.0.1", `${primary.port}`);
  await until("it is read-only", () =>
    store.ask(BEAT).then(
      () => false,
      (error) => String(error).includes("read-only replica"),
    ),
  );
  expect(await next(1)).toContain("read-only replica");
  await later.ask("replicaof", "no", "one");
  expect(await next(2)).toBe("up");
});

test("a store without memory left refuses in its own words, and is kept", async () => {
  const server = await running();
  const { store, told, next } = door(server);
  await next();
  await store.ask(JOIN);
  await server.ask("config", "set", "maxmemory", "1");
  await expect(store.ask(BEAT)).rejects.toThrow("has no memory left (maxmemory)");
  await server.ask("config", "set", "maxmemory", "0");
  expect((await store.ask(BEAT)).isMember).toBe(true);
  expect(told).toEqual(["up"]);
});

test("a store that may throw leases out is warned about", async () => {
  const server = await running(["--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru"]);
  const { lines, next } = door(server);
  expect(await next()).toBe("up");
  expect(lines.join("\n")).toContain("may throw leases out");
});

test("what others publish or write there does no harm", async () => {
  const server = await running();
  const { store, changes, next } = door(server);
  await next();
  await store.ask(JOIN);
  for (const text of [
    "",
    "{",
    "[]",
    '{"seq":1}',
    '{"seq":-1,"place":"e","held":[],"queue":[]}',
    "x".repeat(1_000),
  ])
    await server.ask("publish", "{test}:changes", text);
  await server.ask("publish", "{test}:changes", '{"seq":1,"place":"e","held":[],"queue":[]}');
  await until("a real change is heard", () => changes.length > 0);
  expect(changes).toHaveLength(1);
  await server.ask("hset", "{test}:store", "format", "2");
  await expect(store.ask(BEAT)).rejects.toThrow("another version of aceslot");
  await server.ask("del", "{test}:store");
  await server.ask("set", "{test}:store", "x");
  await expect(store.ask(BEAT)).rejects.toThrow("{test}:store was overwritten by somebody else");
});

test("a store is reached by TLS when its certificate is trusted", async () => {
  const certificates = await redisAtRest();
  kept(certificates);
  const file = (name: string): string => join(certificates.folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore" });
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=test",
    "-keyout",
    file("key.pem"),
    "-out",
    file("cert.pem"),
    "-addext",
    "subjectAltName=IP:127.0.0.1",
  );
  const plain = await running();
  const tlsPort = await freePort();
  await running([
    "--tls-port",
    `${tlsPort}`,
    "--tls-cert-file",
    file("cert.pem"),
    "--tls-key-file",
    file("key.pem"),
    "--tls-auth-clients",
    "no",
  ]);
  const tls = at(tlsPort, { tls: true });
  const trusted = kept(openDoor(tls, { caFile: file("cert.pem") }));
  expect(await trusted.next()).toBe("up");
  expect((await trusted.store.ask(JOIN)).type).toBe("joined");
  const unknown = kept(openDoor(tls));
  expect(await unknown.next()).toContain("has a TLS certificate that is not trusted");
  const named = kept(
    openDoor({ ...tls, hosts: [{ host: "localhost", port: tlsPort }] }, { caFile: file("cert.pem") }),
  );
  expect(await named.next()).toContain("has a TLS certificate that is not trusted");
  const unreadable = kept(openDoor(tls, { caFile: file("none.pem") }));
  expect(await unreadable.next()).toContain("--lease-ca-file");
  expect(await door(plain, { tls: true }, { answerMs: 500 }).next()).toContain(
    "does it speak TLS on that port?",
  );
  expect(await kept(openDoor(at(tlsPort))).next()).toContain("if it wants TLS: rediss://");
});

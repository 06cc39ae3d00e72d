/** The store in this process and the one in Redis do the same for their members. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Change } from "../../src/leases/books.ts";
import { MemoryStore } from "../../src/leases/memory.ts";
import { keysOf } from "../../src/leases/redis.lua.ts";
import { until } from "../support/until.ts";
import { leaseStoreContract, type StoreWorld } from "./lease-stores.ts";
import { at, type Door, openDoor } from "./redis-door.ts";
import { type RedisServer, redisServer } from "./redis-server.ts";

describe("in memory", () => {
  leaseStoreContract(test, async (): Promise<StoreWorld> => {
    let now = 1_000_000;
    const store = new MemoryStore(() => now);
    return {
      door: async () => {
        const changes: Change[] = [];
        const door = store.door();
        door.open({ change: (change) => void changes.push(change), up() {}, down() {} });
        return { store: door, changes };
      },
      pass: async (ms) => {
        now += ms;
      },
      heard: async (what) => expect(what()).toBe(true),
      end: async () => {},
    };
  });
});

describe("in Redis", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await redisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  leaseStoreContract(test, async (): Promise<StoreWorld> => {
    const { store: marker } = keysOf("test");
    const doors: Door[] = [];
    await server.ask("flushall");
    // As after the first wait: the marker exists, and the next command counts as the first after long.
    const run = /run_id:(\w+)/.exec(await server.ask("info", "server"))?.[1] ?? "";
    const history = /master_replid:(\w+)/.exec(await server.ask("info", "replication"))?.[1] ?? "";
    await server.ask(
      "hset",
      ...[marker, "run", `${run}/${history}`, "format", "1", "fence", "1000", "time", `${Date.now()}`],
    );
    return {
      door: async () => {
        const door = openDoor(at(server.port));
        doors.push(door);
        expect(await door.next()).toBe("up");
        return door;
      },
      pass: async (ms) => void (await server.ask("hincrby", marker, "time", `${-ms}`)),
      heard: async (what) => void (await until("it is told", what)),
      end: async () => {
        for (const door of doors) await door[Symbol.asyncDispose]();
      },
    };
  });
});

/** Engines that are named twice, by what their names resolve to. */
import { describe, expect, test } from "bun:test";
import { Places, RESOLVED_KEPT_MS } from "../../src/net/places.ts";
import { createStaticPool } from "../../src/orchestrator/index.ts";
import type { Address } from "../../src/slots/index.ts";
import { handClock } from "./odd-server.ts";

const at = (host: string, port = 6878): Address => ({ scheme: "http", host, port });

function scene(names: Readonly<Record<string, readonly string[]>>) {
  const clock = handClock();
  const asked: string[] = [];
  const now = new Map(Object.entries(names));
  const places = new Places(
    async (host) => {
      asked.push(host);
      const numbers = now.get(host);
      if (numbers === undefined) throw new Error("ENOTFOUND");
      return numbers;
    },
    () => clock.monotonicMs(),
  );
  const left = async (...addresses: Address[]): Promise<string[]> =>
    (await places.distinct(addresses)).map(({ host, port }) => `${host} ${port}`);
  return { clock, asked, now, places, left };
}

describe("addresses that lead to one place", () => {
  test("are one, by name and number, in whatever spelling; the first one stays", async () => {
    const { left } = scene({ engine: ["10.0.0.7"], alias: ["fd00::7", "10.0.0.7"], other: ["10.0.0.8"] });
    expect(await left(at("engine"), at("10.0.0.7"), at("other"))).toEqual(["engine 6878", "other 6878"]);
    expect(await left(at("10.0.0.7"), at("alias"), at("engine"))).toEqual(["10.0.0.7 6878"]);
    expect(await left(at("::ffff:10.0.0.7"), at("::ffff:a00:7"), at("engine"))).toEqual([
      "::ffff:10.0.0.7 6878",
    ]);
    expect(await left(at("fd00:0::0007"), at("fd00::7"))).toEqual(["fd00:0::0007 6878"]);
    // By way of a name that has both numbers.
    expect(await left(at("alias"), at("fd00::7"), at("10.0.0.7"))).toEqual(["alias 6878"]);
  });

  test("are two at two ports, and where nothing is known of a name", async () => {
    const { left } = scene({ engine: ["10.0.0.7"] });
    expect(await left(at("engine"), at("10.0.0.7", 6879))).toEqual(["engine 6878", "10.0.0.7 6879"]);
    expect(await left(at("nobody"), at("10.0.0.7"))).toEqual(["nobody 6878", "10.0.0.7 6878"]);
  });

  test("are this machine's own under all its names", async () => {
    const { left } = scene({ box: ["127.0.0.1", "::1"] });
    expect(await left(at("localhost"), at("box"), at("::1"), at("127.0.0.1"))).toEqual(["localhost 6878"]);
  });
});

describe("names", () => {
  test("are asked for again after a while, and stand for what they were if they cannot be", async () => {
    const { left, asked, now, clock } = scene({ engine: ["10.0.0.7"] });
    for (let look = 0; look < 3; look++) await left(at("engine"), at("10.0.0.7"));
    expect(asked).toEqual(["engine"]);
    clock.pass(RESOLVED_KEPT_MS);
    now.delete("engine");
    expect(await left(at("engine"), at("10.0.0.7"))).toEqual(["engine 6878"]);
    expect(asked).toEqual(["engine", "engine"]);
    clock.pass(RESOLVED_KEPT_MS);
    now.set("engine", ["10.0.0.9"]);
    expect(await left(at("engine"), at("10.0.0.7"))).toEqual(["engine 6878", "10.0.0.7 6878"]);
  });

  test("that a resolver never answers for hold no look up for long, and are not asked for again", async () => {
    const asked: string[] = [];
    const places = new Places((host) => {
      asked.push(host);
      return new Promise(() => {});
    });
    for (let look = 0; look < 2; look++)
      expect(await places.distinct([at("slow"), at("10.0.0.7")])).toHaveLength(2);
    expect(asked).toEqual(["slow"]);
  });

  test("are not asked for where there is one engine only", async () => {
    const { left, asked } = scene({});
    expect(await left(at("engine"))).toEqual(["engine 6878"]);
    expect(asked).toEqual([]);
  });

  test("name an engine once in a plain list, by its first name", async () => {
    const { places } = scene({ engine: ["10.0.0.7"] });
    const pool = createStaticPool(() => [at("engine"), at("10.0.0.7"), at("10.0.0.8")], places);
    const { engines } = await pool.look();
    expect(engines.map(({ id }) => id)).toEqual(["engine:6878", "10.0.0.8:6878"]);
  });
});

/** What two real proxies that share a real store tell of it: metrics, readiness, the API and the page. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { bareMedia, contentId, type SimWorld, startWorld } from "../../src/sim/index.ts";
import { type RedisServer, redisServer } from "../contract/redis-server.ts";
import { type RunningBinary, startBinary } from "../support/binary.ts";
import { readExposition, sampleOf } from "../support/exposition.ts";
import { play } from "../support/player.ts";
import { atRest } from "../support/rest.ts";
import { until } from "../support/until.ts";

const PACKET_BYTES = 188;

async function scrape(proxy: RunningBinary) {
  const answer = await fetch(`${proxy.url}/metrics`);
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  return readExposition(await answer.text());
}

interface Leases {
  readonly store: string;
  readonly grants: string;
  readonly members: readonly { readonly name: string; readonly leases: number }[];
  readonly leases: readonly { readonly lease: string; readonly owner: string }[];
  readonly drift: readonly string[];
}

const leasesOf = (proxy: RunningBinary) => proxy.get<Leases>("/api/v1/leases");

test("one proxy counts its slots, clients and bytes, and no leases", async () => {
  await using ends = new AsyncDisposableStack();
  const world = await startWorld({ engines: 2, media: bareMedia });
  ends.defer(() => world.close());
  const engines = world.engines.flatMap(({ address }) => ["--engine", address]);
  const proxy = ends.use(await startBinary([...engines, "--state-dir", "none", "--linger", "0s"]));
  const player = play(`${proxy.url}/ace/getstream?id=${contentId(1)}`);
  await player.got(100 * PACKET_BYTES);
  const seen = await scrape(proxy);
  expect(sampleOf(seen, "aceslot_streams", { phase: "playing" })).toBe(1);
  expect(sampleOf(seen, "aceslot_clients")).toBe(1);
  expect(sampleOf(seen, "aceslot_illegal_moves_total")).toBe(0);
  expect(sampleOf(seen, "aceslot_sent_bytes_total")).toBeGreaterThanOrEqual(100 * PACKET_BYTES);
  expect(sampleOf(seen, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(sampleOf(seen, "process_cpu_seconds_total")).toBeGreaterThan(0);
  const slots = seen.get("aceslot_slots")?.samples ?? [];
  expect(slots.reduce((sum, { value }) => sum + value, 0)).toBe(2);
  expect([...seen.keys()].filter((name) => name.includes("lease"))).toEqual([]);
  player.leave();
  await atRest(proxy, world);
  const after = await scrape(proxy);
  for (const name of ["aceslot_received_bytes_total", "aceslot_sent_bytes_total", "aceslot_decisions_total"])
    expect(sampleOf(after, name) ?? 0).toBeGreaterThanOrEqual(sampleOf(seen, name) ?? Number.NaN);
});

describe("two proxies that share a store", () => {
  let world: SimWorld;
  let redis: RedisServer;
  let one: RunningBinary;
  let other: RunningBinary;
  let browser: Browser;
  const ends = new AsyncDisposableStack();

  beforeAll(async () => {
    redis = ends.use(await redisServer());
    world = await startWorld({ engines: 2, media: bareMedia });
    ends.defer(() => world.close());
    const start = async (name: string) =>
      ends.use(
        await startBinary(
          [
            ...world.engines.flatMap(({ address }) => ["--engine", address]),
            ...["--lease", `redis://127.0.0.1:${redis.port}`, "--lease-ttl", "5s", "--state-dir", "none"],
            ...["--linger", "0s", "--max-streams-per-engine", "2"],
          ],
          { env: { ACEXY_CONTAINER_ID: name } },
        ),
      );
    other = await start("<b>other</b>@home");
    await until("it grants slots", async () => (await leasesOf(other)).grants === "shared");
    one = await start("one@home");
    browser = await puppeteer.launch({
      executablePath: "/usr/bin/chromium",
      pipe: true,
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    });
    ends.defer(() => browser.close());
    await until("both grant slots", async () => {
      const views = await Promise.all([leasesOf(one), leasesOf(other)]);
      return views.every(({ grants }) => grants === "shared") && views[0].members.length === 2;
    });
  });
  afterAll(() => ends.disposeAsync());

  test("say who holds what, and agree", async () => {
    const players = [
      play(`${one.url}/ace/getstream?id=${contentId(1)}`),
      play(`${other.url}/ace/getstream?id=${contentId(2)}`),
    ];
    for (const player of players) await player.got(PACKET_BYTES);
    const views = await until("both see both leases", async () => {
      const both = await Promise.all([leasesOf(one), leasesOf(other)]);
      return both.every(({ leases }) => leases.length === 2) && both;
    });
    const [{ members }] = views;
    expect(members.map(({ leases }) => leases)).toEqual([1, 1]);
    expect(members.map(({ name }) => name).sort()).toEqual(["<b>other</b>@home", "one@home"]);
    for (const { drift, store } of views) {
      expect(drift).toEqual([]);
      expect(store).toBe(`redis://127.0.0.1:${redis.port}/0`);
    }
    const seen = await scrape(one);
    for (const [name, value] of [
      ["up", 1],
      ["members", 2],
      ["drift", 0],
      ["orphans", 0],
      ["queue_length", 0],
    ] as const)
      expect([name, sampleOf(seen, `aceslot_lease_${name}`)]).toEqual([name, value]);
    expect(sampleOf(seen, "aceslot_leases", { owner: "one@home" })).toBe(1);
    expect(sampleOf(seen, "aceslot_leases", { owner: "<b>other</b>@home" })).toBe(1);
    expect(sampleOf(seen, "aceslot_lease_claims_total", { outcome: "granted" })).toBe(1);
    expect(sampleOf(seen, "aceslot_lease_valid_seconds")).toBeGreaterThan(0);
    const claims = (seen.get("aceslot_engine_claims")?.samples ?? []).map(({ value }) => value);
    expect(claims.sort()).toEqual([0, 1]);
    for (const player of players) player.leave();
    await Promise.all([atRest(one, world), atRest(other, world)]);
  });

  test("show it on the page, in words and without obeying anybody's name", async () => {
    const player = play(`${other.url}/ace/getstream?id=${contentId(3)}`);
    await player.got(PACKET_BYTES);
    const page = await browser.newPage();
    const wrong: string[] = [];
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    page.on("pageerror", (error) => wrong.push(String(error)));
    await page.setViewport({ width: 390, height: 844 });
    await page.goto(`${one.url}/`);
    const read = (selector: string) => textOf(page, selector);
    await until("the slot is shown", async () =>
      /\bclaimed\b.*<b>other<\/b>@home/s.test(await read("#engines [data-look=claimed]")),
    );
    expect(await read("#leases")).toMatch(/redis:\/\/127\.0\.0\.1:\d+\/0/);
    expect(await read("#lease-state")).toMatch(/^grants slots · ours end in \d/);
    expect(await read("#members")).toContain("one@home (this one)");
    expect(await page.$$("main b b, #members b")).toEqual([]);
    const widths = (await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")) as number[];
    expect(widths[0]).toBe(widths[1]);
    expect(wrong).toEqual([]);
    await page.close();
    player.leave();
    await Promise.all([atRest(one, world), atRest(other, world)]);
  });

  test("say when the store is gone, and that it is back", async () => {
    const page = await browser.newPage();
    await page.goto(`${one.url}/`);
    await redis.kill();
    await until("it is not ready", async () => (await fetch(`${one.url}/readyz`)).status === 503);
    const told = await one.get<{ reasons: string[]; lease: { grants: string; trouble: string } }>("/readyz");
    expect(told.lease.grants).toBe("nothing");
    expect(told.reasons).toEqual([`no slot is granted: ${told.lease.trouble}`]);
    expect(sampleOf(await scrape(one), "aceslot_lease_up")).toBe(0);
    await until("the page says so", async () =>
      (await textOf(page, "#lease-state")).startsWith("grants nothing: "),
    );
    await redis.start();
    await until("it is ready again", async () => (await fetch(`${one.url}/readyz`)).status === 200);
    expect(sampleOf(await scrape(one), "aceslot_lease_up")).toBe(1);
    await page.close();
  });
});

/** Empty as long as nothing is there. */
async function textOf(page: Page, selector: string): Promise<string> {
  const texts = await page.$$eval(selector, (elements) => elements.map(({ textContent }) => textContent));
  return texts.join("\n");
}

/** An environment that was written for acexy runs as it stands. */
import { describe, expect, test } from "bun:test";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import { type RunningBinary, scratchFolder, startBinary } from "../support/binary.ts";
import { runToEnd } from "../support/ended.ts";
import { type Player, play } from "../support/player.ts";
import { highestLoad, knowsEngines, slotsIn } from "../support/rest.ts";
import { until } from "../support/until.ts";

const KEY = "orchestrator-Key_1";

/** No flag and no command: all that it knows it knows from the environment. Each has a home of its own. */
async function fromEnvironment(env: Record<string, string>): Promise<RunningBinary> {
  const home = await scratchFolder();
  const proxy = await startBinary([], { command: [], env: { ...env, HOME: home.path } });
  return {
    ...proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

async function playing(proxy: RunningBinary, content: string): Promise<Player> {
  const player = play(`${proxy.url}/ace/getstream?id=${content}`);
  expect(await player.answered()).toBe(200);
  await player.got(188);
  return player;
}

describe("an environment for acexy", () => {
  for (const generation of [1, 2] as const)
    test(`with an orchestrator (generation ${generation}) and its key plays, keeps the cap, and reports`, async () => {
      await using world = await startWorld({ engines: 2, generation, key: KEY, media: bareMedia });
      const env = {
        ACEXY_LISTEN_ADDR: "127.0.0.1:0",
        ACEXY_ORCH_URL: world.url,
        ACEXY_ORCH_APIKEY: KEY,
        ACEXY_MAX_STREAMS_PER_ENGINE: "2",
        ACEXY_NO_RESPONSE_TIMEOUT: "1s",
        ACEXY_EMPTY_TIMEOUT: "1m",
        ACEXY_BUFFER_SIZE: "4.2MiB",
        ACEXY_CONTAINER_ID: "acexy-1",
        ACEXY_M3U8: "0",
        ACEXY_LOG_LEVEL: "INFO",
      };
      await using proxy = await fromEnvironment(env);
      await knowsEngines(proxy, 2);
      expect(await slotsIn(proxy, "free")).toBe(4);
      const players = await Promise.all([1, 2, 3, 4].map((n) => playing(proxy, contentId(n))));
      expect(world.engines.map(({ load }) => load)).toEqual([2, 2]);
      await until("its starts are booked", () => world.orchestrator.truth().streams.length === 4);
      const { lines } = await proxy.get<{ lines: { proxy: string }[] }>("/api/v1/journal");
      expect(new Set(lines.map((line) => line.proxy))).toEqual(new Set(["acexy-1"]));
      expect(highestLoad(world)).toBe(2);
      expect(await proxy.end()).toBe(0);
      expect(world.realLoad()).toBe(0);
      await until("its clients know", () => players.every(({ over }) => over === "broken"));
      await until("its ends are booked", () =>
        world.orchestrator.truth().streams.every(({ status }) => status === "ended"),
      );
      expect(world.orchestrator.counters).toMatchObject({ stream_started: 4, stream_ended: 4 });
      expect(JSON.stringify(proxy.log)).not.toContain(KEY);

      const { code, out, err } = await runToEnd(["config"], env);
      expect(code).toBe(0);
      expect(out).toMatch(/^buffer +4404019 +env ACEXY_BUFFER_SIZE$/m);
      expect(out).toMatch(/^start-timeout +10s +env ACEXY_NO_RESPONSE_TIMEOUT$/m);
      expect(out).toMatch(/^stall-timeout +(1m|60s) +env ACEXY_EMPTY_TIMEOUT$/m);
      expect(err).toContain("ACEXY_NO_RESPONSE_TIMEOUT is less than 10s");
      expect(err).not.toContain("ACEXY_M3U8");
      expect(out + err).not.toContain(KEY);
    }, 90_000);

  test("with a wrong key plays all the same, and names the key's trouble once", async () => {
    await using world = await startWorld({ engines: 1, generation: 1, key: KEY, media: bareMedia });
    await using proxy = await fromEnvironment({
      ACEXY_ADDR: "127.0.0.1:0",
      ACEXY_ORCH_URL: world.url,
      ACEXY_ORCH_APIKEY: "wrong-Key",
    });
    await knowsEngines(proxy, 1);
    await playing(proxy, contentId(1));
    const told = await until("it is told", () => {
      const lines = proxy.log.filter(({ level, message }) => level === "error" && /key/i.test(message));
      return lines.length > 0 ? lines : null;
    });
    expect(told).toHaveLength(1);
    expect(JSON.stringify(proxy.log)).not.toContain("wrong-Key");
  });

  test("with nothing but the host and port of one engine plays", async () => {
    await using world = await startWorld({ engines: 1, media: bareMedia });
    const engine = world.engines[0];
    await using proxy = await fromEnvironment({
      ACEXY_LISTEN_ADDR: "127.0.0.1:0",
      ACEXY_HOST: engine?.host ?? "",
      ACEXY_PORT: String(engine?.port),
    });
    const player = await playing(proxy, contentId(1));
    expect(engine?.load).toBe(1);
    const status = await proxy.get<object>("/ace/status");
    expect(Object.keys(status).sort()).toEqual(["clients", "stat_url", "streamId", "streams"]);
    player.leave();
    expect(await proxy.end()).toBe(0);
    expect(world.realLoad()).toBe(0);
  });
});

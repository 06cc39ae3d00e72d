/** Engines whose playback ends in the middle: their clients stay connected, and another engine takes over. */
import { describe, expect, test } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import {
  carrierOf,
  engineWorld,
  expectPackets,
  journalOf,
  PATIENCE_MS,
  PLAYS_BYTES,
  SHORT,
  SHORT_UNHURRIED,
  sessionOf,
  slotsAt,
  streamsOf,
  streamUrl,
  UNHURRIED,
} from "../support/faults.ts";
import {
  type OddEngineOptions,
  PACKETS,
  PLAYBACK_HEAD,
  startBody,
  startOddEngine,
} from "../support/odd-engine.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;

describe("E7 an engine that ends in mid-play", () => {
  for (const how of ["reset", "cut", "close", "session", "process"] as const)
    test.concurrent(
      `(${how}): the client stays connected, and another engine takes over`,
      async () => {
        await using world = await engineWorld(2, { args: UNHURRIED });
        const player = await world.playing(0, { keepBytes: 4 * PLAYS_BYTES });
        const died = carrierOf(world.engines);
        const other = died === world.first ? world.second : world.first;
        if (how === "process") await died.kill();
        else if (how === "session") sessionOf(died).end();
        else sessionOf(died).cut(how);
        await until(
          "the other engine plays",
          () => [...other.sessions.values()].some(({ reading }) => reading),
          PATIENCE_MS,
        );
        await player.got(player.bytes + 2 * PLAYS_BYTES, PATIENCE_MS);
        expect(player.over).toBeNull();
        expectPackets(player.kept);
        const { streams, ended } = await streamsOf(world.proxy);
        expect(streams).toMatchObject([{ phase: "playing", clients: 1, failovers: 1 }]);
        expect(ended).toEqual([]);
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "half-open, and stays so: another engine takes over; nothing is free without proof",
    async () => {
      await using world = await engineWorld(2);
      const player = await world.playing(0);
      const frozen = carrierOf(world.engines);
      const other = frozen === world.first ? world.second : world.first;
      frozen.freeze();
      await until("the other engine plays", () => other.load === 1, PATIENCE_MS);
      await player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS);
      expect(player.over).toBeNull();
      expect(await slotsAt(world.proxy, frozen)).toEqual(["released"]);
      frozen.thaw();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "with no way back: the connection is broken off, never ended cleanly, and the reason is kept",
    async () => {
      await using world = await engineWorld(1);
      const player = await world.playing(0);
      await world.first.kill();
      await until("the connection is over", () => player.over !== null, PATIENCE_MS);
      expect(player.over).toBe("broken");
      const { streams, ended } = await streamsOf(world.proxy);
      expect(streams).toEqual([]);
      expect(ended).toHaveLength(1);
      expect(ended[0]).toMatchObject({ played: true });
      expect(ended[0]?.reason).toMatch(/no engine took over in time: .*\w/);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

/** What has an end: the connection's end is all that tells it. */
const film: OddEngineOptions = {
  start: (socket, session) =>
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${startBody(session, { is_live: 0 })}`),
};

describe("E7 an engine that plays a film up to the end of the connection", () => {
  test.concurrent(
    "and dies in the middle of it: it is broken off, since nobody says that it is over",
    async () => {
      await using engine = await startOddEngine(film);
      await using proxy = await startBinary(["--engine", engine.address, ...SHORT]);
      const player = play(streamUrl(proxy, 0));
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      await engine.kill();
      await until("it is over", () => player.over, PATIENCE_MS);
      expect(player.over).toBe("broken");
      expect((await streamsOf(proxy)).ended).toMatchObject([{ played: true }]);
      await closing({ proxy, engines: [engine], cap: 1, players: [player] });
    },
    LIMIT_MS,
  );

  test.concurrent(
    "and lives on: it is over, and ends cleanly",
    async () => {
      await using engine = await startOddEngine({
        ...film,
        playback: (socket) => socket.end(Buffer.concat([Buffer.from(PLAYBACK_HEAD), PACKETS])),
      });
      await using proxy = await startBinary(["--engine", engine.address, ...SHORT_UNHURRIED]);
      const player = play(streamUrl(proxy, 0), { keepBytes: 2 * PACKETS.length });
      await until("it is over", () => player.over, PATIENCE_MS);
      expect([player.over, player.kept.equals(PACKETS)]).toEqual(["clean", true]);
      await closing({ proxy, engines: [engine], cap: 1, players: [player] });
    },
    LIMIT_MS,
  );
});

describe("E14 a content that somebody else takes over on the engine", () => {
  test.concurrent(
    "goes on from another engine, and is never taken back",
    async () => {
      await using world = await engineWorld(2, { args: UNHURRIED });
      const player = await world.playing(0);
      const taken = carrierOf(world.engines);
      const other = taken === world.first ? world.second : world.first;
      const rival = taken.startForeign(contentId(0));
      await until("the other engine plays", () => other.load === 1, PATIENCE_MS);
      await player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS);
      expect(player.over).toBeNull();
      expect([taken.counters.starts, other.counters.starts]).toEqual([1, 1]);
      expect(taken.sessions.has(rival.id)).toBe(true);
      rival.end();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "between our start and its answer: another engine serves",
    async () => {
      await using world = await engineWorld(2, { engine: { startDelayMs: 2_000 }, args: UNHURRIED });
      const player = world.play(0, { keepBytes: PLAYS_BYTES });
      await until("one is asked", () => world.starts() === 1);
      const taken = carrierOf(world.engines);
      const rival = taken.startForeign(contentId(0));
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      expectPackets(player.kept);
      expect([taken.counters.starts, world.starts()]).toEqual([1, 2]);
      expect(taken.sessions.has(rival.id)).toBe(true);
      rival.end();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "on the only engine, by a player that never gives in: no loop",
    async () => {
      await using world = await engineWorld(1);
      const player = await world.playing(0);
      let rival = world.first.startForeign(contentId(0));
      await until(
        "the client's connection is over",
        () => {
          if (!world.first.sessions.has(rival.id)) rival = world.first.startForeign(contentId(0));
          return player.over !== null;
        },
        PATIENCE_MS,
      );
      expect(player.over).toBe("broken");
      expect(world.first.counters.starts).toBeLessThanOrEqual(4);
      rival.end();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("E15 an engine that restarts", () => {
  test.concurrent(
    "frees its places by proof, and its streams go on elsewhere",
    async () => {
      await using world = await engineWorld(2, { cap: 2, args: UNHURRIED });
      const players = [await world.playing(0), await world.playing(1), await world.playing(2)];
      const busiest = world.engines.find(({ load }) => load === 2);
      if (busiest === undefined) throw new Error("no engine carries two streams");
      const other = busiest === world.first ? world.second : world.first;
      await busiest.kill();
      await busiest.revive();
      await until(
        "all three play again",
        () => other.load + busiest.load === 3 && other.load === 2,
        PATIENCE_MS,
      );
      await Promise.all(players.map((player) => player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS)));
      expect(players.map(({ over }) => over)).toEqual([null, null, null]);
      const causes = (await journalOf(world.proxy))
        .filter(({ to }) => to === "free")
        .map(({ cause }) => cause);
      expect(causes.length).toBeGreaterThan(0);
      for (const cause of causes) expect(cause).toBe("unknown session");
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

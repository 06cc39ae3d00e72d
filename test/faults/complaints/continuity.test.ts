/** What users complain of in the middle of a match: it stops, it freezes, and what should help makes it worse. */
import { describe, expect, test } from "bun:test";
import {
  carrierOf,
  engineWorld,
  PATIENCE_MS,
  PLAYS_BYTES,
  streamsOf,
  streamUrl,
  UNHURRIED,
} from "../../support/faults.ts";
import { pidAt } from "../../support/packets.ts";
import { until } from "../../support/until.ts";
import { watch } from "../../support/viewer.ts";

const LIMIT_MS = 90_000;
const NULL_PID = 0x1fff;

const nullPackets = (bytes: Buffer): number => {
  let count = 0;
  for (let at = 0; at + 188 <= bytes.length; at += 188) if (pidAt(bytes, at) === NULL_PID) count++;
  return count;
};

describe("U16 the engine dies, and the viewer is thrown out", () => {
  test.concurrent(
    "the same answer goes on from another engine, through three deaths in a row, and never ends cleanly",
    async () => {
      await using world = await engineWorld(4, { picture: true, args: UNHURRIED });
      const viewer = watch(streamUrl(world.proxy, 0));
      await viewer.got(PLAYS_BYTES, PATIENCE_MS);
      for (let deaths = 1; deaths <= 3; deaths++) {
        await carrierOf(world.engines).kill();
        await until(
          "another engine has taken over",
          async () => (await streamsOf(world.proxy)).streams.some(({ failovers }) => failovers === deaths),
          PATIENCE_MS,
        );
        await viewer.got(viewer.bytes + PLAYS_BYTES, PATIENCE_MS);
      }
      expect(viewer.over).toBeNull();
      viewer.leave();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("U17 filler in the wrong place", () => {
  test.concurrent(
    "no null packet comes before the first media, however long that takes",
    async () => {
      await using world = await engineWorld(1, { args: ["--start-timeout", "25s"] });
      world.first.faults.playback = { kind: "silent", forMs: 5_000 };
      const player = await world.playing(0, { keepBytes: PLAYS_BYTES });
      expect(nullPackets(player.kept)).toBe(0);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "in mid-play it keeps the player's connection alive, and keeps no dead stream: that one is broken off",
    async () => {
      await using world = await engineWorld(1, { args: ["--stall-timeout", "4s"] });
      const player = await world.playing(0, { keepBytes: 64 * 1024 * 1024 });
      Object.assign(world.first.faults, { stat: { kind: "no_progress" }, playback: { kind: "silent" } });
      for (const session of world.first.sessions.values()) session.silence();
      await until("filler comes", () => nullPackets(player.kept) > 0, PATIENCE_MS);
      await until("the dead stream is broken off", () => player.over !== null, PATIENCE_MS);
      expect(player.over).toBe("broken");
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("U18 a fail-over burns the next source, too", () => {
  test.concurrent(
    "after a switch the new engine gets the whole of its time: the old one's silence is not held against it",
    async () => {
      const args = ["--stall-timeout", "8s", "--start-timeout", "10s"];
      await using world = await engineWorld(2, { picture: true, args });
      const viewer = watch(streamUrl(world.proxy, 0));
      await viewer.got(PLAYS_BYTES, PATIENCE_MS);
      const former = carrierOf(world.engines);
      const next = former === world.first ? world.second : world.first;
      // The next one needs most of a stall's time itself before its first byte.
      next.faults.playback = { kind: "silent", forMs: 6_000 };
      former.faults.stat = { kind: "no_progress" };
      for (const session of former.sessions.values()) session.silence();
      await until("the next engine carries it", () => next.load === 1, PATIENCE_MS);
      const before = viewer.bytes;
      await viewer.got(before + 3 * PLAYS_BYTES, PATIENCE_MS);
      const { streams } = await streamsOf(world.proxy);
      expect(streams.map(({ failovers }) => failovers)).toEqual([1]);
      expect(viewer.over).toBeNull();
      viewer.leave();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

/** Starts that go wrong: who is asked next, what the client hears, and what becomes of the slot. */
import { describe, expect, test } from "bun:test";
import type { StartFault } from "../../src/sim/index.ts";
import {
  enginesOf,
  engineWorld,
  expectPackets,
  journalOf,
  LONG,
  PATIENCE_MS,
  PLAYS_BYTES,
  sessionOf,
  slotsAt,
  UNHURRIED,
} from "../support/faults.ts";
import { until } from "../support/until.ts";
import { wiredWorld } from "../support/wired-engines.ts";

const LIMIT_MS = 90_000;

/** Words that a client must hear. */
interface BadStart {
  readonly what: string;
  readonly fault: StartFault;
  readonly words: RegExp;
}

const ENGINES_FAULT: readonly BadStart[] = [
  {
    what: "an error of its own",
    fault: { kind: "error", words: "internal engine failure" },
    words: /internal engine failure/,
  },
  {
    what: "an error, with a session",
    fault: { kind: "error", words: "out of memory", effect: "during", delayMs: 200 },
    words: /out of memory/,
  },
  { what: "plain text", fault: { kind: "text", text: "Engine is busy" }, words: /Engine is busy/ },
  {
    what: "plain text, and begins",
    fault: { kind: "text", text: "Engine is busy", effect: "after" },
    words: /Engine is busy/,
  },
  { what: "nothing", fault: { kind: "empty" }, words: /empty answer/ },
  { what: "HTML", fault: { kind: "html" }, words: /HTML/ },
  {
    what: "half of its JSON, and begins",
    fault: { kind: "truncated", effect: "after" },
    words: /not the engine's JSON/,
  },
  { what: "10 MiB of JSON, and begins", fault: { kind: "huge", effect: "after" }, words: /longer than/ },
  { what: "status 500", fault: { kind: "status", status: 500, text: "worker died" }, words: /worker died/ },
  {
    what: "neither response nor error",
    fault: { kind: "json", body: { response: null, error: null } },
    words: /neither/,
  },
  {
    what: "a response without URLs, and begins",
    fault: { kind: "json", body: { response: {}, error: null }, effect: "after" },
    words: /no usable playback_url/,
  },
  {
    what: "a reset, and begins",
    fault: { kind: "reset", effect: "after" },
    words: /reset|without an answer/,
  },
];

const CONTENTS_FAULT: readonly BadStart[] = ["failed to load content", "cannot find peers"].map((words) => ({
  what: words,
  fault: { kind: "error", words },
  words: new RegExp(words),
}));

describe("E1 a start that is answered with", () => {
  for (const { what, fault, words } of ENGINES_FAULT)
    test.concurrent(
      `${what}: three engines are tried, then the client hears why; a good engine would have served`,
      async () => {
        await using world = await engineWorld(4, { args: UNHURRIED });
        for (const engine of world.engines) engine.faults.start = { ...fault };
        const refusal = await world.refused(0);
        expect(refusal).toMatchObject({ status: 502, code: "engine_error" });
        expect(refusal.message).toMatch(words);
        expect(world.engines.map(({ counters }) => counters.starts).sort()).toEqual([0, 1, 1, 1]);
        const setAside = () =>
          world.proxy.log.flatMap(({ message, engine }) =>
            message.startsWith("engine set aside") ? [String(engine)] : [],
          );
        await until("all three are set aside", () => setAside().length >= 3);
        expect(new Set(setAside()).size).toBe(3);
        for (const engine of world.engines) if (engine.counters.starts === 0) engine.faults.start = null;
        const player = await world.playing(1, { keepBytes: PLAYS_BYTES });
        expectPackets(player.kept);
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  for (const { what, fault, words } of CONTENTS_FAULT)
    test.concurrent(
      `"${what}": two engines are tried, none is set aside, and their places are free at once`,
      async () => {
        await using world = await engineWorld(4, { args: UNHURRIED });
        for (const engine of world.engines) engine.faults.start = { ...fault };
        const refusal = await world.refused(0);
        expect(refusal).toMatchObject({ status: 502, code: "engine_error" });
        expect(refusal.message).toMatch(words);
        expect(world.starts()).toBe(2);
        const views = await enginesOf(world.proxy);
        expect(views.some(({ resting }) => resting)).toBe(false);
        expect(views.flatMap(({ slots }) => slots.map(({ state }) => state))).toEqual([
          "free",
          "free",
          "free",
          "free",
        ]);
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "a fault of the first engine only: the second one serves, and the first one's place is held while it may play",
    async () => {
      await using world = await engineWorld(2, { args: [...UNHURRIED, "--release-timeout", "15s"] });
      world.first.faults.start = { kind: "text", text: "Engine is busy", effect: "after" };
      const player = await world.playing(0, { keepBytes: PLAYS_BYTES });
      expectPackets(player.kept);
      expect([world.first.counters.starts, world.second.counters.starts]).toEqual([1, 1]);
      expect(await slotsAt(world.proxy, world.first)).toEqual(["released"]);
      expect(await slotsAt(world.proxy, world.second)).toEqual(["active"]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("E3 a start that is never answered", () => {
  for (const effect of ["before", "after"] as const)
    test.concurrent(
      `(the engine ${effect === "after" ? "plays" : "does not play"}): another engine serves, nobody waits behind it, its place is held`,
      async () => {
        // Long enough that somebody else can ask and be served meanwhile, and that the place is looked at afterwards.
        const args = ["--start-timeout", "8s", "--stall-timeout", "25s", "--release-timeout", "15s"];
        await using world = await engineWorld(3, { args });
        world.first.faults.start = { kind: "hang", effect };
        const unlucky = world.play(0);
        await until("the first engine is asked", () => world.first.counters.starts === 1);
        await world.playing(1);
        expect(unlucky.status).toBeNull();
        await unlucky.got(PLAYS_BYTES, PATIENCE_MS);
        expect(await slotsAt(world.proxy, world.first)).toEqual(["released"]);
        expect(world.engines.map(({ counters }) => counters.starts)).toEqual([1, 1, 1]);
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "by the only engine: 504, and its place is held until the deadline, then it serves again",
    async () => {
      await using world = await engineWorld(1);
      world.first.faults.start = { kind: "hang", effect: "after" };
      const refusal = await world.refused(0);
      expect(refusal).toMatchObject({ status: 504, code: "engine_timeout" });
      expect(refusal.message).toContain("did not answer the start in time");
      expect(await slotsAt(world.proxy, world.first)).toEqual(["released"]);
      world.first.faults.start = null;
      await world.everythingEnds();
      await world.playing(1);
      expect(world.first.counters.starts).toBe(2);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("E4 a start that is answered late", () => {
  test.concurrent(
    "since its wire is stalled: another engine serves, and the late session is stopped when it is told",
    async () => {
      await using world = await wiredWorld(2, {
        args: ["--start-timeout", "8s", "--stall-timeout", "25s", "--release-timeout", "20s"],
      });
      for (const { link } of world.wired) link.set({ kind: "stalled" });
      const player = world.play(0, { keepBytes: PLAYS_BYTES });
      // All of them are asked whether they are there, and one to play.
      const asked = await until("one of them is asked", async () => {
        const engines = await enginesOf(world.proxy);
        const pending = engines.find(({ slots }) => slots.some(({ state }) => state === "pending"));
        return world.wired.find(({ link }) => link.address === pending?.address);
      });
      for (const { link } of world.wired) if (link !== asked.link) link.set(null);
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      expectPackets(player.kept);
      expect(await slotsAt(world.proxy, asked.link)).toEqual(["released"]);
      asked.link.set(null);
      await until("the late session is stopped", async () =>
        (await journalOf(world.proxy)).some(({ from, to }) => from === "released" && to === "free"),
      );
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "after the time-out: the late session is stopped, and counted all along",
    async () => {
      await using world = await engineWorld(1, { args: ["--release-timeout", "25s"] });
      world.first.faults.start = { kind: "late", delayMs: 9_000, times: 1 };
      expect(await world.refused(0)).toMatchObject({ status: 504, code: "engine_timeout" });
      const late = sessionOf(world.first);
      let looks = 0;
      while (world.first.load > 0) {
        const slots = await slotsAt(world.proxy, world.first);
        // While the answer was on its way the session may have ended; if it still runs now, it ran then.
        if (world.first.load === 0) break;
        expect(slots).toEqual(["released"]);
        looks++;
        await Bun.sleep(20);
      }
      expect(looks).toBeGreaterThan(0);
      expect(world.first.log.some(({ what, session }) => what === "stop" && session === late.id)).toBe(true);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "after the client has left: it is stopped, and the next client gets the place only then",
    async () => {
      await using world = await engineWorld(1, { engine: { startDelayMs: 3_000 }, args: LONG });
      const impatient = world.play(0);
      await until("the engine is asked", () => world.first.load === 1);
      impatient.leave();
      await until(
        "its place is released",
        async () => (await slotsAt(world.proxy, world.first))[0] === "released",
      );
      await world.playing(1);
      expect(
        world.first.log.filter(({ what }) => what === "begin" || what === "stop").map(({ what }) => what),
      ).toEqual(["begin", "stop", "begin"]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

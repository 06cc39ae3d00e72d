/** Everything that goes wrong with engines: what a client gets, who is asked next, and what becomes of the slot. */
import { describe, expect, test } from "bun:test";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import {
  contentId,
  FOREIGN_URL_BASES,
  infohashOf,
  type PlaybackFault,
  type StartFault,
  type StopFault,
  startWorld,
} from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import {
  allFree,
  carrierOf,
  enginesOf,
  engineWorld,
  expectPackets,
  journalOf,
  PATIENCE_MS,
  PLAYS_BYTES,
  SHORT,
  sessionOf,
  slotsAt,
  streamsOf,
  streamUrl,
  trap,
} from "../support/faults.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

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

describe("a start that is answered with", () => {
  for (const { what, fault, words } of ENGINES_FAULT)
    test.concurrent(
      `${what}: three engines are tried, then the client hears why; a good engine would have served`,
      async () => {
        await using world = await engineWorld(4);
        for (const engine of world.engines) engine.faults.start = { ...fault };
        const refusal = await world.refused(0);
        expect(refusal).toMatchObject({ status: 502, code: "engine_error" });
        expect(refusal.message).toMatch(words);
        expect(world.engines.map(({ counters }) => counters.starts).sort()).toEqual([0, 1, 1, 1]);
        expect((await enginesOf(world.proxy)).filter(({ resting }) => resting)).toHaveLength(3);
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
        await using world = await engineWorld(4);
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
      await using world = await engineWorld(2);
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

/** A server that is no engine. */
async function strangeServer(
  answer: "TLS" | "reset",
): Promise<{ address: string; readonly visits: number } & AsyncDisposable> {
  let visits = 0;
  const server = createServer((socket) => {
    visits++;
    socket.on("error", () => {});
    socket.once("data", () => {
      // What a TLS server says to plain HTTP: an alert, "unexpected message".
      if (answer === "TLS") socket.end(Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x0a]));
      else socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get visits() {
      return visits;
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

describe("an engine that cannot be talked to", () => {
  const cases = [
    {
      what: "refuses",
      make: async () => ({ address: "127.0.0.1:1", async [Symbol.asyncDispose]() {} }),
      words: /connection refused/,
    },
    { what: "resets", make: () => strangeServer("reset"), words: /reset|without an answer/ },
    {
      what: "has a name that nobody knows",
      make: async () => ({ address: "engine.invalid:6878", async [Symbol.asyncDispose]() {} }),
      words: /cannot be resolved/,
    },
    { what: "speaks TLS", make: () => strangeServer("TLS"), words: /127\.0\.0\.1:\d+/ },
  ];
  for (const { what, make, words } of cases)
    test.concurrent(
      `it ${what}: it is set aside and said to be, and others serve; alone it is a 502 with the reason`,
      async () => {
        await using bad = await make();
        await using world = await engineWorld(1, { args: ["--engine", bad.address] });
        await using alone = await startBinary(["--engine", bad.address, ...SHORT]);
        const answer = await fetch(streamUrl(alone, 0));
        expect(answer.status).toBe(502);
        const { error } = (await answer.json()) as { error: { code: string; message: string } };
        expect(error.code).toBe("engine_error");
        expect(error.message).toMatch(words);
        const ready = await alone.get<{ ready: boolean; warnings: string[] }>("/readyz");
        expect(ready.ready).toBe(false);
        expect(ready.warnings.join()).toContain("set aside");

        // Whichever of the two is asked first: the second content meets the other one.
        await world.playing(0);
        const other = world.play(1);
        await until("the bad engine is set aside", async () =>
          (await enginesOf(world.proxy)).some(({ resting }) => resting),
        );
        other.leave();
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "it is asked again until it answers, and then it serves",
    async () => {
      await using world = await engineWorld(1);
      await world.first.kill();
      expect(await world.refused(0)).toMatchObject({ status: 502, code: "engine_error" });
      await world.first.revive();
      await until("it is taken back", async () =>
        (await enginesOf(world.proxy)).every(({ resting }) => !resting),
      );
      await world.playing(0);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("a start that is never answered", () => {
  for (const effect of ["before", "after"] as const)
    test.concurrent(
      `(the engine ${effect === "after" ? "plays" : "does not play"}): another engine serves, nobody waits behind it, its place is held`,
      async () => {
        await using world = await engineWorld(3);
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

describe("a start that is answered late", () => {
  test.concurrent(
    "after the time-out: the late session is stopped, and counted all along",
    async () => {
      await using world = await engineWorld(1);
      world.first.faults.start = { kind: "late", delayMs: 4_000, times: 1 };
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
      await using world = await engineWorld(1, { engine: { startDelayMs: 1_500 } });
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

describe("a playback that", () => {
  const cases: readonly { what: string; faults: PlaybackFault[]; status?: number }[] = [
    { what: "answers 404", faults: [{ kind: "status", status: 404 }] },
    { what: "answers 500", faults: [{ kind: "status", status: 500 }] },
    { what: "closes without a byte", faults: [{ kind: "no_bytes" }] },
    { what: "is HTML", faults: [{ kind: "html" }] },
    { what: "has no sync byte", faults: [{ kind: "no_sync" }] },
    { what: "is accepted and never answered", faults: [{ kind: "hang" }], status: 504 },
    { what: "sends headers and never a byte", faults: [{ kind: "silent" }], status: 504 },
  ];
  for (const { what, faults, status = 502 } of cases)
    test.concurrent(
      `${what}: another engine serves, and of the first one nothing reaches the client`,
      async () => {
        await using world = await engineWorld(2);
        for (const engine of world.engines) engine.faults.stat = { kind: "no_progress" };
        world.first.faults.playback = faults.map((fault) => ({ ...fault }));
        if (status === 502) {
          const player = await world.playing(0, { keepBytes: PLAYS_BYTES });
          expectPackets(player.kept);
          expect([world.first.counters.starts, world.second.counters.starts]).toEqual([1, 1]);
          player.leave();
          await world.everythingEnds();
          world.second.faults.playback = faults.map((fault) => ({ ...fault }));
          await until("both are in use", async () =>
            (await enginesOf(world.proxy)).every(({ resting }) => !resting),
          );
        } else world.second.faults.playback = faults.map((fault) => ({ ...fault }));
        const refusal = await world.refused(1);
        expect(refusal).toMatchObject({ status, code: status === 502 ? "engine_error" : "engine_timeout" });
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "redirects elsewhere: nobody goes there, another engine serves",
    async () => {
      await using foreign = await trap();
      await using world = await engineWorld(2);
      world.first.faults.playback = { kind: "redirect", to: `http://${foreign.address}/ace/r/x/y` };
      const player = await world.playing(0, { keepBytes: PLAYS_BYTES });
      expectPackets(player.kept);
      expect(world.second.load).toBe(1);
      expect(foreign.visits).toBe(0);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("URLs that name another host", () => {
  for (const base of FOREIGN_URL_BASES)
    test.concurrent(
      `${base}: the engine's own address is used, to play, to ask and to stop`,
      async () => {
        await using world = await engineWorld(1);
        world.first.faults.start = { kind: "urls", base };
        const player = await world.playing(0, { keepBytes: PLAYS_BYTES });
        expectPackets(player.kept);
        player.leave();
        await until("the session is stopped", () => world.first.counters.stops > 0 && world.first.load === 0);
        await world.everythingEnds();
        expect(world.starts()).toBe(1);
      },
      LIMIT_MS,
    );

  test.concurrent(
    "the named host is never contacted",
    async () => {
      await using foreign = await trap();
      await using world = await engineWorld(1);
      for (const [content, base] of [
        `http://${foreign.address}`,
        `http://user:secret@${foreign.address}`,
        `//${foreign.address}`,
      ].entries()) {
        world.first.faults.start = { kind: "urls", base };
        (await world.playing(content)).leave();
        await world.everythingEnds();
      }
      expect(world.starts()).toBe(3);
      expect(foreign.visits).toBe(0);
    },
    LIMIT_MS,
  );
});

describe("an engine that ends in mid-play", () => {
  for (const how of ["reset", "cut", "close", "session", "process"] as const)
    test.concurrent(
      `(${how}): the client stays connected, and another engine takes over`,
      async () => {
        await using world = await engineWorld(2);
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

describe("an engine that falls silent", () => {
  test.concurrent(
    "for 2 s and goes on: nothing happens to its clients",
    async () => {
      await using world = await engineWorld(2);
      const player = await world.playing(0, { keepBytes: 1 << 20 });
      sessionOf(carrierOf(world.engines)).silence(2_000);
      const before = player.bytes;
      await player.got(before + 5 * PLAYS_BYTES, PATIENCE_MS);
      expect(player.over).toBeNull();
      expectPackets(player.kept);
      expect(world.starts()).toBe(1);
      expect((await streamsOf(world.proxy)).streams).toMatchObject([{ failovers: 0 }]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  for (const kind of ["no_progress", "unknown_session"] as const)
    test.concurrent(
      `for good (${kind}): another engine takes over`,
      async () => {
        await using world = await engineWorld(2);
        const player = await world.playing(0);
        const silent = carrierOf(world.engines);
        const other = silent === world.first ? world.second : world.first;
        sessionOf(silent).silence();
        silent.faults.stat = { kind };
        await until("the other engine plays", () => other.load === 1, PATIENCE_MS);
        await player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS);
        expect(player.over).toBeNull();
        expect(silent.counters.starts + other.counters.starts).toBe(2);
        silent.faults.stat = null;
        await world.everythingEnds();
      },
      LIMIT_MS,
    );
});

describe("a stop that", () => {
  const cases: readonly { what: string; fault: StopFault }[] = [
    { what: "hangs", fault: { kind: "hang" } },
    { what: "is refused", fault: { kind: "error", words: "engine is busy" } },
    { what: "answers 500", fault: { kind: "status", status: 500 } },
    { what: "is reset", fault: { kind: "reset" } },
  ];
  for (const { what, fault } of cases)
    test.concurrent(
      `${what}: the place is held until the engine says that the session is gone; nobody waits who can be served elsewhere`,
      async () => {
        await using world = await engineWorld(2);
        const zapper = await world.playing(0);
        const slow = carrierOf(world.engines);
        slow.faults.stop = { ...fault };
        zapper.leave();
        await until("it is stopped", () => slow.counters.stops > 0);
        await world.playing(1);
        expect(await slotsAt(world.proxy, slow)).toEqual(["released"]);
        expect(slow.load).toBe(1);
        // The only other place is that one: it is not given away before the engine has ended the session itself.
        await until("the engine gave up", () => slow.load === 0, PATIENCE_MS);
        expect(slow.log.some(({ what: happened }) => happened === "expire")).toBe(true);
        // A stop that hangs has a deadline of its own, after which the rest follows.
        if (fault.kind !== "hang") expect(slow.counters.stops).toBeGreaterThan(1);
        if (fault.kind !== "hang") expect(slow.counters.stats).toBeGreaterThan(0);
        slow.faults.stop = null;
        await world.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "is answered with an unknown session: that confirms it",
    async () => {
      await using world = await engineWorld(1);
      world.first.faults.stop = { kind: "unknown_session" };
      (await world.playing(0)).leave();
      await world.everythingEnds();
      expect(world.first.counters.stops).toBe(1);
      const freed = (await journalOf(world.proxy)).filter(({ to }) => to === "free");
      expect(freed).toMatchObject([{ from: "released", cause: "unknown session" }]);
    },
    LIMIT_MS,
  );
});

describe("a content that somebody else takes over on the engine", () => {
  test.concurrent(
    "goes on from another engine, and is never taken back",
    async () => {
      await using world = await engineWorld(2);
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

describe("an engine that restarts", () => {
  test.concurrent(
    "frees its places by proof, and its streams go on elsewhere",
    async () => {
      await using world = await engineWorld(2, { cap: 2 });
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

describe("one engine in two list entries", () => {
  for (const generation of [1, 2] as const)
    for (const enginesTwice of ["same", "other_name"] as const)
      test.concurrent(
        `generation ${generation}, ${enginesTwice === "same" ? "the same record" : "another name"}: one cap`,
        async () => {
          await using world = await startWorld({ engines: 2, generation, unreadSessionMs: 3_000 });
          world.orchestrator.faults.enginesTwice = enginesTwice;
          await using proxy = await startBinary(["--orchestrator", world.url, ...SHORT]);
          await until("the engines are known", async () => (await enginesOf(proxy)).length >= 2);
          expect(await enginesOf(proxy)).toHaveLength(2);
          const players = [0, 1, 2, 3].map((content) => play(streamUrl(proxy, content)));
          const statuses = await Promise.all(players.map((player) => player.answered(PATIENCE_MS)));
          expect(statuses.toSorted()).toEqual([200, 200, 503, 503]);
          expect(Math.max(...world.peakLoads().values())).toBe(1);
          for (const player of players) player.leave();
          await allFree(proxy, world.engines);
        },
        LIMIT_MS,
      );

  test.concurrent(
    "of a plain list, by name and by address: one cap",
    async () => {
      await using world = await engineWorld(1);
      const args = ["--engine", world.first.address, "--engine", `localhost:${world.first.port}`];
      await using proxy = await startBinary([...args, ...SHORT]);
      const players = [0, 1].map((content) => play(streamUrl(proxy, content)));
      const statuses = await Promise.all(players.map((player) => player.answered(PATIENCE_MS)));
      expect(statuses.toSorted()).toEqual([200, 503]);
      expect(world.first.peakLoad).toBe(1);
      for (const player of players) player.leave();
      await allFree(proxy, world.engines);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "an id that moves to another port: the old port's stream plays on, and counts",
    async () => {
      await using world = await startWorld({ engines: 2, unreadSessionMs: 3_000 });
      const [a, b] = world.engines;
      if (a === undefined || b === undefined) throw new Error("two engines are needed");
      const { orchestrator } = world;
      const id = orchestrator.containerIdOf(a);
      orchestrator.removeEngine(orchestrator.containerIdOf(b));
      await using proxy = await startBinary(["--orchestrator", world.url, ...SHORT]);
      await until("the engine is known", async () => (await enginesOf(proxy)).length === 1);
      const player = play(streamUrl(proxy, 0));
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      orchestrator.relist(id, { port: b.port });
      await until(
        "the move is seen",
        async () => (await enginesOf(proxy)).some(({ address }) => address === b.address),
        PATIENCE_MS,
      );
      await player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS);
      expect(player.over).toBeNull();
      player.leave();
      await allFree(proxy, world.engines);
      expect(a.log.some(({ what }) => what === "stop")).toBe(true);
      expect(infohashOf(contentId(0))).toHaveLength(40);
    },
    LIMIT_MS,
  );
});

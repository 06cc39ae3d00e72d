/** What an engine calls its URLs: its own address is used, whatever they name, with the path and query that they have. */
import { describe, expect, test } from "bun:test";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import {
  enginesOf,
  PATIENCE_MS,
  PLAYS_BYTES,
  refusedAt,
  SHORT_UNHURRIED,
  streamUrl,
  trap,
} from "../support/faults.ts";
import { again, PACKETS, PLAYBACK_HEAD, startBody, startOddEngine } from "../support/odd-engine.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;
const PATH = "/ace/r/x/";

/** By what stands before the path: all of them lead to the engine's own address. */
const BEFORE_PATH = (foreign: string): readonly string[] => [
  `http://${foreign}`,
  `HTTP://${foreign}`,
  `https://user:secret@${foreign}`,
  `//${foreign}`,
  `gopher://${foreign}`,
  "file://",
  "http://169.254.169.254",
  "http://[fe80::1%25eth0]:80",
  "http://engine:99999",
  `http://engine\\@${foreign}`,
  `http://${foreign}:80@engine:443`,
];

/** What names no path at an engine. */
const UNUSABLE: readonly unknown[] = [
  ...[
    "",
    "file:/etc/passwd",
    "javascript:alert(1)",
    "data:video/mp2t,x",
    "http://engine",
    "http://engine/?a=1",
  ],
  ...["/ace/r/x/y", "ace/r/x/y", null, 42, {}, ["http://engine/ace/r/x/y"]],
];

describe("E6 URLs of an answer", () => {
  test.concurrent(
    "lead to the engine's own address, whatever stands before their path; the query stays, and nobody else is asked",
    async () => {
      await using foreign = await trap();
      const bases = BEFORE_PATH(foreign.address);
      await using engine = await startOddEngine();
      const cap = bases.length;
      const args = ["--engine", engine.address, "--max-streams-per-engine", String(cap)];
      await using proxy = await startBinary([...args, ...SHORT_UNHURRIED]);
      const players = [];
      for (const [index, base] of bases.entries()) {
        engine.set({
          start: (socket, session) =>
            socket.end(
              `HTTP/1.1 200 OK\r\n\r\n${startBody(session, {
                playback_url: `${base}${PATH}${session.id}?a=1&b=%2F..%2F`,
                stat_url: `${base}/ace/stat/x/${session.id}?c=2`,
                command_url: `${base}/ace/cmd/x/${session.id}?d=3`,
              })}`,
            ),
        });
        const player = play(streamUrl(proxy, index));
        players.push(player);
        await player.got(PLAYS_BYTES, PATIENCE_MS).catch(() => expect(`${base} plays`).toBe("yes"));
      }
      const ids = engine.asked.flatMap(({ target }) => new RegExp(`^${PATH}(.*)[?]`).exec(target)?.[1] ?? []);
      expect(ids).toHaveLength(cap);
      await until(
        "all are asked for their statistics",
        () => ids.every((id) => engine.asked.some(({ target }) => target === `/ace/stat/x/${id}?c=2`)),
        PATIENCE_MS,
      );
      await closing({ proxy, engines: [engine], cap, players });
      const targets = engine.asked.map(({ target }) => target);
      for (const id of ids) {
        expect(targets).toContain(`${PATH}${id}?a=1&b=%2F..%2F`);
        expect(targets).toContain(`/ace/cmd/x/${id}?d=3&method=stop`);
      }
      expect(foreign.visits).toBe(0);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "that name no place at an engine are not asked for; the session is stopped at once, and another engine is tried",
    async () => {
      const engines = await Promise.all(
        UNUSABLE.map((playback_url) =>
          startOddEngine({
            start: (socket, session) =>
              socket.end(`HTTP/1.1 200 OK\r\n\r\n${startBody(session, { playback_url })}`),
          }),
        ),
      );
      await using made = new AsyncDisposableStack();
      for (const engine of engines) made.use(engine);
      const args = engines.flatMap(({ address }) => ["--engine", address]);
      await using proxy = await startBinary([...args, ...SHORT_UNHURRIED]);
      // Three of them are tried for each request, and set aside.
      for (let content = 0; content * 3 < engines.length; content++) {
        const refusal = await refusedAt(proxy, content);
        expect(refusal).toMatchObject({ status: 502, code: "engine_error" });
        expect(refusal.message).toContain("no usable playback_url");
        // Proof, and not the release deadline: it was stopped before anybody heard of it.
        const views = await enginesOf(proxy);
        expect(views.flatMap(({ slots }) => slots).filter(({ state }) => state !== "free")).toEqual([]);
      }
      expect(engines.map(({ starts, stops, load }) => [starts > 0, stops === starts, load])).toEqual(
        engines.map(() => [true, true, 0]),
      );
      await closing({ proxy, engines, cap: 1 });
    },
    LIMIT_MS,
  );

  test.concurrent(
    "may lead on within the engine, three times and not for ever, and nowhere else",
    async () => {
      await using foreign = await trap();
      await using engine = await startOddEngine();
      const args = ["--engine", engine.address, "--max-streams-per-engine", "4"];
      await using proxy = await startBinary([...args, ...SHORT_UNHURRIED]);
      const leadsTo = (to: (steps: number) => string | null) => {
        let steps = 0;
        engine.set({
          playback(socket, session) {
            const next = to(steps++);
            if (next === null) {
              socket.write(PLAYBACK_HEAD);
              again(socket, 100, () => PACKETS);
            } else socket.end(`HTTP/1.1 302 Found\r\nLocation: ${next}${PATH}${session.id}\r\n\r\n`);
          },
        });
      };
      leadsTo((steps) => (steps < 3 ? "" : null));
      const player = play(streamUrl(proxy, 0));
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      for (const [index, base] of ["", `http://${foreign.address}`, `//${foreign.address}`].entries()) {
        leadsTo(() => base);
        const { message } = await refusedAt(proxy, index + 1);
        expect(message).toMatch(base === "" ? /again and again/ : /redirects to another host/);
        await until("it is taken back", async () => (await proxy.get<{ ready: boolean }>("/readyz")).ready);
      }
      expect(foreign.visits).toBe(0);
      await closing({ proxy, engines: [engine], cap: 4, players: [player] });
    },
    LIMIT_MS,
  );
});

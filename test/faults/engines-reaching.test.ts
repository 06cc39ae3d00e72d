/** Engines that cannot be talked to. */
import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { scratchFolder, startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import { doctor } from "../support/doctor.ts";
import {
  enginesOf,
  engineWorld,
  PATIENCE_MS,
  PLAYS_BYTES,
  refusedAt,
  SHORT,
  SHORT_UNHURRIED,
  streamUrl,
  UNHURRIED,
} from "../support/faults.ts";
import { startOddEngine } from "../support/odd-engine.ts";
import { play } from "../support/player.ts";
import { run } from "../support/run.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;

/** A server that is no engine. */
async function strangeServer(
  answer: "TLS" | "reset" | "nothing",
): Promise<{ address: string; readonly visits: number } & AsyncDisposable> {
  let visits = 0;
  await using made = new AsyncDisposableStack();
  const visit = (socket: Socket): void => {
    visits++;
    socket.on("error", () => {});
    // What a TLS server says to plain HTTP is its own affair.
    if (answer === "reset") socket.once("data", () => socket.resetAndDestroy());
    if (answer === "nothing") socket.resume().end();
  };
  const server = answer === "TLS" ? createTlsServer(await certificate()) : createServer();
  server.on("connection", visit);
  if (answer === "TLS") server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  made.defer(() => new Promise((resolve) => server.close(() => resolve())));
  const ends = made.move();
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get visits() {
      return visits;
    },
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

async function certificate(): Promise<{ key: Buffer; cert: Buffer }> {
  await using folder = await scratchFolder();
  const [key, cert] = [join(folder.path, "key.pem"), join(folder.path, "cert.pem")];
  const how = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=engine"];
  const { code, err } = await run(["openssl", ...how, "-keyout", key, "-out", cert], { cwd: folder.path });
  if (code !== 0) throw new Error(err);
  return { key: await readFile(key), cert: await readFile(cert) };
}

describe("E2 an engine that cannot be talked to", () => {
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
    { what: "hangs up", make: () => strangeServer("nothing"), words: /reset|without an answer/ },
    { what: "speaks TLS", make: () => strangeServer("TLS"), words: /127\.0\.0\.1:\d+/ },
  ];
  for (const { what, make, words } of cases)
    test.concurrent(
      `it ${what}: it is set aside and said to be, and others serve; alone it is a 502 with the reason`,
      async () => {
        await using bad = await make();
        await using world = await engineWorld(1, { args: ["--engine", bad.address, ...UNHURRIED] });
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
      await using world = await engineWorld(1, { args: UNHURRIED });
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

  test.concurrent(
    "it is set aside for a pause that grows, though it answers in between; /readyz, doctor and metrics say so",
    async () => {
      await using engine = await startOddEngine();
      const args = ["--engine", engine.address, "--max-streams-per-engine", "4"];
      await using proxy = await startBinary([...args, ...SHORT_UNHURRIED]);
      const pauses: number[] = [];
      const start = (socket: Socket) => socket.resetAndDestroy();
      for (let faults = 1; faults <= 3; faults++) {
        // It is not taken back before all of that has been looked at.
        engine.set({
          start,
          version: (socket) => socket.end("HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n"),
        });
        expect(await refusedAt(proxy, faults)).toMatchObject({ status: 502, code: "engine_error" });
        const ready = await proxy.get<{ ready: boolean; reasons: string[]; warnings: string[] }>("/readyz");
        expect(ready).toMatchObject({ ready: false, reasons: ["no engine is usable"] });
        expect(ready.warnings).toContain(`set aside after faults: ${engine.address}`);
        const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
        expect(metrics).toContain(`aceslot_engine_set_aside{engine="${engine.address}"} 1`);
        expect(metrics).toContain(`aceslot_engine_set_asides_total ${faults}`);
        if (faults === 3) {
          const told = await doctor(["--listen", proxy.url.replace("http://", ""), ...args]);
          const running = told.of("running proxy").map(({ found }) => found);
          expect(running).toContain(`set aside after faults: ${engine.address}`);
        }
        engine.set({ start });
        const failed = engine.asked.findLast(({ target }) => target.startsWith("/ace/getstream"));
        const asked = engine.asked.length;
        await until("it is taken back", async () => (await proxy.get<{ ready: boolean }>("/readyz")).ready);
        const probe = engine.asked.slice(asked).find(({ target }) => target.startsWith("/webui/"));
        pauses.push((probe?.atMs ?? 0) - (failed?.atMs ?? 0));
      }
      // 1, 2 and 4 s; half of it where this process was late to see its own part.
      for (const [index, pauseMs] of pauses.entries()) expect(pauseMs).toBeGreaterThan(500 * 2 ** index);
      engine.set({});
      const player = play(streamUrl(proxy, 9));
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      // It has played: the next pause is the first one again.
      engine.set({ start });
      await refusedAt(proxy, 10);
      const told = () => proxy.log.filter(({ message }) => message.startsWith("engine set aside"));
      await until("that is told, too", () => told().length > pauses.length);
      expect(told().at(-1)).toMatchObject({ faults: 1 });
      await closing({ proxy, engines: [engine], cap: 4, players: [player] });
    },
    LIMIT_MS,
  );
});

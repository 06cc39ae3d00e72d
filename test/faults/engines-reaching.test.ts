/** Engines that cannot be talked to. */
import { describe, expect, test } from "bun:test";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { startBinary } from "../support/binary.ts";
import { enginesOf, engineWorld, SHORT, streamUrl } from "../support/faults.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;

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

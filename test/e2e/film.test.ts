/** Content that has an end: a film, not a channel. */
import { expect, test } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bareMedia, contentId } from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import { play } from "../support/player.ts";
import { slotsIn } from "../support/rest.ts";
import { until } from "../support/until.ts";

const FILM = Buffer.from(bareMedia({ content: contentId(1), caption: "" }).read(0, 8_000));

/** An engine that plays one film of 1.5 MB, and says so. */
async function startFilmEngine() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://engine");
    asked.push(url.pathname);
    const json = (body: unknown) => response.end(JSON.stringify(body));
    if (url.pathname === "/ace/getstream")
      json({
        response: {
          playback_url: "http://engine/film",
          stat_url: "http://engine/stat",
          command_url: "http://engine/cmd",
          infohash: "f".repeat(40),
          playback_session_id: "one",
          is_live: 0,
        },
        error: null,
      });
    else if (url.pathname === "/film") response.end(FILM);
    else if (url.pathname === "/stat")
      json({ response: { status: "dl", peers: 1, downloaded: 1 }, error: null });
    else json({ response: "ok", error: null });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: (path: string) => asked.filter((one) => one === path).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("a film is played once, to its last byte, and ends cleanly", async () => {
  await using engine = await startFilmEngine();
  await using proxy = await startBinary(["--engine", engine.address, "--state-dir", "none"]);
  const url = `${proxy.url}/ace/getstream?id=${contentId(1)}`;
  const players = [play(url, { keepBytes: FILM.length + 1 }), play(url, { keepBytes: FILM.length + 1 })];
  for (const player of players) await until("the film is over", () => player.over);
  for (const player of players) {
    expect(player.over).toBe("clean");
    expect(player.kept.equals(FILM)).toBe(true);
  }
  await until("the place is free again", async () => (await slotsIn(proxy, "free")) === 1);
  expect(engine.count("/ace/getstream")).toBe(1);
  expect(engine.count("/film")).toBe(1);
  const { ended } = await proxy.get<{ ended: { reason: string; last: { bytesIn: number } }[] }>(
    "/api/v1/streams",
  );
  expect(ended.map(({ reason, last }) => [reason, last.bytesIn])).toEqual([
    ["the content is over", FILM.length],
  ]);
});

test("an HTTP proxy that the environment names is not asked for engines", async () => {
  await using engine = await startFilmEngine();
  const nowhere = "http://127.0.0.1:9";
  await using proxy = await startBinary(["--engine", engine.address, "--state-dir", "none"], {
    env: { HTTP_PROXY: nowhere, http_proxy: nowhere, ALL_PROXY: nowhere },
  });
  const player = play(`${proxy.url}/ace/getstream?id=${contentId(1)}`);
  expect(await player.answered()).toBe(200);
  await player.got(FILM.length);
});

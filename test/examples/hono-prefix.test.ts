/** The proxy as a part of another Hono application: both have their routes, and links carry the prefix. */
import { expect, test } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";
import { startEngines } from "./engines.ts";
import { commandsOf, startExample } from "./example.ts";

const FILE = "hono-prefix/main.ts";

for (const runtime of commandsOf(FILE).keys())
  test.concurrent(`inside a Hono application on ${runtime}, below a prefix`, async () => {
    await using engines = await startEngines(1);
    await using example = await startExample(FILE, runtime, { engines: engines.addresses });
    const url = await example.url();
    const text = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();

    expect(await text("/")).toContain("Television");
    expect(await text("/tv/")).toContain("<title>aceslot");
    const links = (await text("/tv/playlist.m3u")).match(/^http.*$/gm) ?? [];
    expect(links).toHaveLength(2);
    for (const link of links) expect(link).toStartWith(`${url}/tv/ace/getstream/`);

    const player = play(links[0] ?? "");
    expect(await player.answered()).toBe(200);
    await player.got(188 * 100);
    const { clients } = await (await fetch(`${url}/tv/api/v1/clients`)).json();
    expect(clients).toEqual([expect.objectContaining({ address: "127.0.0.1" })]);
    expect(await (await fetch(`${url}/now`)).json()).toEqual({
      playing: [`id:${links[0]?.match(/[0-9a-f]{40}/)?.[0] ?? contentId(1)}`],
      waiting: 0,
    });
    expect((await fetch(`${url}/ace/getstream?id=${contentId(1)}`)).status).toBe(404);

    expect(await example.end()).toBe(0);
    expect(await until("the player sees its end", () => player.over)).toBe("broken");
    expect(engines.loads).toEqual([0]);
    expect(example.errors).toBe("");
  });

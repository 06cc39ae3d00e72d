/** The whole system in one Deno process: what it prints can be opened, and Ctrl+C ends it. */
import { expect, test } from "bun:test";
import { play } from "../support/player.ts";
import { startExample, withoutNotesOfDeno } from "./example.ts";

test("the demo on Deno plays what it prints, and ends at Ctrl+C", async () => {
  await using example = await startExample("deno-demo/main.ts", "deno");
  const url = await example.url();
  const streams = example.lines.flatMap((line) => line.match(/http\S+getstream\S+/) ?? []);
  expect(streams).toHaveLength(2);
  const players = streams.map((stream) => play(stream));
  for (const player of players) {
    expect(await player.answered()).toBe(200);
    await player.got(188 * 100);
  }
  expect(await (await fetch(`${url}/api/v1/streams`)).json()).toMatchObject({ streams: [{}, {}] });
  expect(await example.end("SIGINT")).toBe(0);
  expect(withoutNotesOfDeno(example.errors)).toBe("");
});

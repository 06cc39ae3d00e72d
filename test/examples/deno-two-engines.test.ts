/** Two engines behind one address on Deno: one stream each, no permission that is missing, and nothing left behind. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";
import { startEngines, streamOf } from "./engines.ts";
import { commandsOf, ROOT, startExample, withoutNotesOfDeno } from "./example.ts";

test("a Deno script with two engines plays one stream on each, with leave for these addresses and no others", async () => {
  await using engines = await startEngines(2);
  await using example = await startExample("deno-two-engines/main.ts", "deno", {
    engines: engines.addresses,
  });
  const url = await example.url();
  const players = [1, 2].map((content) => play(streamOf(url, content)));
  for (const player of players) {
    expect(await player.answered()).toBe(200);
    expect(player.headers["content-type"]).toBe("video/mp2t");
    await player.got(188 * 100);
  }
  expect(engines.loads).toEqual([1, 1]);
  expect(await example.end()).toBe(0);
  await until("both see their end", () => players.every(({ over }) => over !== null));
  // Ended by the proxy: neither is told that its stream is over.
  expect(players.map(({ over }) => over)).toEqual(["broken", "broken"]);
  expect(engines.loads).toEqual([0, 0]);
  // Nothing about a permission.
  expect(withoutNotesOfDeno(example.errors)).toBe("");
});

test("its head has the page's command, with the least permissions that there can be", () => {
  const [command = ""] = [...commandsOf("deno-two-engines/main.ts").values()].map((words) => words.join(" "));
  const [, , allowed] = command.split(" ");
  expect(allowed).toBe("--allow-net=0.0.0.0:6879,192.168.1.20:6878,192.168.1.21:6878");
  expect(command.match(/--\S+/g)).toEqual([`${allowed}`]);
  const head = readFileSync(join(ROOT, "docs/examples/deno-two-engines/main.ts"), "utf8");
  expect(head).toContain(` ${command.replace("docs/examples/deno-two-engines/", "")}\n`);
});

/** A ranking of one's own: the fullest engine first. The check of it: test/unit/check-examples.test.ts. */
import { expect, test } from "bun:test";
import { play } from "../support/player.ts";
import { startEngines, streamOf } from "./engines.ts";
import { commandsOf, startExample } from "./example.ts";

const FILE = "ranking/main.ts";

for (const runtime of commandsOf(FILE).keys())
  test.concurrent(`a proxy with a ranking of one's own on ${runtime} fills one engine before the next`, async () => {
    await using engines = await startEngines(2);
    await using example = await startExample(FILE, runtime, { engines: engines.addresses });
    const url = await example.url();
    const loads: string[] = [];
    for (const content of [1, 2, 3]) {
      const player = play(streamOf(url, content));
      expect(await player.answered()).toBe(200);
      loads.push(engines.loads.toSorted().toReversed().join());
    }
    // Ours would be "1,0", "1,1", "2,1".
    expect(loads).toEqual(["1,0", "2,0", "2,1"]);
    expect(await example.end()).toBe(0);
    expect(engines.loads).toEqual([0, 0]);
    expect(example.errors).toBe("");
  });

/** Models on GPUs, by the selector alone. */
import { expect, test } from "bun:test";
import { commandsOf, startExample } from "./example.ts";

const FILE = "gpu-pool/main.ts";

for (const runtime of commandsOf(FILE).keys())
  test.concurrent(`models share two GPUs on ${runtime}, never more than there is memory for`, async () => {
    await using example = await startExample(FILE, runtime);
    expect([await example.ended, example.errors]).toEqual([0, ""]);
    expect(example.lines).toEqual([
      '12 answers, the last one: gemma read "page 3"',
      'gemma read "page 4"',
      "no_capacity: no slot is free now: all 3 slots of 2 resources are held",
      "gpu-0: at most 1 loaded at once, 0 now",
      "gpu-1: at most 2 loaded at once, 0 now",
      "6 models were loaded",
    ]);
  });

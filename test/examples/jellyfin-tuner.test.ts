/** The tuner in 40 lines: what it prints, what is in its file, and that it leaves nothing playing. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openTestStream } from "../../src/sim/media/index.ts";
import { scratchFolder } from "../support/binary.ts";
import { run } from "../support/run.ts";
import { startEngines } from "./engines.ts";
import { commandsOf, ROOT, startExample } from "./example.ts";

const FILE = "jellyfin-tuner/main.ts";

for (const runtime of commandsOf(FILE).keys())
  test.concurrent(`the tuner on ${runtime} finds the channels, and records one that plays`, async () => {
    await using engines = await startEngines(1, openTestStream);
    await using folder = await scratchFolder();
    const file = join(folder.path, "recording.ts");
    await using example = await startExample(FILE, runtime, {
      engines: engines.addresses,
      words: { "10": "1", "recording.ts": file },
    });
    expect([await example.ended, example.errors]).toEqual([0, ""]);
    expect(example.lines).toEqual([
      expect.stringMatching(/^aceslot.*: 1 tuners, 2 channels$/),
      expect.stringMatching(/^Channel One: \d+\.\d MB in .*recording\.ts$/),
    ]);
    expect(engines.all[0]?.log.map(({ what }) => what)).toContain("start");
    expect(engines.loads).toEqual([0]);

    const { code, out, err } = await run(
      [
        "ffprobe",
        "-v",
        "error",
        "-show_entries",
        "stream=codec_name:format=format_name,duration",
        "-of",
        "json",
        file,
      ],
      { cwd: folder.path },
    );
    expect([code, err]).toEqual([0, ""]);
    const { streams, format } = JSON.parse(out);
    expect(streams.map(({ codec_name }: { codec_name: string }) => codec_name).sort()).toEqual([
      "aac",
      "h264",
    ]);
    expect(format.format_name).toBe("mpegts");
    expect(Number(format.duration)).toBeGreaterThan(1);
  });

test("a channel that there is not ends it with a word, and starts nothing", async () => {
  await using engines = await startEngines(1);
  await using example = await startExample(FILE, "bun", {
    engines: engines.addresses,
    words: { "Channel One": "9" },
  });
  expect(await example.ended).toBe(1);
  expect(example.errors).toContain("there is no channel 9");
  expect(engines.all[0]?.counters.starts).toBe(0);
});

test("the tuner has 40 lines", () => {
  const source = readFileSync(join(ROOT, "docs/examples", FILE), "utf8");
  const [, code = ""] = source.split("*/\n");
  expect(code.trim().split("\n").length).toBeLessThanOrEqual(40);
});

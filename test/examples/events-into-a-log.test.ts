/** Events as lines of JSON: who got which slot, why a stream ended, when the slot was free again. */
import { expect, test } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";
import { startEngines, streamOf } from "./engines.ts";
import { commandsOf, type RunningExample, startExample } from "./example.ts";

const FILE = "events-into-a-log/main.ts";

type Line = { readonly event: string } & Readonly<Record<string, unknown>>;
/** Every line is a whole object with a time; the time is left out, since it is another one every time. */
const linesOf = (example: RunningExample): Line[] =>
  example.lines.map((text) => {
    const { at, ...line } = JSON.parse(text);
    expect(at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    return line;
  });

for (const runtime of commandsOf(FILE).keys())
  test.concurrent(`the log on ${runtime} tells the whole life of a stream, and why it ended`, async () => {
    await using engines = await startEngines(1);
    await using example = await startExample(FILE, runtime, { engines: engines.addresses });
    const url = await example.url();
    const player = play(streamOf(url, 1));
    expect(await player.answered()).toBe(200);
    await player.got(188 * 100);
    const seen = (event: string) => until(event, () => linesOf(example).find((line) => line.event === event));
    const { stream, engine, ...taken } = await seen("slot taken");
    expect(taken).toEqual({ event: "slot taken", content: `id:${contentId(1)}`, slot: 0, load: 1 });

    await fetch(`${url}/api/v1/streams/${stream}`, { method: "DELETE" });
    const ended = await seen("ended");
    expect(ended).toMatchObject({ stream, engine: engines.addresses[0], played: true });
    expect(ended.reason).toBe("ended by hand");
    expect(ended.bytes).toBeGreaterThanOrEqual(188 * 100);
    expect(await seen("slot free")).toMatchObject({ engine, slot: 0, cause: "stop confirmed" });

    expect(await example.end()).toBe(0);
    expect(example.errors).toBe("");
  });

import { describe, expect, test } from "bun:test";
import { bareMedia, contentId, infohashOf, type SimEngine, startWorld } from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import { holdTimers, json, raw, start, stop } from "./sim-calls.ts";

type Fields = Record<string, unknown>;
const A = contentId(1);
const B = contentId(2);

describe("a simulated world", () => {
  test("adds up what its engines really carry, and their peaks", async () => {
    await using w = await startWorld({ engines: 3, media: bareMedia });
    const [one, two] = w.engines as [SimEngine, SimEngine];
    const first = await start(one, `id=${A}`);
    await start(one, `id=${B}`);
    await start(two, `id=${A}`);
    await stop(first);
    expect(w.realLoad()).toBe(2);
    expect([...w.peakLoads()]).toEqual([
      ["engine-1", 2],
      ["engine-2", 1],
      ["engine-3", 0],
    ]);
    w.resetPeakLoads();
    expect(w.peakLoads().get("engine-1")).toBe(1);
    expect(w.engine("engine-2")).toBe(two);
  });

  test("a foreign stream is real load, and listed once the lag is over", async () => {
    for (const generation of [1, 2] as const) {
      await using w = await startWorld({ engines: 1, generation, lagMs: 40 });
      using timers = holdTimers();
      const engine = w.engine("engine-1");
      const streams = (): Promise<Fields[]> => json(`${w.url}${generation === 1 ? "" : "/api/v1"}/streams`);
      const foreign = w.orchestrator.addForeignStream(engine, A);
      expect([w.realLoad(), await streams()]).toEqual([1, []]);
      timers.release();
      await until("it is listed", async () => (await streams()).length === 1);
      expect((await streams())[0]).toMatchObject({
        id: foreign.id,
        key: A,
        playback_session_id: foreign.playbackSessionId,
        container_id: w.orchestrator.containerIdOf(engine),
        stat_url: `http://${engine.address}/ace/stat/${infohashOf(A)}/${foreign.playbackSessionId}`,
        status: "started",
      });
      foreign.end();
      expect(w.realLoad()).toBe(0);
      await until("it is gone", async () => (await streams()).every((stream) => stream.status === "ended"));
    }
  });

  test("passes its options on to engines, provisioned ones too", async () => {
    await using w = await startWorld({ engines: 1, unreadSessionMs: 30, provision: { delayMs: 0, max: 2 } });
    await fetch(`${w.url}/provision/acestream`, { method: "POST", body: "{}" });
    await start(w.engine("engine-2"), `id=${A}`);
    await until("it expires unread", () => w.realLoad() === 0);
    expect(w.peakLoads().get("engine-2")).toBe(1);
  });

  test("leaves nothing open when it is closed", async () => {
    const w = await startWorld({ engines: 2 });
    await w.close();
    const doors = [w.url, ...w.engines.map((engine) => `http://${engine.address}`)];
    expect(await Promise.all(doors.map(async (door) => (await raw(door)).end))).toEqual(
      doors.map(() => "refused"),
    );
  });
});

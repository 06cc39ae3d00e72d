/** C5: very many clients at once: one start, and no more memory for each than its connection takes. */
import { expect, test } from "bun:test";
import { LONG, PATIENCE_MS } from "../support/faults.ts";
import { residentOf } from "../support/resident.ts";
import { until } from "../support/until.ts";
import type { Viewer } from "../support/viewer.ts";
import { expectWhole, figuresOf, PLAYS_BYTES, viewing } from "../support/viewing.ts";

const LIMIT_MS = 180_000;
/** So many are slow on a machine that has other things to do. */
const CROWD_PATIENCE_MS = 2 * PATIENCE_MS;

test(
  "C5 a thousand clients who ask within a second share one start, and all are served",
  async () => {
    const COUNT = 1_000;
    await using place = await viewing({ bitsPerSecond: 200_000, engine: { startDelayMs: 500 }, args: LONG });
    const viewers = Array.from({ length: COUNT }, () => place.watch());
    const isServed = (viewer: Viewer): boolean => viewer.status === 200 && viewer.bytes >= PLAYS_BYTES;
    await until("all are served", () => viewers.every(isServed), CROWD_PATIENCE_MS);
    expect(await figuresOf(place.world)).toMatchObject({ clients: COUNT });
    expect(place.world.starts()).toBe(1);
    // Those who came before the first byte all begin with it.
    const firsts = new Set(viewers.map(({ packets }) => packets.first));
    expect(firsts.size).toBe(1);
    for (const viewer of viewers) expectWhole(viewer);
    await place.nothingIsLeft();
  },
  LIMIT_MS,
);

test(
  "C5 five hundred who join within a second cost no start, and memory grows with streams, not with them",
  async () => {
    const [COUNT, STREAMS, BUFFER_MIB] = [500, 8, 8];
    await using place = await viewing({
      bitsPerSecond: 500_000,
      cap: STREAMS,
      args: ["--buffer", `${BUFFER_MIB}MiB`, ...LONG],
    });
    const { world } = place;
    const { proxy, first: engine } = world;
    // The rings are full from here on: what comes is as much as what is forgotten.
    engine.faults.playback = { kind: "burst", bytes: 2 * BUFFER_MIB * 2 ** 20 };
    const ownMib = async (): Promise<number> => (await residentOf(proxy.pid)).own / 2 ** 20;
    const filled = async (streams: number): Promise<boolean> => {
      const { streams: all } = await proxy.get<{ streams: { bufferedBytes: number }[] }>("/api/v1/streams");
      return all.filter(({ bufferedBytes }) => bufferedBytes > 0.8 * BUFFER_MIB * 2 ** 20).length === streams;
    };
    const firsts = [place.watch()];
    await until("its ring is full", () => filled(1), PATIENCE_MS);
    const alone = await ownMib();

    for (let n = 1; n < STREAMS; n++) firsts.push(place.watch({}, n));
    await until("all rings are full", () => filled(STREAMS), CROWD_PATIENCE_MS);
    const streams = (await ownMib()) - alone;
    expect(streams).toBeGreaterThan(0.5 * (STREAMS - 1) * BUFFER_MIB);

    const before = await ownMib();
    const starts = world.starts();
    const joiners = Array.from({ length: COUNT }, () => place.watch({ bitsPerSecond: 500_000 }));
    await Promise.all(joiners.map((viewer) => viewer.got(PLAYS_BYTES, CROWD_PATIENCE_MS)));
    expect(world.starts()).toBe(starts);
    expect((await figuresOf(world))?.clients).toBe(COUNT + 1);
    // A ring each would be 4,000 MiB.
    expect((await ownMib()) - before).toBeLessThan(COUNT);
    for (const viewer of [...firsts, ...joiners]) expectWhole(viewer);
    await place.nothingIsLeft();
  },
  LIMIT_MS,
);

/** An engine that begins with tens of MB at once, and what clients cost in memory, as the system counts it. */
import { expect, test } from "bun:test";
import { engineWorld, PATIENCE_MS, streamsOf, streamUrl, UNHURRIED } from "../support/faults.ts";
import { numberedMedia } from "../support/numbered.ts";
import { residentOf } from "../support/resident.ts";
import { until } from "../support/until.ts";
import { watch } from "../support/viewer.ts";

const LIMIT_MS = 120_000;
const KIB = 1024;
const MIB = 1024 * KIB;

test(
  "E10 a burst of 30 MB loses no packet for one who takes real time, beside a fast and a slow one, and is not kept",
  async () => {
    // 30 MB are 7.5 s of it.
    const rate = 32_000_000;
    await using world = await engineWorld(1, {
      args: ["--buffer", "8MiB", ...UNHURRIED],
      engine: { media: numberedMedia(rate) },
    });
    const { pid } = world.proxy;
    const before = await residentOf(pid);
    world.first.faults.playback = { kind: "burst", bytes: 30 * MIB };
    const url = streamUrl(world.proxy, 0);
    const fast = watch(url);
    const steady = watch(url, { bitsPerSecond: rate });
    const slow = watch(url, { bitsPerSecond: 2_000_000 });
    let most = 0;
    await until(
      "the steady one has all of the burst, and more",
      async () => {
        most = Math.max(most, (await residentOf(pid)).own - before.own);
        return steady.bytes > 34 * MIB;
      },
      PATIENCE_MS,
    );
    expect((await streamsOf(world.proxy)).streams).toMatchObject([{ clients: 3 }]);
    for (const { over, packets } of [fast, steady]) {
      expect({ over, gaps: packets.gaps, broken: packets.broken }).toEqual({
        over: null,
        gaps: [],
        broken: 0,
      });
      // Both have it from its first packet on.
      expect(packets.first).toBe(fast.packets.first);
    }
    expect({ over: slow.over, broken: slow.packets.broken }).toEqual({ over: null, broken: 0 });
    // The ring, and what a runtime that collects garbage leaves lying about; not the burst itself.
    expect(most).toBeLessThan(8 * MIB + 64 * MIB);
    for (const viewer of [fast, steady, slow]) viewer.leave();
    await world.everythingEnds();
  },
  LIMIT_MS,
);

test(
  "E10 memory grows with streams, not with clients",
  async () => {
    await using world = await engineWorld(1, {
      engine: { media: numberedMedia(1_000_000) },
      args: UNHURRIED,
    });
    const { pid } = world.proxy;
    // More than 64 KiB of the stream, so that a copy of it for each would show.
    const join = async (count: number) => {
      const viewers = Array.from({ length: count }, () => watch(streamUrl(world.proxy, 0)));
      await Promise.all(viewers.map((viewer) => viewer.got(256 * KIB, PATIENCE_MS)));
      return viewers;
    };
    const viewers = await join(10);
    const few = await residentOf(pid);
    const more = 290;
    viewers.push(...(await join(more)));
    let each = 0;
    await until("a client costs less than one chunk of its stream", async () => {
      each = ((await residentOf(pid)).own - few.own) / more;
      return each < 64 * KIB;
    }).catch(() => {
      throw new Error(`each client costs ${Math.round(each / KIB)} KiB`);
    });
    for (const { over, packets } of viewers)
      expect({ over, gaps: packets.gaps, broken: packets.broken }).toEqual({
        over: null,
        gaps: [],
        broken: 0,
      });
    for (const viewer of viewers) viewer.leave();
    await world.everythingEnds();
  },
  LIMIT_MS,
);

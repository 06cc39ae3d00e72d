/** A world with numbered media, so that every lost byte shows, and viewers on bare sockets. */
import { expect } from "bun:test";
import { type EngineWorld, engineWorld, streamUrl } from "./faults.ts";
import { numberedMedia } from "./numbered.ts";
import { until } from "./until.ts";
import { type Viewer, type ViewerOptions, watch } from "./viewer.ts";

export const BITS_PER_SECOND = 16_000_000;
/** More than what the sockets and the ring hold for a client that never reads: it is stuck at once. */
export const BURST_BYTES = 12_000_000;
/** Two seconds: there is always a keyframe in it. */
export const SMALL_BUFFER = ["--buffer", "4MiB"];
export const PLAYS_BYTES = 188 * 100;

export interface Figures {
  readonly bytesIn: number;
  readonly clients: number;
  readonly skips: number;
}

export const figuresOf = async (world: EngineWorld): Promise<Figures | undefined> =>
  (await world.proxy.get<{ streams: Figures[] }>("/api/v1/streams")).streams[0];

/** A world with numbered media, and its viewers, who are gone in the end. */
export async function viewing(
  options: Parameters<typeof engineWorld>[1] & { readonly bitsPerSecond?: number; readonly engines?: number },
) {
  const { bitsPerSecond = BITS_PER_SECOND, engines = 1, engine, ...rest } = options;
  const world = await engineWorld(engines, {
    ...rest,
    engine: { media: numberedMedia(bitsPerSecond), ...engine },
  });
  const viewers: Viewer[] = [];
  return {
    world,
    watch(how?: ViewerOptions, content = 0): Viewer {
      const viewer = watch(streamUrl(world.proxy, content), how);
      viewers.push(viewer);
      return viewer;
    },
    /** Nobody is left, nothing is held, here and at the engines. */
    async nothingIsLeft() {
      for (const viewer of viewers) viewer.leave();
      await world.everythingEnds();
      await until("no client or stream is left", async () => {
        const status = await world.proxy.get<{ clients: number; streams: number }>("/ace/status");
        return status.clients === 0 && status.streams === 0;
      });
      expect(await world.proxy.get<object>("/readyz")).toMatchObject({ illegal_moves: 0 });
    },
    async [Symbol.asyncDispose]() {
      for (const viewer of viewers) viewer.leave();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** It missed nothing of what came between its first packet and its last. */
export function expectWhole(viewer: Viewer): void {
  const { packets, over } = viewer;
  expect({ over, gaps: packets.gaps, broken: packets.broken }).toEqual({ over: null, gaps: [], broken: 0 });
}

/** It lost some, and was let in again at keyframes only. */
export function expectMoved(viewer: Viewer): void {
  const { packets, over } = viewer;
  expect({ over, broken: packets.broken }).toEqual({ over: null, broken: 0 });
  expect(packets.gaps.length).toBeGreaterThan(0);
  for (const gap of packets.gaps) {
    expect(gap).toMatchObject({ joinsWell: true });
    expect(gap.to).toBeGreaterThan(gap.from);
  }
}

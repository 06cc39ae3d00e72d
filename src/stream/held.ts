/** What the data plane holds, in numbers. Pure. */
import type { Client } from "./client.ts";
import { HlsClient } from "./hls/client.ts";
import type { Playing } from "./playing.ts";

export interface StreamsHeld {
  /** Streams with a ring, and those of them that read from an engine now. */
  readonly streams: number;
  readonly readers: number;
  /** Engines that are kept waiting for a client. */
  readonly holds: number;
  /** Clients, by how they watch. */
  readonly tsClients: number;
  readonly hlsClients: number;
  /** Segments on their way to HLS players, and requests that wait for the first one. */
  readonly hlsDownloads: number;
  readonly hlsWaiters: number;
  /** HLS sessions by name, and by viewer. */
  readonly hlsNames: number;
  readonly hlsViewers: number;
  /** Clients that were dropped before they came for their bytes: the oldest are forgotten. */
  readonly droppedEarly: number;
  /** Media in all rings, and the memory that they take for it, bytes. */
  readonly ringBytes: number;
  readonly ringAllocatedBytes: number;
}

export function streamsHeld(of: {
  readonly playing: Iterable<Playing>;
  readonly clients: Iterable<Client | HlsClient>;
  readonly names: number;
  readonly viewers: number;
  readonly dropped: number;
}): StreamsHeld {
  const playing = [...of.playing];
  const clients = [...of.clients];
  const hls = clients.filter((client) => client instanceof HlsClient);
  return {
    streams: playing.length,
    readers: playing.filter(({ isReading }) => isReading).length,
    holds: playing.filter(({ fanout }) => fanout.isHolding).length,
    tsClients: clients.length - hls.length,
    hlsClients: hls.length,
    hlsDownloads: sum(hls, ({ underWay }) => underWay.downloads),
    hlsWaiters: sum(hls, ({ underWay }) => underWay.waiters),
    hlsNames: of.names,
    hlsViewers: of.viewers,
    droppedEarly: of.dropped,
    ringBytes: sum(playing, ({ fanout }) => fanout.ring.heldBytes),
    ringAllocatedBytes: sum(playing, ({ fanout }) => fanout.ring.allocatedBytes),
  };
}

const sum = <T>(of: readonly T[], each: (one: T) => number): number =>
  of.reduce((total, one) => total + each(one), 0);

/** A proxy's routes over a selector's state that a test has made, and a store that others share. */
import { type Broker, Counts, Moments, systemClock } from "../../src/broker/index.ts";
import { createApp } from "../../src/http/app.ts";
import type { LeaseView } from "../../src/ports.ts";
import {
  type ClientId,
  type ContentKey,
  initialState,
  type ListedEngine,
  type SelectorEvent,
  type State,
  step,
} from "../../src/slots/index.ts";
import type { StreamsHeld } from "../../src/stream/index.ts";
import { APP_SETTINGS } from "./app-settings.ts";

/** What the routes look at in a broker. */
export interface FakeBroker {
  state: State;
  leases: LeaseView | null;
  counters: Pick<Broker["counters"], "illegalMoves" | "decisions" | "looks"> & {
    claims: Readonly<Record<string, number>> | null;
  };
  readonly looking: { readonly health: Broker["looking"]["health"] };
  readonly ended: { all: Pick<Broker["ended"]["all"][number], "stream" | "last">[] };
  readonly counts: Broker["counts"];
  readonly held: Broker["held"];
  readonly journal: Pick<Broker["journal"], "lines" | "linesLost" | "linesPending">;
  readonly reportsPending: number;
  readonly moments: Broker["moments"];
  waitedMs: Broker["waitedMs"];
  readonly trouble: string | null;
  readonly saveTrouble: string | null;
}

export const listed = (name: string, host = "10.0.0.1", port = 6878): ListedEngine => ({
  id: name,
  name,
  address: { scheme: "http", host, port },
  health: "healthy",
  draining: false,
  forwarded: false,
  usedAtMs: null,
});

export function stateAfter(cap: number, events: readonly SelectorEvent[]): State {
  return events.reduce(
    (state, event) => step(state, event).state,
    initialState({ cap, instance: "a", life: "1" }),
  );
}

export const snapshotOf = (...engines: readonly ListedEngine[]): SelectorEvent => ({
  type: "snapshot",
  asked: 1,
  engines,
  streams: [],
});

export const request = (client: ClientId, content: ContentKey): SelectorEvent => ({
  type: "request",
  client,
  content,
  variant: "",
  who: `client ${client}`,
});

/** A store that grants, which nobody else shares and where nothing is held. */
export const lonelyStore = (more: Partial<LeaseView> = {}): LeaseView => ({
  store: "redis://store:6379/0",
  member: "a/1",
  trouble: null,
  validMs: 7500,
  roundTripMs: 0.5,
  fence: 7,
  members: [memberOf("a/1", "alpha@:6879")],
  leases: [],
  queue: [],
  drift: [],
  ...more,
});

export const memberOf = (
  member: string,
  name: string,
  more: Readonly<Record<string, unknown>> = {},
): LeaseView["members"][number] => ({
  member,
  info: JSON.stringify({ name, cap: 2, ttlMs: 10_000, ...more }),
});

export const leaseOf = (
  lease: string,
  owner: string,
  place: string,
  content = `id:${"1".repeat(40)}`,
): LeaseView["leases"][number] => ({ lease, owner, place, fence: 1, contents: [content] });

export function fakeBroker(more: Partial<FakeBroker> = {}): FakeBroker {
  return {
    state: stateAfter(2, [snapshotOf(listed("e1"))]),
    leases: null,
    counters: { illegalMoves: 0, decisions: 0, looks: 1, claims: null },
    looking: { health: { up: true, ageMs: 0, error: null } },
    ended: { all: [] },
    counts: new Counts({ monotonicMs: () => 0 }),
    held: {
      ...{ mailbox: 0, unanswered: 0, underWay: 0, timers: {}, doubts: 0, watched: 0, probed: 0 },
      ...{ counted: 0, moments: 0 },
    },
    journal: { lines: 0, linesLost: 0, linesPending: 0 },
    reportsPending: 0,
    moments: new Moments(systemClock),
    waitedMs: () => null,
    trouble: null,
    saveTrouble: null,
    ...more,
  };
}

/** A data plane in which nothing plays. */
export const NOTHING_HELD: StreamsHeld = {
  ...{ streams: 0, readers: 0, holds: 0, tsClients: 0, hlsClients: 0, hlsDownloads: 0, hlsWaiters: 0 },
  ...{ hlsNames: 0, hlsViewers: 0, droppedEarly: 0, ringBytes: 0, ringAllocatedBytes: 0 },
};

type Bytes = ReadonlyMap<number, { readonly bytesIn: number; readonly bytesOut: number }>;

/** What an app is made of. `bytes`: what each stream has carried, by its number. */
export function appOptions(broker: FakeBroker, bytes: Bytes = new Map()): Parameters<typeof createApp>[0] {
  return {
    broker: broker as unknown as Broker,
    bodies: {
      body: () => new ReadableStream<Uint8Array>(),
      figures: (stream) => {
        const known = bytes.get(stream);
        return known
          ? ({ ...known } as ReturnType<Parameters<typeof createApp>[0]["bodies"]["figures"]>)
          : null;
      },
      openHls: () => ({ code: "engine_error", message: "none" }),
      hls: () => null,
      hlsOf: () => null,
      watching: () => null,
      hlsSessions: 0,
      held: NOTHING_HELD,
    },
    current: () => APP_SETTINGS,
    stateTrouble: null,
  };
}

/** Asks one route. */
export function routesOf(broker: FakeBroker, bytes: Bytes = new Map()): (path: string) => Promise<Response> {
  const app = createApp(appOptions(broker, bytes));
  return (path) => app(new Request(`http://x${path}`), { address: "127.0.0.1" });
}

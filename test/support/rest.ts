/** A proxy and its world from outside: what it knows, and whether nothing is left of what went on. */
import type { SimWorld } from "../../src/sim/index.ts";
import type { RunningBinary } from "./binary.ts";
import { until } from "./until.ts";

export interface EngineView {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly load: number;
  readonly foreign: number;
  readonly slots: readonly { readonly state: string; readonly content: string | null }[];
}

export interface StreamView {
  readonly id: number;
  readonly contents: readonly string[];
  readonly phase: string;
  readonly engine: string | null;
  readonly clients: number;
}

export const enginesOf = async (proxy: RunningBinary): Promise<readonly EngineView[]> =>
  (await proxy.get<{ engines: EngineView[] }>("/api/v1/engines")).engines;

export const streamsOf = async (proxy: RunningBinary): Promise<readonly StreamView[]> =>
  (await proxy.get<{ streams: StreamView[] }>("/api/v1/streams")).streams;

/** How many contents wait for a slot. */
export const waitingIn = async (proxy: RunningBinary): Promise<number> =>
  (await proxy.get<{ waiting: unknown[] }>("/api/v1/queue")).waiting.length;

/** Slots of the whole pool in one state. */
export const slotsIn = async (proxy: RunningBinary, state: string): Promise<number> =>
  (await enginesOf(proxy)).flatMap(({ slots }) => slots).filter((slot) => slot.state === state).length;

export const knowsEngines = (proxy: RunningBinary, engines: number): Promise<unknown> =>
  until("the proxy knows all engines", async () => (await enginesOf(proxy)).length === engines);

/** The most streams that any engine carried at once, as the engines themselves counted. */
export const highestLoad = (world: SimWorld): number => Math.max(...world.peakLoads().values());

/** Resolves when the engines really carry nothing and the proxy says so too. */
export async function atRest(proxy: RunningBinary, world: SimWorld, deadlineMs?: number): Promise<void> {
  let left = "";
  const isAtRest = async (): Promise<boolean> => {
    const { clients } = await proxy.get<{ clients: unknown[] }>("/api/v1/clients");
    const engines = await enginesOf(proxy);
    const counts = {
      realLoad: world.realLoad(),
      held: engines.flatMap(({ slots }) => slots).filter(({ state }) => state !== "free").length,
      streams: (await streamsOf(proxy)).length,
      clients: clients.length,
      waiting: await waitingIn(proxy),
    };
    left = JSON.stringify(counts);
    return Object.values(counts).every((count) => count === 0);
  };
  await until("nothing is left", isAtRest, deadlineMs).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${left}`);
  });
}

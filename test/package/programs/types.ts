// What a user's compiler makes of the types. Nothing here runs; a line that no longer fails as it should is an error.
import {
  ConfigError,
  createProxy,
  type EngineView,
  type ProxyOptions,
  SelectorError,
  type SlotState,
  slotMachine,
} from "aceslot";
import { checkModel, EXIT_CODE, type Model } from "aceslot/check";
import { createSelector, type SelectorErrorCode } from "aceslot/selector";
import { type SimEngine, startSimEngine } from "aceslot/sim";
import { SLOT_TABLE, type SlotEvent } from "aceslot/slot";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles where both are one type. */
function same<A, B>(_: Same<A, B>): void {}

export async function selecting(signal: AbortSignal): Promise<void> {
  const plain = createSelector({ resources: [{ id: "seat", cap: 3 }] });
  await using seat = await plain.acquire({ signal });
  same<typeof seat.value, undefined>(true);

  const pages = createSelector({
    resources: [{ id: "browser" }],
    open: async ({ resource, signal: opening }) => ({ url: `about:${resource}`, isOver: opening.aborted }),
    close: (page, { reason }) => console.log(page.url, reason),
  });
  await using page = await pages.acquire({ key: "a", timeoutMs: 0 });
  same<typeof page.value, { url: string; isOver: boolean }>(true);
  pages.on("transition", ({ from, to }) => {
    same<typeof from, SlotState>(true);
    same<typeof to, SlotState>(true);
  });
  // @ts-expect-error there is no such event
  pages.on("transitions", () => {});
  // @ts-expect-error a resource has a name
  createSelector({ resources: [{ cap: 2 }] });
  // @ts-expect-error milliseconds are a number
  await pages.acquire({ timeoutMs: "5s" });
  await pages.acquire().catch((error: unknown) => {
    if (error instanceof SelectorError) same<typeof error.code, SelectorErrorCode>(true);
  });
}

export function proxying(options: ProxyOptions): (request: Request) => Promise<Response> {
  const proxy = createProxy({ ...options, maxStreamsPerEngine: 2, slate: "on" });
  const off = proxy.on("grant", ({ engine, load }) => console.log(engine, load));
  same<typeof off, () => void>(true);
  same<ReturnType<typeof proxy.engines>, EngineView[]>(true);
  // @ts-expect-error on or off
  createProxy({ slate: "yes" });
  // @ts-expect-error it cannot change while the proxy runs
  proxy.configure({ stateDir: "/var/lib/aceslot" });
  proxy.configure({ lingerMs: null });
  try {
    createProxy({ queueTimeoutMs: -1 });
  } catch (error) {
    if (error instanceof ConfigError) for (const { code, message } of error.all) console.log(code, message);
  }
  return proxy.fetch;
}

export function checking(): number {
  const cups: Model<{ readonly full: number }, "fill" | "drink"> = {
    name: "two cups",
    begin: { full: 0 },
    happenings: ({ full }) => (full < 2 ? ["fill"] : ["drink"]),
    next: ({ full }, what) => ({ full: what === "fill" ? full + 1 : full - 1 }),
    properties: [],
  };
  // @ts-expect-error the state is an object with a number
  checkModel({ ...cups, begin: { full: "no" } });
  return EXIT_CODE[checkModel(cups).verdict];
}

export async function simulating(): Promise<SimEngine> {
  const engine = await startSimEngine({ startDelayMs: 300 });
  same<typeof engine.address, string>(true);
  return engine;
}

export const next: SlotState | undefined = SLOT_TABLE.free.reserve;
export const event: SlotEvent = "stopConfirmed";
export const { id }: { id: string } = slotMachine;

/** A slot's value has the type of what `open` makes. */
import {
  createSelector,
  type ResourceView,
  type Selector,
  SelectorError,
  type SelectorErrorCode,
  type Slot,
} from "aceslot/selector";
import { type Each, never, type Same } from "./equal.ts";

interface Page {
  goto(url: string): Promise<void>;
  close(): Promise<void>;
}
declare function connect(resource: string): Promise<Page>;

export async function values(): Promise<void> {
  await using pages = createSelector({
    resources: [{ id: "browser", cap: 4 }],
    open: ({ resource, key, signal }) => {
      key satisfies string;
      signal satisfies AbortSignal;
      return connect(resource);
    },
    close: (page, { reason }) => {
      true satisfies Same<typeof page, Page>;
      reason satisfies string;
      return page.close();
    },
  });
  true satisfies Same<typeof pages, Selector<Page>>;
  await using slot = await pages.acquire({ key: "a", timeoutMs: 5_000 });
  true satisfies Same<typeof slot, Slot<Page>>;
  await slot.value.goto("https://example.com/");
  // @ts-expect-error it cannot be exchanged
  slot.value = await connect("other");

  // A value that is there at once.
  const numbers = createSelector({ resources: [{ id: "n" }], open: () => 7 });
  true satisfies Same<typeof numbers, Selector<number>>;

  // Places, and nothing else.
  const seats = createSelector({ resources: [{ id: "cad", cap: 5, taken: 2 }] });
  true satisfies Same<typeof seats, Selector<undefined>>;
  const seat = await seats.acquire();
  // @ts-expect-error nobody made a value
  seat.value.goto("https://example.com/");
  // @ts-expect-error nobody makes what it says
  createSelector<Page>({ resources: [{ id: "browser" }] });
  // @ts-expect-error nothing was opened that could be closed
  createSelector({ resources: [{ id: "browser" }], close: (page: Page) => page.close() });
  // @ts-expect-error what is to be shared has to be said
  createSelector({});
  // @ts-expect-error `cap`, not `size`
  createSelector({ resources: [{ id: "gpu", size: 2 }] });
}

export function events(selector: Selector<unknown>): void {
  selector.on("transition", ({ from, to, key }) => {
    from satisfies "free" | "pending" | "active" | "released";
    true satisfies Same<typeof from, typeof to>;
    key satisfies string;
  }) satisfies () => void;
  selector.on("fault", ({ error, resource }) => {
    true satisfies Same<typeof error, unknown>;
    resource satisfies string | null;
  });
  selector.on("recovered", ({ resource }) => resource satisfies string);
  // @ts-expect-error there is no such event
  selector.on("released", () => {});
  selector.resources() satisfies ResourceView[];
}

export function refused(error: unknown): SelectorErrorCode | null {
  if (!(error instanceof SelectorError)) return null;
  switch (error.code) {
    case "no_capacity":
    case "closed":
    case "open_failed":
    case "open_timeout":
    case "discarded":
    case "bad_option":
      return error.code;
    default:
      return never(error.code);
  }
}

/** One selector, whichever door it comes through. */
export type OneSelector = Each<
  [
    Same<typeof import("aceslot").createSelector, typeof createSelector>,
    Same<typeof import("aceslot").SelectorError, typeof SelectorError>,
  ]
>;

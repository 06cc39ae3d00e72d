/**
 * `aceslot/selector`: the slot allocator alone, for any resource that only so many may use at once. It is the core that
 * the proxy runs on and that is checked (`src/slots/`), in a small shell. It imports itself, the core and xstate, and
 * runs wherever JavaScript does, in a browser too. No import has a side effect.
 *
 * @example
 * ```ts
 * import { createSelector } from "aceslot/selector";
 *
 * const selector = createSelector({ resources: [{ id: "gpu-0" }, { id: "gpu-1", cap: 2 }] });
 * {
 *   await using slot = await selector.acquire();
 *   console.log(`works on ${slot.resource}`);
 * }
 * await selector.close();
 * ```
 *
 * @module
 */
import { Shell } from "./shell.ts";
import type { PlainSelectorOptions, Selector, SelectorOptions } from "./types.ts";

export type { SlotState } from "../slots/index.ts";
export { SelectorError, type SelectorErrorCode } from "./error.ts";
export type {
  AcquireOptions,
  Closing,
  Opening,
  PlainSelectorOptions,
  Resource,
  ResourceView,
  Selector,
  SelectorEvents,
  SelectorFault,
  SelectorOptions,
  Slot,
  SlotTransition,
} from "./types.ts";

/**
 * A selector whose slots carry a value each, such as a connection, a page of a browser, a process on a GPU: `open` makes
 * it when a slot is taken, `close` undoes it before the place is free again.
 *
 * @throws {SelectorError} `bad_option`, naming the value, the rule and the fix.
 *
 * @example
 * ```ts
 * import { createSelector } from "aceslot/selector";
 *
 * // Stands for a page of a browser, a connection, a process.
 * const connect = async (url: string) => ({ url, close: async () => console.log(`closed ${url}`) });
 *
 * await using selector = createSelector({
 *   resources: [
 *     { id: "ws://10.0.0.1:9222", cap: 4 },
 *     { id: "ws://10.0.0.2:9222", cap: 4 },
 *   ],
 *   open: ({ resource }) => connect(resource),
 *   close: (page) => page.close(),
 *   lingerMs: 10_000,
 *   openTimeoutMs: 5_000,
 * });
 * await using slot = await selector.acquire({ key: "https://example.com/", timeoutMs: 30_000 });
 * console.log(slot.value.url);
 * ```
 */
export function createSelector<Value>(options: SelectorOptions<Value>): Selector<Value>;
/**
 * A selector whose slots are places and nothing else.
 *
 * @throws {SelectorError} `bad_option`, naming the value, the rule and the fix.
 *
 * @example
 * ```ts
 * import { createSelector } from "aceslot/selector";
 *
 * await using seats = createSelector({ resources: [{ id: "cad", cap: 5, taken: 2 }] });
 * const seat = await seats.acquire({ timeoutMs: 0 });
 * await seat.release();
 * ```
 */
export function createSelector(options: PlainSelectorOptions): Selector<undefined>;
export function createSelector<Value>(
  options: SelectorOptions<Value> | PlainSelectorOptions,
): Selector<Value> | Selector<undefined> {
  // Whoever passes no object is told so in there.
  if (typeof options === "object" && options !== null && "open" in options && options.open !== undefined)
    return new Shell<Value>(options, { open: options.open, close: options.close });
  return new Shell<undefined>(options, { value: undefined });
}

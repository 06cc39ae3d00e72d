/**
 * `aceslot`: a proxy for AceStream in a program of one's own. No import has a side effect; every long-lived object has
 * `close()` and is `AsyncDisposable`; nothing is global.
 *
 * @example
 * ```ts
 * import { createProxy } from "aceslot";
 *
 * const proxy = createProxy({ engines: ["127.0.0.1:6878"], maxStreamsPerEngine: 2 });
 * Deno.serve({ port: 6879 }, proxy.fetch);
 * ```
 *
 * @module
 */
export type { EndedStream, JournalLine } from "./broker/index.ts";
export { ConfigError, type ConfigErrorCode } from "./config/error.ts";
export { configSchema } from "./config/schema.ts";
export { createProxy } from "./embedding/create.ts";
export type {
  ConfigureEvent,
  EngineGoneEvent,
  EngineSeenEvent,
  GrantEvent,
  LeaseEvent,
  Listener,
  ProvisionEvent,
  ProxyEvents,
  RejectEvent,
  SnapshotEvent,
  Stamp,
  TransitionEvent,
} from "./embedding/events.ts";
export type { ProxyChanges, ProxyOptions, ReloadableOptions } from "./embedding/options.ts";
export type { Connection } from "./embedding/peer.ts";
export type { AceslotProxy } from "./embedding/proxy.ts";
export { type OptionInfo, optionTable } from "./embedding/table.ts";
export type {
  ClaimView,
  ClientView,
  EndedView,
  EngineView,
  FiguresView,
  SlotView,
  StreamView,
} from "./embedding/views.ts";
export type { Log } from "./log.ts";
export type { PoolPort, PoolView, ProvisionOutcome } from "./ports.ts";
export * from "./selector/index.ts";
export {
  type Address,
  type Blocked,
  byRank,
  type Comparator,
  type Engine,
  type Health,
  type ListedEngine,
  type ListedStream,
  loadOf,
  type Slot as EngineSlot,
  type SlotState,
  slotMachine,
} from "./slots/index.ts";
export { VERSION } from "./version.ts";

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

// A proxy.

export { createProxy } from "./embedding/create.ts";
export type { ProxyChanges, ProxyOptions, ReloadableOptions } from "./embedding/options.ts";
export type { BunServer, Connection } from "./embedding/peer.ts";
export type { AceslotProxy } from "./embedding/proxy.ts";
export type { Log } from "./log.ts";

// What it tells while it runs.

export type { EndedStream } from "./broker/index.ts";
export type { Listener, ProxyEvents } from "./embedding/events.ts";
export type {
  ConfigureEvent,
  EngineGoneEvent,
  EngineSeenEvent,
  GrantEvent,
  JournalLine,
  LeaseEvent,
  ProvisionEvent,
  RejectEvent,
  SnapshotEvent,
  Stamp,
  TransitionEvent,
} from "./embedding/records.ts";
export type { StreamNumbers } from "./ports.ts";
export type { RejectCode, StreamId } from "./slots/index.ts";

// What it shows of itself.

export type {
  ClaimView,
  ClientView,
  EndedView,
  EngineView,
  FiguresView,
  SlotView,
  StreamView,
} from "./embedding/views.ts";

// A ranking, or a source of engines, of one's own.

export type { PoolPort, PoolView, ProvisionOutcome } from "./ports.ts";
export {
  type Address,
  type Blocked,
  type Claim,
  type Comparator,
  type ContentKey,
  type EngineId,
  type Health,
  type ListedEngine,
  type ListedStream,
  loadOf,
  type RankedEngine,
  type SessionUrls,
} from "./slots/index.ts";

// Settings, and what is wrong with them.

export { ConfigError, type ConfigErrorCode } from "./config/error.ts";
export { configSchema } from "./config/schema.ts";
export type { JsonSchema } from "./config/types.ts";
export { type OptionInfo, optionTable } from "./embedding/table.ts";
export { VERSION } from "./version.ts";

// The slot machine.

export {
  type SlotEvent,
  type SlotMachine,
  type SlotMove,
  type SlotState,
  slotMachine,
} from "./slots/index.ts";

// The selector alone, as `aceslot/selector` has it.

export * from "./selector/index.ts";

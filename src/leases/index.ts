/**
 * Slots shared by several proxies: see books.ts for what a store keeps, holder.ts for a member of it. A store's own
 * client (`redis.ts`) is imported only by whoever uses it.
 */
export { type HolderOptions, LeaseHolder } from "./holder.ts";
export { MemoryStore } from "./memory.ts";
export type { StoreEvents, StorePort, StoreView } from "./store.ts";

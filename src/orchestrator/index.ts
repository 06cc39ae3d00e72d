/**
 * Where engines come from: a plain list, or an orchestrator of either generation; and the outbox that tells the
 * orchestrator what we started and ended.
 * It never decides which engine carries what, and holds nobody up: every call has a deadline and a size limit.
 * Only the composition (cli/, the embedding API) and tests import it; everybody else knows `PoolPort`, `ReportPort`.
 */
export type { Delivery, EventDoor, Whereabouts } from "./door.ts";
export type { Generation } from "./generation.ts";
export { createOutbox, type Outbox, type OutboxOptions } from "./outbox.ts";
export {
  createOrchestratorPool,
  type OrchestratorPool,
  type OrchestratorPoolOptions,
  type OrchestratorStatus,
} from "./pool.ts";
export { createStaticPool } from "./static.ts";

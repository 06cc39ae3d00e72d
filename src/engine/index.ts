/**
 * The AceStream engine's HTTP API: start, stop, statistics, version.
 * It decides nothing about slots, keeps no state, and uses no host but the engine's own address.
 * Only the composition (cli/, the embedding API) and tests import it; everybody else knows `EnginePort`.
 */
export { createEngineClient, type EngineClient, type EngineClientOptions } from "./client.ts";
export { ANSWER_BYTES_MAX } from "./limits.ts";
export { Versions } from "./versions.ts";

/** The selector's shell: see broker.ts. Used by `http/`, `cli/` and the embedding API. */
export { type Admission, Broker, type BrokerPorts, type BrokerSettings } from "./broker.ts";
export { pause, systemClock } from "./clock.ts";
export { Counts, Histogram } from "./counts/index.ts";
export type { EndedStream } from "./ended.ts";
export { fileJournal, type JournalLine, type LeaseRecord } from "./journal.ts";
export { type Moment, Moments } from "./moments.ts";
export {
  instanceName,
  machineName,
  noStateFile,
  openStateFile,
  StateFileError,
  type StateStore,
} from "./state-file.ts";

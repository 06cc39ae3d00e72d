/** What can be imported from the package, and the page that tells of it. */
import { join } from "node:path";

export const ROOT: string = join(import.meta.dir, "../..");

export interface Entry {
  /** As it is imported. */
  readonly name: string;
  /** Relative to the repository. */
  readonly source: string;
  /** In docs/reference/. */
  readonly page: string;
}

/** A name that several of them export is told of on the page of the first. */
export const ENTRIES: readonly Entry[] = [
  { name: "aceslot/slot", source: "src/slots/slot.ts", page: "slot.md" },
  { name: "aceslot/selector", source: "src/selector/index.ts", page: "selector.md" },
  { name: "aceslot", source: "src/index.ts", page: "aceslot.md" },
  { name: "aceslot/check", source: "model/index.ts", page: "check.md" },
  { name: "aceslot/sim", source: "src/sim/index.ts", page: "sim.md" },
];

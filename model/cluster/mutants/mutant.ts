/** A known bug of protocols between proxies and their store, in place of ours. */
import type { Parts } from "../../../src/slots/index.ts";
import type { WorldSize } from "../../world/size.ts";
import type { Rules } from "../rules.ts";

export interface ClusterMutant {
  readonly name: string;
  /** Where such a bug was met, or why somebody would write it. */
  readonly history: string;
  /** The property that must catch it; that another one does would be an accident. */
  readonly property: string;
  readonly rules?: Partial<Rules>;
  /** Decisions of the selector that are replaced. */
  readonly parts?: Partial<Parts>;
  /** What a world needs, over the smallest one of two proxies, so that the bug can show. */
  readonly world?: Partial<WorldSize>;
}

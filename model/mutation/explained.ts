/** Mutants of the selector that nothing kills, and why that is right. */
import type { Explanation } from "./report.ts";

export const EXPLAINED: readonly Explanation[] = [];

/**
 * Another order of engines: the fullest first, so that as few engines as possible are busy and the others can be shut
 * down. `main.ts` is a proxy that goes by it, `check.ts` checks it. Which of two equally full engines comes first it
 * leaves open: there the proxy's own ranking decides.
 */
import type { Comparator, RankedEngine } from "aceslot";

/** Streams of ours, of others, and of other proxies. */
const loadOf = ({ own, foreign, claims }: RankedEngine): number => own + foreign.length + claims.length;

export const fullestFirst: Comparator = (a, b) => loadOf(b) - loadOf(a);

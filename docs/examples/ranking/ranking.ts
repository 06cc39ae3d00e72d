/**
 * Another order of engines: the fullest first, so that as few engines as possible are busy and the others can be shut
 * down. With `hasty` it is what one writes first: nothing tells engines apart that are equally full, so that the order
 * of the list decides.
 */
import { PARTS, type Parts } from "aceslot/check";

const fuller: Parts["rank"] = (a, b) => PARTS.loadOf(b) - PARTS.loadOf(a);

export const fullestFirst: Parts["rank"] = (a, b) => fuller(a, b) || PARTS.rank(a, b);
export const hasty: Parts["rank"] = fuller;

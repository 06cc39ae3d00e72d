/**
 * Which kind of orchestrator answers: 1 the Python service, 2 the Go service, `control` that service's second
 * listener with plain paths. Told by the shape of its lists, never by a version: releases between the two answer
 * at both paths.
 */
export type Generation = 1 | 2 | "control";

/** Fields that every engine of generation 2 has and none of generation 1. */
const GENERATION_2_FIELDS = ["api_port", "draining", "stream_count", "cpu_percent"];

export interface Listing {
  readonly records: readonly unknown[];
  /** Null: an empty list looks the same in both generations. */
  readonly generation: Generation | null;
}

/** A list as it came; null if it is none. `name`: `engines` or `streams`. */
export function readListing(body: unknown, name: "engines" | "streams"): Listing | null {
  if (Array.isArray(body)) return { records: body, generation: generationOf(body) };
  if (typeof body !== "object" || body === null) return null;
  const records: unknown = (body as Record<string, unknown>)[name];
  return Array.isArray(records) ? { records, generation: "control" } : null;
}

function generationOf(records: readonly unknown[]): Generation | null {
  const known = records.filter(
    (record): record is object =>
      typeof record === "object" && record !== null && "container_id" in record && "port" in record,
  );
  if (known.length === 0) return null;
  return known.some((record) => GENERATION_2_FIELDS.some((field) => field in record)) ? 2 : 1;
}

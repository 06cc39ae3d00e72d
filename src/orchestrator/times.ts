/** Go writes a time that was never set as the year 1; Python's are 1970 at the earliest. */
const EARLIEST_MS = 1;

/**
 * A listed time in ms since 1970; null if it was never set or makes no sense. Python leaves the zone out and
 * means UTC, and writes microseconds.
 */
export function timeMsOf(value: unknown): number | null {
  if (typeof value !== "string") return null;
  const [, day, clock, fraction = "", zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/i.exec(value.trim()) ?? [];
  if (day === undefined) return null;
  const offset = zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2").toUpperCase();
  const timeMs = Date.parse(`${day}T${clock}${fraction.slice(0, 4)}${offset}`);
  return timeMs >= EARLIEST_MS ? timeMs : null;
}

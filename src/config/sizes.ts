// Sizes in bytes: `4MiB`, `4.2MiB`, `4MB`, `1000000`. Binary and decimal units are kept apart.
import { accepted, refused, type ValueKind } from "./types.ts";

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  ki: 2 ** 10,
  kib: 2 ** 10,
  mi: 2 ** 20,
  mib: 2 ** 20,
  gi: 2 ** 30,
  gib: 2 ** 30,
};

/** Whole bytes (a fraction of one is dropped), or `null` when the text is not a size. */
export function sizeBytes(text: string): number | null {
  const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,15})?) ?([a-z]{0,3})$/i.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return null;
  const name = unit.toLowerCase();
  const factor = Object.hasOwn(UNIT_BYTES, name) ? UNIT_BYTES[name] : undefined;
  return factor === undefined ? null : Math.floor(Number(amount) * factor);
}

export function sizeText(bytes: number): string {
  for (const [unit, factor] of [
    ["GiB", 2 ** 30],
    ["MiB", 2 ** 20],
    ["KiB", 2 ** 10],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

export function size(minBytes: number, maxBytes: number, example: string): ValueKind<number> {
  const rule = `a size from ${sizeText(minBytes)} to ${sizeText(maxBytes)}, such as 4MiB, 4MB or 1000000 (bytes)`;
  return {
    placeholder: "SIZE",
    range: [minBytes, maxBytes],
    schema: {
      anyOf: [
        { type: "string", pattern: "^\\d+(\\.\\d+)? ?([KkMmGg]([Ii]?[Bb]?)|[Bb])?$" },
        { type: "integer", minimum: minBytes, maximum: maxBytes },
      ],
    },
    parse(text) {
      const bytes = sizeBytes(text);
      if (bytes === null || bytes === 0) return refused(rule, example);
      if (bytes < minBytes) return refused(rule, sizeText(minBytes));
      return bytes > maxBytes ? refused(rule, sizeText(maxBytes)) : accepted(bytes);
    },
    show: sizeText,
  };
}

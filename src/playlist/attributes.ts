/** `name="value"` pairs of `#EXTM3U` and `#EXTINF` lines, and the name after the comma. Pure and total. */

export interface Pair {
  /** In lower case; of a lone word the word itself. */
  readonly name: string;
  readonly value: string;
  /** As it stands in the line. */
  readonly text: string;
}

export interface Info {
  /** The first of a name counts. */
  readonly attributes: ReadonlyMap<string, string>;
  /** What stands after the comma that follows the last attribute; may be empty. */
  readonly name: string;
}

/** What follows a value's last quote: perhaps words (whole ones), and then the next pair, the comma or the end. */
const BEHIND = /(?:\s+[^\s=,"']+(?=[\s=,"']|$))*\s*(?:,|$|[^\s=,"']+=)/.source;
/** One pair. Other quotes belong to the value. */
const PAIR = new RegExp(
  `([^\\s=,"']+)=(?:"([^"]*(?:"(?!${BEHIND})[^"]*)*)"|'([^']*(?:'(?!${BEHIND})[^']*)*)'|([^\\s,"']+))`,
  "y",
);
/** A word between pairs that is none, such as a lone flag. Where a quote is never closed nothing more is read. */
const WORD = /[^\s=,"']+(?=[\s,]|$)/y;

/** Reads what follows `#EXTINF:`, such as `-1 tvg-id="a" group-title="A, B",Name, with a comma`. */
export function readInfo(text: string): Info {
  const start = /^\s*-?[\d.]*/.exec(text)?.[0].length ?? 0;
  const { pairs, end } = readPairs(text, start);
  const attributes = new Map<string, string>();
  for (const { name, value } of pairs) if (!attributes.has(name)) attributes.set(name, value);
  const comma = text.indexOf(",", end);
  return { attributes, name: comma === -1 ? "" : text.slice(comma + 1).trim() };
}

/** Reads pairs from `start` on, up to a comma or something unreadable; `end` is where that is. */
export function readPairs(
  text: string,
  start: number,
): { readonly pairs: readonly Pair[]; readonly end: number } {
  const pairs: Pair[] = [];
  let end = start;
  for (;;) {
    while (text[end] === " " || text[end] === "\t") end += 1;
    PAIR.lastIndex = end;
    WORD.lastIndex = end;
    const match = PAIR.exec(text) ?? WORD.exec(text);
    if (match === null) return { pairs, end };
    const [whole, name, double, single, bare] = match;
    pairs.push({ name: (name ?? whole).toLowerCase(), value: double ?? single ?? bare ?? "", text: whole });
    end += whole.length;
  }
}

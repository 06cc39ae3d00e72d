/**
 * JSON of others, parsed only if that is done soon. A parser's time is not told by the length alone: 32 MiB of opening
 * brackets take some runtimes many seconds, in which nothing else happens. engine/ and orchestrator/ may import it.
 */
export interface JsonBounds {
  /** Arrays and objects within each other. */
  readonly depthMax: number;
  /** Values in all, members and elements of whatever depth; arrays and objects count as two. */
  readonly valuesMax: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
// Not lists with `includes`: tens of millions of characters are looked at in one go.
const isOpening = (code: number): boolean => code === 0x5b || code === 0x7b;
const isClosing = (code: number): boolean => code === 0x5d || code === 0x7d;

/** What the text means; undefined if it is no JSON, or beyond the bounds. */
export function parsedWithin(text: string, bounds: JsonBounds): unknown {
  if (!isWithin(text, bounds)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One pass over the text, without a look at whether it is JSON at all. */
function isWithin(text: string, { depthMax, valuesMax }: JsonBounds): boolean {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at + 1);
      if (at < 0) return false;
    } else if (code === COMMA) values++;
    else if (isOpening(code)) {
      depth++;
      values++;
    } else if (isClosing(code)) depth--;
    else continue;
    if (depth > depthMax || values > valuesMax) return false;
  }
  return true;
}

/** Where the string that begins at `from` has its closing quote; -1: it has none. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end >= 0) {
    let backslashes = 0;
    while (end - 1 - backslashes >= from && text.charCodeAt(end - 1 - backslashes) === BACKSLASH)
      backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

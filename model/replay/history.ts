/**
 * Was the cap held at every instant? Takes the journals of all proxies and, where there is one, the stream of their
 * store as texts; `aceslot replay FILE…` does the same with files. For tests that run several proxies.
 */
import { type Batch, ReplayFileError } from "./lines.ts";
import { type ReplayOptions, replaySources } from "./replay.ts";
import type { Told } from "./told.ts";

export interface NamedText {
  /** For messages: `proxy-1.ndjson`. */
  readonly name: string;
  /** A journal, of one life or several, or what `redis-cli monitor` has printed. An empty one is left out. */
  readonly text: string;
}

/** Throws `ReplayFileError` if a text is neither, `ReplayLimitError` if there is too much at once. */
export async function historyOf(
  texts: readonly NamedText[],
  { cap = null, skewMs = null }: Partial<Pick<ReplayOptions, "cap" | "skewMs">> = {},
): Promise<Told> {
  const inputs = texts
    .filter(({ text }) => text.trim() !== "")
    .map(({ name, text }) => ({ name, shown: name, batches: batchesOf(text) }));
  if (inputs.length === 0) throw new ReplayFileError("all texts are empty: there is nothing to replay");
  return replaySources(inputs, { cap, skewMs });
}

/** `a.ndjson:12`, for what is told of a line. */
export { placeOf } from "./told.ts";

async function* batchesOf(text: string): AsyncGenerator<Batch> {
  const isWhole = text.endsWith("\n");
  yield { lines: (isWhole ? text.slice(0, -1) : text).split("\n"), cutOff: !isWhole };
}

/**
 * One line-up out of any number of playlists: what is kept of entries that stand twice, and which number a channel
 * has. Pure; the numbers of before are handed in, so that a channel keeps its own when others come and go.
 */
import type { Pair } from "./attributes.ts";
import { ENTRIES_MAX } from "./limits.ts";
import type { Entry, Playlist } from "./m3u.ts";

export interface Channel extends Entry {
  /** Its channel number, which no other has: `5` or `5.1`. */
  readonly guideNumber: string;
}

/** One that plays through slots. */
export type AceChannel = Channel & { readonly target: { readonly kind: "content" } };

export const isAceStream = (channel: Channel): channel is AceChannel => channel.target.kind === "content";

export interface Lineup {
  readonly attributes: readonly Pair[];
  readonly channels: readonly Channel[];
  readonly tail: readonly string[];
  /** Guides that the playlists name, each with the playlist that names it first, by index. */
  readonly guides: ReadonlyMap<string, number>;
  /** Entries that stood in an earlier playlist, or above, in just the same way. */
  readonly repeated: number;
  /** Entries beyond the bound. */
  readonly beyond: number;
  /** Numbers that were given out, also of channels that are gone: to be handed in next time. */
  readonly numbers: ReadonlyMap<string, string>;
}

export const NO_LINEUP: Lineup = {
  attributes: [],
  channels: [],
  tail: [],
  guides: new Map(),
  repeated: 0,
  beyond: 0,
  numbers: new Map(),
};

/** `numbers`: of the line-up before. */
export function lineUp(playlists: readonly Playlist[], numbers: ReadonlyMap<string, string>): Lineup {
  const attributes = new Map<string, Pair>();
  const guides = new Map<string, number>();
  const seen = new Set<string>();
  const entries: Entry[] = [];
  let repeated = 0;
  playlists.forEach((playlist, index) => {
    for (const pair of playlist.attributes) if (!attributes.has(pair.name)) attributes.set(pair.name, pair);
    for (const guide of playlist.guides) if (!guides.has(guide)) guides.set(guide, index);
    for (const entry of playlist.entries) {
      // The same channel may well stand under two names or in two groups.
      const key = `${linkOf(entry)}\n${entry.name}\n${entry.groups.join(";")}`;
      if (seen.size === seen.add(key).size) repeated += 1;
      else entries.push(entry);
    }
  });
  const kept = entries.slice(0, ENTRIES_MAX);
  return {
    attributes: [...attributes.values()],
    ...numbered(kept, numbers),
    tail: playlists.flatMap(({ tail }) => tail),
    guides,
    repeated,
    beyond: entries.length - kept.length,
  };
}

const linkOf = ({ target }: Entry): string =>
  target.kind === "content" ? `${target.content}?${target.extras}` : target.url;

/** First the numbers that playlists give, then those of before, then the next ones that are free. */
function numbered(
  entries: readonly Entry[],
  before: ReadonlyMap<string, string>,
): Pick<Lineup, "channels" | "numbers"> {
  const times = new Map<string, number>();
  const keys = entries.map((entry) => {
    const link = linkOf(entry);
    const nth = (times.get(link) ?? 0) + 1;
    times.set(link, nth);
    return `${nth} ${link}`;
  });
  const taken = new Set<string>();
  const given = new Map<number, string>();
  const take = (index: number, number: string | null | undefined): void => {
    if (typeof number !== "string" || taken.has(number) || given.has(index)) return;
    taken.add(number);
    given.set(index, number);
  };
  entries.forEach((entry, index) => {
    take(index, entry.number);
  });
  keys.forEach((key, index) => {
    take(index, before.get(key));
  });
  const reserved = new Set(before.values());
  let next = 1;
  const channels = entries.map((entry, index) => {
    while (!given.has(index)) {
      const number = String(next++);
      if (!reserved.has(number)) take(index, number);
    }
    return { ...entry, guideNumber: given.get(index) ?? "" };
  });
  const numbers = new Map(before);
  channels.forEach(({ guideNumber }, index) => {
    numbers.set(keys[index] ?? "", guideNumber);
  });
  // Channels that are long gone must not hold numbers for ever.
  for (const key of numbers.keys()) {
    if (numbers.size <= 2 * ENTRIES_MAX) break;
    numbers.delete(key);
  }
  return { channels, numbers };
}

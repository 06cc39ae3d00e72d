/**
 * One line-up out of any number of playlists: what is kept of entries that stand twice, and which number a channel
 * has. Pure; the numbers of before are handed in, so that a channel keeps its own when others come and go.
 */
import type { Pair } from "./attributes.ts";
import { ENTRIES_A_TURN, ENTRIES_MAX } from "./limits.ts";
import type { Entry, Playlist } from "./m3u.ts";
import { type Numbers, numbered, type Wanted } from "./numbers.ts";
import { atOnce, inTurns, type Steps } from "./turns.ts";

/** One that plays through slots, with a number that no other has: `5` or `5.1`. */
export type AceChannel = Entry & {
  readonly target: { readonly kind: "content" };
  readonly guideNumber: string;
};

/** Other addresses have no number: nobody asks for them by one. */
export type Channel = AceChannel | (Entry & { readonly target: { readonly kind: "url" } });

export const isAceStream = (channel: Channel): channel is AceChannel => channel.target.kind === "content";

export interface Lineup {
  readonly attributes: readonly Pair[];
  readonly channels: readonly Channel[];
  readonly byNumber: ReadonlyMap<string, AceChannel>;
  readonly tail: readonly string[];
  /** Guides that the playlists name, each with the playlist that names it first, by index. */
  readonly guides: ReadonlyMap<string, number>;
  /** Entries that stood in an earlier playlist, or above, in just the same way. */
  readonly repeated: number;
  /** Entries beyond the bound. */
  readonly beyond: number;
  /** Numbers that were given out, for a while also of channels that are gone: to be handed in next time. */
  readonly numbers: Numbers;
}

export const NO_LINEUP: Lineup = {
  attributes: [],
  channels: [],
  byNumber: new Map(),
  tail: [],
  guides: new Map(),
  repeated: 0,
  beyond: 0,
  numbers: new Map(),
};

/** `numbers`: of the line-up before. */
export const lineUp = (playlists: readonly Playlist[], numbers: Numbers): Lineup =>
  atOnce(linedUp(playlists, numbers));

/** The same with pauses, so that streams need not wait for a long list. */
export const lineUpInTurns = (playlists: readonly Playlist[], numbers: Numbers): Promise<Lineup> =>
  inTurns(linedUp(playlists, numbers));

function* linedUp(playlists: readonly Playlist[], before: Numbers): Steps<Lineup> {
  const attributes = new Map<string, Pair>();
  const guides = new Map<string, number>();
  for (const [index, playlist] of playlists.entries()) {
    for (const pair of playlist.attributes) if (!attributes.has(pair.name)) attributes.set(pair.name, pair);
    for (const guide of playlist.guides) if (!guides.has(guide)) guides.set(guide, index);
  }
  const { entries, wanted, repeated, beyond } = yield* withoutRepeated(playlists);
  const { given, numbers } = yield* numbered(wanted, before);
  const channels: Channel[] = [];
  const byNumber = new Map<string, AceChannel>();
  let nth = 0;
  for (const entry of entries) {
    if (channels.length % ENTRIES_A_TURN === 0) yield;
    if (isForSlots(entry)) {
      const channel = { ...entry, guideNumber: given[nth++] ?? "" };
      byNumber.set(channel.guideNumber, channel);
      channels.push(channel);
    } else channels.push(entry as Channel);
  }
  const tail = playlists.flatMap(({ tail }) => tail);
  return {
    ...{ attributes: [...attributes.values()], channels, byNumber, tail },
    ...{ guides, repeated, beyond, numbers },
  };
}

const isForSlots = (entry: Entry): entry is Omit<AceChannel, "guideNumber"> =>
  entry.target.kind === "content";

interface Kept {
  readonly entries: readonly Entry[];
  /** For the entries that play through slots, in their order. */
  readonly wanted: readonly Wanted[];
  readonly repeated: number;
  readonly beyond: number;
}

function* withoutRepeated(playlists: readonly Playlist[]): Steps<Kept> {
  const seen = new Set<string>();
  /** How often each content stands there. */
  const times = new Map<string, number>();
  const entries: Entry[] = [];
  const wanted: Wanted[] = [];
  let repeated = 0;
  let beyond = 0;
  let read = 0;
  for (const playlist of playlists) {
    for (const entry of playlist.entries) {
      if (read++ % ENTRIES_A_TURN === 0) yield;
      const link = linkOf(entry);
      // The same channel may well stand under two names or in two groups.
      const size = seen.size;
      if (seen.add(`${link}\n${entry.name}\n${entry.groups.join(";")}`).size === size) repeated += 1;
      else if (entries.length === ENTRIES_MAX) beyond += 1;
      else {
        entries.push(entry);
        if (!isForSlots(entry)) continue;
        const nth = (times.get(link) ?? 0) + 1;
        times.set(link, nth);
        wanted.push({ key: nth === 1 ? link : `${link} ${nth}`, own: entry.number });
      }
    }
  }
  return { entries, wanted, repeated, beyond };
}

const linkOf = ({ target }: Entry): string =>
  target.kind === "content" ? `${target.content}?${target.extras}` : target.url;

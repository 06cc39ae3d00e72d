/**
 * The channels: playlists and guides are read, put together and kept fresh here. It never touches a stream or a
 * slot, and nothing that a client sends ever becomes an address that it asks. `proxy.ts` makes one for each proxy;
 * `http/` hands out what it holds.
 */
import type { Log } from "../log.ts";
import { type Guide, type GuidePart, mergeGuides, readGuide, withoutChannels } from "./guide.ts";
import {
  FIRST_LOOK_MS_MAX,
  FIRST_READING_MS_MAX,
  GUIDE_BYTES_MAX,
  NAMED_GUIDES_MAX,
  PLAYLIST_BYTES_MAX,
} from "./limits.ts";
import { type AceChannel, type Lineup, lineUpInTurns, NO_LINEUP } from "./lineup.ts";
import { type Playlist, readM3uInTurns } from "./m3u.ts";
import type { NamedBy } from "./reach.ts";
import { type Content, type Raw, Source } from "./source.ts";
import { Timetable, within } from "./timetable.ts";
import { unpackedText } from "./unpacking.ts";

export type { Guide } from "./guide.ts";
export { type AceChannel, type Channel, isAceStream, type Lineup } from "./lineup.ts";
export { type Format, pathOf, writeM3uInTurns } from "./write.ts";

export interface ChannelSettings {
  /** M3U files and URLs, in order. */
  readonly playlists: readonly string[];
  /** XMLTV files and URLs; empty: those that the playlists name. */
  readonly guides: readonly string[];
  readonly playlistRefreshMs: number;
}

/** One source as the API shows it. */
export interface SourceView {
  /** Without names, passwords and queries. */
  readonly source: string;
  readonly kind: "playlist" | "guide";
  /** Whether the last try went well; null: it is not over yet. */
  readonly ok: boolean | null;
  readonly error: string | null;
  /** Channels of it that are in use; with an error those of before. */
  readonly entries: number;
  /** Entries of a playlist that are not given out. */
  readonly dropped: number;
  /** When it was last read with other content than before. */
  readonly at: string | null;
}

interface ReadPlaylist extends Playlist {
  /** Who names its guides: something on the internet, or in this network. */
  readonly namedBy: NamedBy;
}

export class Channels {
  lineup: Lineup = NO_LINEUP;
  /** Null: none was read yet, or there is none. */
  guide: Guide | null = null;
  #settings: ChannelSettings;
  #playlists: Source<ReadPlaylist>[] = [];
  #guides: Source<GuidePart>[] = [];
  /** What `lineup` and `guide` were made of. */
  #linedUp: readonly Content<ReadPlaylist>[] = [];
  #merged: readonly Content<GuidePart>[] = [];
  #liningUp: Promise<void> = Promise.resolve();
  /** Of the first round, or of the one after other settings: the line-up, and all of it. */
  #firstLineUp: Promise<void> | null = null;
  #firstReading: Promise<void> | null = null;
  readonly #closing = new AbortController();
  readonly #timetable: Timetable;
  readonly #log: Log;

  /** `patienceMs`: how long others wait for a source that was never read. */
  constructor(settings: ChannelSettings, log: Log, patienceMs = FIRST_LOOK_MS_MAX) {
    this.#settings = settings;
    this.#log = log;
    this.#timetable = new Timetable({
      sources: () => [...this.#playlists, ...this.#guides],
      round: (linedUp) => this.#round(linedUp),
      refreshMs: () => this.#settings.playlistRefreshMs,
      ...{ patienceMs, log, signal: this.#closing.signal },
    });
    this.#takeSources();
  }

  /** Whether there are to be channels; guides may stand alone. */
  get isConfigured(): boolean {
    return this.#settings.playlists.length > 0;
  }

  /** Whether there is any guide to be read. */
  get hasGuides(): boolean {
    return this.#guides.length > 0;
  }

  /** Whether any playlist was read well and is in the line-up; one without channels is never read well. */
  get isKnown(): boolean {
    return this.lineup.channels.length > 0;
  }

  byNumber(number: string): AceChannel | null {
    return this.lineup.byNumber.get(number) ?? null;
  }

  /** Reads all sources, and again and again. Resolves when each was tried once, or hangs; never rejects. */
  start(): Promise<void> {
    return this.#firstReading ?? this.#refresh();
  }

  /** Resolves when the playlists were read for the first time, or took too long for somebody who waits. */
  async readPlaylists(): Promise<void> {
    if (this.#firstLineUp !== null) await within(FIRST_READING_MS_MAX, this.#firstLineUp);
  }

  /** The same of playlists and guides. */
  async read(): Promise<void> {
    if (this.#firstReading !== null) await within(FIRST_READING_MS_MAX, this.#firstReading);
  }

  /** Takes over other settings; sources that stay keep their content, and all are read again. */
  configure(settings: ChannelSettings): Promise<void> {
    this.#settings = settings;
    this.#takeSources();
    // What was read of those that stay is there at once; the round tells what goes wrong.
    this.#lineUp().catch(() => {});
    return this.#refresh();
  }

  close(): void {
    this.#closing.abort();
  }

  /** Why sources cannot be read, for people. */
  get troubles(): readonly string[] {
    return this.views()
      .filter(({ error }) => error !== null)
      .map(({ kind, source, error }) => `${kind} ${source}: ${error}`);
  }

  views(): readonly SourceView[] {
    const view = <T>(
      source: Source<T>,
      entries: (value: T) => number,
      dropped: (value: T) => number,
    ): SourceView => ({
      source: source.shownName,
      kind: source.kind,
      ok: source.tried ? source.error === null : null,
      error: source.error,
      entries: source.content === null ? 0 : entries(source.content.value),
      dropped: source.content === null ? 0 : dropped(source.content.value),
      at: source.content?.at.toISOString() ?? null,
    });
    return [
      ...this.#playlists.map((source) =>
        view(
          source,
          ({ entries }) => entries.length,
          ({ dropped }) => dropped,
        ),
      ),
      ...this.#guides.map((source) =>
        view(
          source,
          ({ channels }) => channels.size,
          () => 0,
        ),
      ),
    ];
  }

  #takeSources(): void {
    const { playlists } = this.#settings;
    this.#playlists = [...new Set(playlists)].map(
      (name) =>
        this.#playlists.find((source) => source.name === name) ??
        new Source({
          ...{ name, kind: "playlist", namedBy: "operator", bytesMax: PLAYLIST_BYTES_MAX, log: this.#log },
          read: readPlaylist,
        }),
    );
    this.#takeGuides();
  }

  /** Those of the settings, or those that the playlists name. */
  #takeGuides(): void {
    const named = new Map<string, NamedBy>(this.#settings.guides.map((name) => [name, "operator"]));
    if (named.size === 0)
      for (const { content } of this.#playlists)
        for (const guide of content?.value.guides ?? [])
          if (named.size < NAMED_GUIDES_MAX && !named.has(guide))
            named.set(guide, content?.value.namedBy ?? "public");
    this.#guides = [...named].map(
      ([name, namedBy]) =>
        this.#guides.find((source) => source.name === name && source.namedBy === namedBy) ??
        new Source({
          ...{ name, kind: "guide", namedBy, bytesMax: GUIDE_BYTES_MAX, log: this.#log },
          read: ({ bytes }) => readGuide(bytes, this.#closing.signal),
        }),
    );
  }

  #refresh(): Promise<void> {
    const { linedUp, all } = this.#timetable.refresh();
    this.#firstLineUp = linedUp;
    this.#firstReading = all;
    return all;
  }

  async #round(linedUp: () => void): Promise<void> {
    await this.#timetable.lookAt(this.#playlists);
    await this.#lineUp();
    this.#takeGuides();
    linedUp();
    await this.#timetable.lookAt(this.#guides);
    if (!isSameList(contentsOf(this.#guides), this.#merged)) await this.#mergeGuides();
  }

  /** One after the other, each out of what the playlists have when it begins. */
  #lineUp(): Promise<void> {
    const done = this.#liningUp.then(async () => {
      const contents = contentsOf(this.#playlists);
      if (isSameList(contents, this.#linedUp)) return;
      this.lineup = await lineUpInTurns(
        contents.map(({ value }) => value),
        this.lineup.numbers,
      );
      this.#linedUp = contents;
    });
    this.#liningUp = done.catch(() => {});
    return done;
  }

  /** In the order of the sources; what a guide has of an earlier one's channels is left out. */
  async #mergeGuides(): Promise<void> {
    const contents = contentsOf(this.#guides);
    const parts: GuidePart[] = [];
    const taken = new Set<string>();
    for (const { value } of contents) {
      const shares = [...value.ids].some((id) => taken.has(id));
      const own = shares ? await withoutChannels(value, taken, this.#closing.signal) : value;
      parts.push(own);
      for (const id of own.ids) taken.add(id);
    }
    this.guide = parts.length === 0 ? null : await mergeGuides(parts);
    this.#merged = contents;
  }
}

const contentsOf = <T>(sources: readonly Source<T>[]): readonly Content<T>[] =>
  sources.flatMap(({ content }) => content ?? []);

const isSameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

async function readPlaylist({ bytes, url, reach }: Raw): Promise<ReadPlaylist> {
  const text = await unpackedText(bytes, PLAYLIST_BYTES_MAX);
  if (/^[\s\uFEFF]*<(?:!doctype\s+html|html|\?xml)/i.test(text.slice(0, 200)))
    throw new Error("it is a web page or XML, not a playlist");
  const playlist = await readM3uInTurns(text, url);
  // Providers answer with nothing for a while; nobody's channels should vanish for that.
  if (playlist.entries.length === 0)
    throw new Error(
      playlist.dropped === 0
        ? "there is no channel in it"
        : `there is no channel in it that can be given out (${playlist.dropped} dropped)`,
    );
  return { ...playlist, namedBy: reach };
}

/**
 * Reads M3U playlists as they are found in the wild, for writing them again. Every line and attribute that is not
 * known stays as it is, which is why this is a reader of our own: parsers hand out what they know and drop the
 * rest. Pure and total: no text makes it throw.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { isHash } from "../net/content.ts";
import { type Pair, readInfo, readPairs } from "./attributes.ts";
import { ENTRIES_MAX, ENTRY_LINES_MAX, LINE_CHARS_MAX, LINES_A_TURN } from "./limits.ts";
import { readLink, type Target } from "./links.ts";

export interface Entry {
  readonly target: Target;
  /** The lines before the link, verbatim but for spaces around them, each with its end; `#EXTINF` is among them. */
  readonly head: string;
  /** Never empty. */
  readonly name: string;
  /** From `group-title` and `#EXTGRP`; may be empty. */
  readonly groups: readonly string[];
  /** http(s) or null. */
  readonly logo: string | null;
  readonly tvgId: string | null;
  /** `tvg-chno` or `channel-number`, if it is a channel number such as 5 or 5.1. */
  readonly number: string | null;
}

export interface Playlist {
  /** Attributes of all `#EXTM3U` lines, without those that name guides. */
  readonly attributes: readonly Pair[];
  /** URLs of guides that the playlist names. */
  readonly guides: readonly string[];
  readonly entries: readonly Entry[];
  /** Lines after the last entry, verbatim. */
  readonly tail: readonly string[];
  /** Entries that are not given out: files, scripts, unknown schemes, overlong lines, no link, beyond the bound. */
  readonly dropped: number;
}

const GUIDE_ATTRIBUTES = new Set(["url-tvg", "x-tvg-url", "tvg-url"]);

/** `base`: the URL that the text came from; null: a file. */
export function readM3u(text: string, base: string | null): Playlist {
  const reader = new M3uReader(base);
  for (const line of linesOf(text)) reader.read(line);
  return reader.end();
}

/** The same with pauses, so that streams need not wait for a long list. */
export async function readM3uInTurns(text: string, base: string | null): Promise<Playlist> {
  const reader = new M3uReader(base);
  let lines = 0;
  for (const line of linesOf(text)) {
    reader.read(line);
    lines += 1;
    if (lines % LINES_A_TURN === 0) await nextTurn();
  }
  return reader.end();
}

/** The lines that hold anything, each when it is wanted: split in one go, a list of millions would hold up all streams. */
function* linesOf(text: string): Generator<string> {
  const lines = new RegExp(LINE, "g");
  for (let match = lines.exec(text); match !== null; match = lines.exec(text)) yield match[0];
}

/** Empty ones are passed over in one go. */
const LINE = /[^\r\n]+/;

class M3uReader {
  readonly #base: string | null;
  readonly #attributes: Pair[] = [];
  readonly #guides = new Set<string>();
  readonly #entries: Entry[] = [];
  #dropped = 0;
  /** Of the entry that is being read: its lines, the one with its name, and words that stood for a name. */
  #lines: string[] = [];
  #info = -1;
  #title = "";

  constructor(base: string | null) {
    this.#base = base;
  }

  read(raw: string): void {
    const line = raw.trim();
    if (line === "") return;
    if (line.length > LINE_CHARS_MAX) {
      this.#dropped += 1;
      this.#endEntry();
    } else if (line.startsWith("#")) this.#readComment(line);
    else if (this.#info === -1 && isTitle(line)) this.#title = line;
    else {
      const target = this.#entries.length < ENTRIES_MAX ? readLink(line, this.#base) : null;
      if (target === null) this.#dropped += 1;
      else this.#entries.push(entryOf(target, this.#lines, this.#info, this.#title));
      this.#endEntry();
    }
  }

  end(): Playlist {
    if (this.#info !== -1) this.#dropOrphan();
    return {
      attributes: this.#attributes,
      guides: [...this.#guides],
      entries: this.#entries,
      tail: this.#lines,
      dropped: this.#dropped,
    };
  }

  #readComment(line: string): void {
    if (/^#EXTINF:/i.test(line)) {
      if (this.#info !== -1) this.#dropOrphan();
      this.#info = this.#lines.length;
    } else if (/^#EXTM3U(?:\s|$)/i.test(line)) {
      this.#readHead(line);
      return;
    } else if (this.#lines.length >= ENTRY_LINES_MAX) return;
    this.#lines.push(line);
  }

  #readHead(line: string): void {
    for (const pair of readPairs(line, "#EXTM3U".length).pairs)
      if (!GUIDE_ATTRIBUTES.has(pair.name)) this.#attributes.push(pair);
      else for (const url of pair.value.split(/[\s,]+/)) if (/^https?:\/\//i.test(url)) this.#guides.add(url);
  }

  /** A name whose link never came. */
  #dropOrphan(): void {
    this.#dropped += 1;
    this.#lines.splice(this.#info, 1);
    this.#info = -1;
  }

  #endEntry(): void {
    this.#lines = [];
    this.#info = -1;
    this.#title = "";
  }
}

/** Plain words rather than an address: some lists have a name above each id, and nothing else. */
const isTitle = (line: string): boolean =>
  !isHash(line) && !/^[a-z][a-z\d+.-]*:\S|[\\/?]|\.(?:ts|m3u8?|mp4|mkv|mpd|avi)$/i.test(line);

/** `at`: of the `#EXTINF` line; -1: there is none. */
function entryOf(target: Target, lines: string[], at: number, title: string): Entry {
  const line = lines[at] ?? "";
  const info = readInfo(line.slice("#EXTINF:".length));
  const get = (name: string): string => info.attributes.get(name)?.trim() ?? "";
  const name = info.name || get("tvg-name") || title || get("tvg-id") || nameOf(target);
  // Players show nothing for an entry without a name, and some skip it.
  if (at === -1) lines.push(`#EXTINF:-1,${name}`);
  else if (info.name === "") lines[at] = `${line.replace(TRAILING, "")},${name}`;
  const logo = get("tvg-logo");
  const number = [get("tvg-chno"), get("channel-number")].find((text) => CHANNEL_NUMBER.test(text));
  return {
    target,
    head: `${lines.join("\n")}\n`,
    name,
    groups: groupsOf(get("group-title"), lines),
    logo: /^https?:\/\//i.test(logo) ? logo : null,
    tvgId: get("tvg-id") || null,
    number: number ?? null,
  };
}

/** Looked for from where such a run begins only, or each of its characters would be a beginning. */
const TRAILING = /(?<![\s,])[\s,]+$/;

function groupsOf(attribute: string, lines: readonly string[]): readonly string[] {
  let groups = attribute;
  for (const line of lines) if (/^#EXTGRP:/i.test(line)) groups += `;${line.slice("#EXTGRP:".length)}`;
  if (!groups.includes(";")) return groups === "" ? NO_GROUPS : [groups];
  return [...new Set(groups.split(";").map((group) => group.trim()))].filter((group) => group !== "");
}

const NO_GROUPS: readonly string[] = [];

const CHANNEL_NUMBER = /^[1-9]\d{0,5}(?:\.\d{1,3})?$/;

const nameOf = (target: Target): string =>
  target.kind === "content"
    ? `AceStream ${target.content.replace(/^.*:/, "").slice(0, 8)}`
    : target.url.replace(/^[a-z\d+.-]+:\/*(?:[^/@]*@)?/i, "").slice(0, 60) || "Stream";

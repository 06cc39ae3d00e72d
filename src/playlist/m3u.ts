/**
 * Reads M3U playlists as they are found in the wild, for writing them again. Every line and attribute that is not
 * known stays as it is, which is why this is a reader of our own: parsers hand out what they know and drop the
 * rest. Pure and total: no text makes it throw.
 */
import { isHash } from "../net/content.ts";
import { type Pair, readInfo, readPairs } from "./attributes.ts";
import { LINE_CHARS_MAX } from "./limits.ts";
import { readLink, type Target } from "./links.ts";

export interface Entry {
  readonly target: Target;
  /** The lines before the link, verbatim but for spaces around them, in order, `#EXTINF` among them. */
  readonly lines: readonly string[];
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
  /** Entries that are not given out: files, scripts, unknown schemes, overlong lines, names without a link. */
  readonly dropped: number;
}

const GUIDE_ATTRIBUTES = new Set(["url-tvg", "x-tvg-url", "tvg-url"]);

/** `base`: the URL that the text came from; null: a file. */
export function readM3u(text: string, base: string | null): Playlist {
  const attributes: Pair[] = [];
  const guides = new Set<string>();
  const entries: Entry[] = [];
  let dropped = 0;
  let lines: string[] = [];
  /** A line of plain words, which names the bare id that follows. */
  let title = "";

  const readHead = (line: string): void => {
    for (const pair of readPairs(line, "#EXTM3U".length).pairs)
      if (!GUIDE_ATTRIBUTES.has(pair.name)) attributes.push(pair);
      else for (const url of pair.value.split(/[\s,]+/)) if (/^https?:\/\//i.test(url)) guides.add(url);
  };
  const readComment = (line: string): void => {
    const orphan = isInfo(line) ? lines.findIndex(isInfo) : -1;
    if (orphan !== -1) {
      dropped += 1;
      lines.splice(orphan, 1);
    }
    lines.push(line);
  };
  const endEntry = (): void => {
    lines = [];
    title = "";
  };

  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trimEnd();
    const plain = line.replace(/^[\s\uFEFF]+/, "");
    if (plain === "") continue;
    if (line.length > LINE_CHARS_MAX) {
      dropped += 1;
      endEntry();
    } else if (/^#EXTM3U(?:\s|$)/i.test(plain)) readHead(plain);
    else if (plain.startsWith("#")) readComment(plain);
    else if (isTitle(plain) && !lines.some(isInfo)) title = plain;
    else {
      const target = readLink(plain, base);
      if (target === null) dropped += 1;
      else entries.push(entryOf(target, lines, title));
      endEntry();
    }
  }
  const tail = lines.filter((line) => !isInfo(line));
  return { attributes, guides: [...guides], entries, tail, dropped: dropped + lines.length - tail.length };
}

const isInfo = (line: string): boolean => /^#EXTINF:/i.test(line);

/** Plain words rather than an address: some lists have a name above each id, and nothing else. */
const isTitle = (line: string): boolean =>
  !isHash(line) && !/^[a-z][a-z\d+.-]*:\S|[\\/?]|\.(?:ts|m3u8?|mp4|mkv|mpd|avi)$/i.test(line);

function entryOf(target: Target, lines: readonly string[], title: string): Entry {
  const at = lines.findLastIndex(isInfo);
  const line = lines[at] ?? "";
  const start = line.indexOf(":") + 1;
  const info = readInfo(line.slice(start));
  const get = (name: string): string => info.attributes.get(name)?.trim() ?? "";
  const name =
    [info.name, get("tvg-name"), title, get("tvg-id")].find((text) => text !== "") ?? nameOf(target);
  const groups = [
    get("group-title"),
    ...lines.flatMap((other) => /^#EXTGRP:(.*)$/i.exec(other)?.[1] ?? []),
  ].flatMap((text) => text.split(";").map((part) => part.trim()));
  const logo = get("tvg-logo");
  const number = [get("tvg-chno"), get("channel-number")].find((text) => CHANNEL_NUMBER.test(text));
  return {
    target,
    // Players show nothing for an entry without a name, and some skip it.
    lines: info.name !== "" ? lines : withName(lines, at, name),
    name,
    groups: [...new Set(groups.filter((group) => group !== ""))],
    logo: /^https?:\/\//i.test(logo) ? logo : null,
    tvgId: get("tvg-id") || null,
    number: number ?? null,
  };
}

const CHANNEL_NUMBER = /^[1-9]\d{0,5}(?:\.\d{1,3})?$/;

function withName(lines: readonly string[], at: number, name: string): readonly string[] {
  if (at === -1) return [...lines, `#EXTINF:-1,${name}`];
  const bare = (lines[at] ?? "").replace(/\s*,?\s*$/, "");
  return lines.with(at, `${bare},${name}`);
}

const nameOf = (target: Target): string =>
  target.kind === "content"
    ? `AceStream ${target.content.replace(/^.*:/, "").slice(0, 8)}`
    : target.url.replace(/^[a-z\d+.-]+:\/*(?:[^/@]*@)?/i, "").slice(0, 60) || "Stream";

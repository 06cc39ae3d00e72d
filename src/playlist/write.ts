/** Writes the line-up as M3U for one client. Pure; nothing of a client is kept between two calls. */
import { ENTRIES_A_TURN } from "./limits.ts";
import type { Lineup } from "./lineup.ts";
import type { Target } from "./links.ts";
import { atOnce, inTurns, type Steps } from "./turns.ts";

export type Format = "ts" | "hls";

export interface WriteOptions {
  /** What every link begins with: own address and token, without a slash at its end. */
  readonly base: string;
  readonly format: Format;
  /** Only channels in one of these groups, whatever their case; empty: all. */
  readonly groups: readonly string[];
  /** Whether there is a guide to point to. */
  readonly guide: boolean;
}

export const writeM3u = (lineup: Lineup, options: WriteOptions): string =>
  atOnce(makePieces(lineup, options)).join(options.base);

/** The same with pauses, so that streams need not wait for a long list. */
export const writeM3uInTurns = async (lineup: Lineup, options: WriteOptions): Promise<string> =>
  (await piecesOf(lineup, options)).join(options.base);

/** Of each line-up what stands between the bases of its links: the same for all clients, and most of the work. */
const KNOWN = new WeakMap<Lineup, Map<string, Promise<readonly string[]>>>();

function piecesOf(lineup: Lineup, options: Omit<WriteOptions, "base">): Promise<readonly string[]> {
  if (options.groups.length > 0) return inTurns(makePieces(lineup, options));
  const known = KNOWN.get(lineup) ?? new Map<string, Promise<readonly string[]>>();
  KNOWN.set(lineup, known);
  const key = `${options.format} ${options.guide}`;
  const pieces = known.get(key) ?? inTurns(makePieces(lineup, options));
  known.set(key, pieces);
  return pieces;
}

/** The text in pieces; between two of them the base is missing. */
function* makePieces(
  lineup: Lineup,
  { format, groups, guide }: Omit<WriteOptions, "base">,
): Steps<readonly string[]> {
  const wanted = new Set(groups.map((group) => group.toLowerCase()));
  // Players differ in which of the two they read.
  const pieces = guide ? ['#EXTM3U url-tvg="', '/epg.xml" x-tvg-url="'] : [];
  let text = guide ? '/epg.xml"' : "#EXTM3U";
  for (const attribute of lineup.attributes) text += ` ${attribute.text}`;
  text += "\n";
  for (const [index, channel] of lineup.channels.entries()) {
    if (index % ENTRIES_A_TURN === ENTRIES_A_TURN - 1) yield;
    if (wanted.size > 0 && !channel.groups.some((group) => wanted.has(group.toLowerCase()))) continue;
    const { target, head } = channel;
    if (target.kind === "url") text += `${head}${target.url}\n`;
    else {
      pieces.push(`${text}${ownHead(head)}#KODIPROP:mimetype=${MIME[format]}\n`);
      text = `${pathOf(target, format)}\n`;
    }
  }
  for (const line of lineup.tail) text += `${line}\n`;
  pieces.push(text);
  return pieces;
}

/** MIME types that spare Kodi a look at the stream before it plays. */
const MIME: Readonly<Record<Format, string>> = {
  ts: "video/mp2t",
  hls: "application/vnd.apple.mpegurl",
};

const ownHead = (head: string): string => (KODIPROP.test(head) ? head.replace(OF_ANOTHER_LINK, "") : head);

const KODIPROP = /^#KODIPROP:/im;
/** What the playlist told Kodi of the link that ours stands for: its MIME type, and how to take it apart. */
const OF_ANOTHER_LINK =
  /^#KODIPROP:\s*(?:mimetype\s*=|inputstream(?:addon|class)?\s*=\s*inputstream\.adaptive|inputstream\.adaptive\.).*\n/gim;

/** Path and query of a content here. The path ends as the format does: players go by that. */
export function pathOf(target: Extract<Target, { kind: "content" }>, format: Format): string {
  const [kind = "id", hash = ""] = target.content.split(":");
  const extras = target.extras === "" ? "" : `&${target.extras}`;
  if (format === "hls") return `/ace/manifest.m3u8?${kind}=${hash}${extras}`;
  return kind === "id"
    ? `/ace/getstream/${hash}.ts${extras.replace("&", "?")}`
    : `/ace/getstream.ts?infohash=${hash}${extras}`;
}

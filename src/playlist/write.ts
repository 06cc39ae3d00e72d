/** Writes the line-up as M3U for one client. Pure; nothing of a client is kept between two calls. */
import type { Channel, Lineup } from "./lineup.ts";
import type { Target } from "./links.ts";

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

export function writeM3u(lineup: Lineup, { base, format, groups, guide }: WriteOptions): string {
  const wanted = new Set(groups.map((group) => group.toLowerCase()));
  const head = [
    "#EXTM3U",
    // Players differ in which of the two they read.
    ...(guide ? [`url-tvg="${base}/epg.xml"`, `x-tvg-url="${base}/epg.xml"`] : []),
    ...lineup.attributes.map(({ text }) => text),
  ].join(" ");
  let text = `${head}\n`;
  for (const channel of lineup.channels) {
    if (wanted.size > 0 && !channel.groups.some((group) => wanted.has(group.toLowerCase()))) continue;
    text += entryText(channel, base, format);
  }
  for (const line of lineup.tail) text += `${line}\n`;
  return text;
}

/** MIME types that spare Kodi a look at the stream before it plays. */
const MIME: Readonly<Record<Format, string>> = {
  ts: "video/mp2t",
  hls: "application/vnd.apple.mpegurl",
};

function entryText({ target, head }: Channel, base: string, format: Format): string {
  if (target.kind === "url") return `${head}${target.url}\n`;
  const own = KODIPROP.test(head) ? head.replace(OF_ANOTHER_LINK, "") : head;
  return `${own}#KODIPROP:mimetype=${MIME[format]}\n${base}${pathOf(target, format)}\n`;
}

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

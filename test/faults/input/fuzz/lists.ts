/** Playlists and guides, damaged: what is read of them can be written and read again, and says the same. */

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type Guide, mergeGuides, readGuide } from "../../../../src/playlist/guide.ts";
import { type Lineup, lineUp } from "../../../../src/playlist/lineup.ts";
import { readM3u } from "../../../../src/playlist/m3u.ts";
import { unpackedText } from "../../../../src/playlist/unpacking.ts";
import { type Format, writeM3u } from "../../../../src/playlist/write.ts";
import { GuideError } from "../../../../src/playlist/xmltv.ts";
import { damaged, word } from "./mutate.ts";
import { each, must, mustBeOneLine, type Target } from "./target.ts";

const LIST_BYTES_MAX = 1024 * 1024;
const hash = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => Buffer.from(bytes).toString("hex"));
const link = fc.oneof(
  hash.map((id) => `acestream://${id}`),
  hash.map((id) => `http://127.0.0.1:6878/ace/getstream?id=${id}&pid=1`),
  hash.map((id) => `http://127.0.0.1:6878/ace/manifest.m3u8?infohash=${id}&transcode_audio=1`),
  hash,
  word.map((text) => `http://elsewhere/${encodeURIComponent(text.replaceAll(/\p{Cs}/gu, ""))}`),
  fc.constantFrom(
    "file:///etc/passwd",
    "javascript:alert(1)",
    "pipe:///bin/sh",
    "rtmp://a/b",
    "../a.ts",
    "a b c",
  ),
);
const attribute = fc
  .tuple(fc.constantFrom("tvg-id", "tvg-logo", "group-title", "tvg-chno", "tvg-name", "x"), word)
  .map(([name, value]) => `${name}="${value}"`);
const entry = fc
  .tuple(fc.array(attribute, { maxLength: 4 }), word, link, fc.constantFrom("\n", "\r\n", "\r"))
  .map(([attributes, name, to, end]) => `#EXTINF:-1 ${attributes.join(" ")},${name}${end}${to}${end}`);
const playlist = fc
  .tuple(
    fc.constantFrom("", "\uFEFF"),
    fc.array(attribute, { maxLength: 2 }),
    fc.array(entry, { maxLength: 12 }),
  )
  .map(([mark, head, entries]) => Buffer.from(`${mark}#EXTM3U ${head.join(" ")}\n${entries.join("")}`));

const BASE = "http://proxy:6879/t/x";
const written = (lineup: Lineup, format: Format): string =>
  writeM3u(lineup, { base: BASE, format, groups: [], guide: false });
/** Of a channel what its player sees. */
const seen = ({ channels }: Lineup): unknown =>
  channels.map(({ target, name, groups, tvgId }) => ({ target, name, groups, tvgId }));

async function listHolds(bytes: Buffer): Promise<void> {
  const text = await unpackedText(bytes, LIST_BYTES_MAX).catch((error: unknown) => String(error));
  const lineup = lineUp([readM3u(text, null)], new Map());
  const numbers = lineup.channels.flatMap((channel) =>
    "guideNumber" in channel ? [channel.guideNumber] : [],
  );
  must(new Set(numbers).size === numbers.length, "no two channels have one number");
  for (const { target, name } of lineup.channels) {
    must(name !== "" && !/[\r\n]/.test(name), `a channel has a name of one line: ${JSON.stringify(name)}`);
    if (target.kind === "content")
      must(/^(id|infohash):[0-9a-f]{40}$/.test(target.content), `${target.content} is a content`);
    else
      must(
        !/^(file|javascript|pipe|data|vbscript):/i.test(target.url.trim()),
        `${target.url} leads to no file`,
      );
  }
  for (const format of ["ts", "hls"] as const) {
    const once = written(lineup, format);
    const again = lineUp([readM3u(once, null)], lineup.numbers);
    must(
      JSON.stringify(seen(again)) === JSON.stringify(seen(lineup)),
      `a list that was written reads back:\n${once}`,
    );
    must(
      written(again, format) === once,
      `a list is written the same again:\n${once}\n${written(again, format)}`,
    );
  }
}

const id = word.map((text) => text.replaceAll(/[<&"]/g, ""));
const channel = id.map(
  (of) => `<channel id="${of}"><display-name>${of.slice(0, 3)}</display-name></channel>`,
);
const programme = id.map(
  (of) => `<programme channel="${of}" start="20261130"><title>x &amp; y</title></programme>`,
);
const guide = fc
  .tuple(
    fc.array(fc.oneof(channel, programme), { maxLength: 12 }),
    fc.constantFrom("", '<?xml version="1.0"?>\n'),
  )
  .map(([parts, head]) => Buffer.from(`${head}<tv>\n${parts.join("\n")}\n</tv>\n`));

const NEVER = new AbortController().signal;

async function merged(bytes: Buffer): Promise<Guide | null> {
  try {
    return await mergeGuides([await readGuide(bytes, NEVER)]);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    must(
      error instanceof GuideError || code.startsWith("Z_"),
      `a guide is refused with reason: ${String(error)}`,
    );
    mustBeOneLine(String(error));
    return null;
  }
}

async function guideHolds({ bytes, packed }: { bytes: Buffer; packed: boolean }): Promise<void> {
  const once = await merged(packed ? gzipSync(bytes) : bytes);
  if (once === null) return;
  const again = await merged(Buffer.from(await once.gzip.arrayBuffer()));
  must(again !== null, "a guide that was put together can be read");
  must(
    again.channels === once.channels && again.programmes === once.programmes,
    `it holds the same: ${JSON.stringify([once, again])}`,
  );
}

export const playlists: Target = {
  name: "m3u",
  short: 80,
  run: (plan) => each(plan, damaged(playlist, LIST_BYTES_MAX), listHolds),
};

export const guides: Target = {
  name: "xmltv",
  short: 80,
  run: (plan) => each(plan, fc.record({ bytes: damaged(guide), packed: fc.boolean() }), guideHolds),
};

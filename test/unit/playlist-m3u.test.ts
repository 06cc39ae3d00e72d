/** Playlists as they are found, and as they are written again. */
import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { parse } from "iptv-playlist-parser";
import { readInfo } from "../../src/playlist/attributes.ts";
import { ENTRIES_A_TURN, ENTRIES_MAX } from "../../src/playlist/limits.ts";
import { readM3u } from "../../src/playlist/m3u.ts";
import { unpackedText } from "../../src/playlist/unpacking.ts";
import { hashOf, lineupOf, withOthers, written, writtenInTurns } from "../support/lineups.ts";

const A = hashOf(0xa);
const B = hashOf(0xb);
const TS = "#KODIPROP:mimetype=video/mp2t";

describe("the line before a link", () => {
  test.each<[string, Record<string, string>, string]>([
    ['-1 tvg-id="a" group-title="News",One', { "tvg-id": "a", "group-title": "News" }, "One"],
    ["-1,One, and a comma", {}, "One, and a comma"],
    [
      '-1 group-title="A, B; C" tvg-logo="http://x/a,b.png",One',
      { "group-title": "A, B; C", "tvg-logo": "http://x/a,b.png" },
      "One",
    ],
    ['-1 tvg-name="The "Big" One" tvg-id="b",One', { "tvg-name": 'The "Big" One', "tvg-id": "b" }, "One"],
    ['-1 tvg-id="a"tvg-name="b",One', { "tvg-id": "a", "tvg-name": "b" }, "One"],
    ["-1 tvg-id='a' tvg-chno=5,One", { "tvg-id": "a", "tvg-chno": "5" }, "One"],
    ['-1 radio tvg-id="a" , One ', { radio: "", "tvg-id": "a" }, "One"],
    ['0.5 TVG-ID="a",<b>One</b> "x"', { "tvg-id": "a" }, '<b>One</b> "x"'],
    ['-1 tvg-id="",', { "tvg-id": "" }, ""],
    ["", {}, ""],
    [
      '-1 catchup="append" catchup-source="?utc={utc}&d=1,2" catchup-days=7,One',
      { catchup: "append", "catchup-source": "?utc={utc}&d=1,2", "catchup-days": "7" },
      "One",
    ],
    // A quote that never ends: nothing more is read, and nothing is lost of the line itself.
    ['-1 tvg-id="a,One', {}, "One"],
  ])("%p", (text, attributes, name) => {
    const info = readInfo(text);
    expect([Object.fromEntries(info.attributes), info.name]).toEqual([attributes, name]);
  });
});

test.each([
  ["quotes", `#EXTINF:-1 ${'a="'.repeat(4_000)}`],
  ["commas", `#EXTINF:-1 a="${",".repeat(16_000)}"`],
  ["a long word", `#EXTINF:-1 a="x" ${"w".repeat(16_000)}" b`],
])("a line that is made to be slow is read at once: %s", (_, line) => {
  const started = process.cpuUsage();
  expect(readM3u(`${line}\n${A}\n`.repeat(20), null).entries).toHaveLength(20);
  // Of a second; reading it again from each character on would take many of them, or minutes.
  expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
});

test("a list that is made to be endless ends at the bound, and the rest is counted", () => {
  const { entries, dropped } = readM3u("udp:a\n".repeat(ENTRIES_MAX + 5), null);
  expect([entries.length, dropped]).toEqual([ENTRIES_MAX, 5]);
});

test("each line is read in the encoding that it has, and UTF-16 by its mark", async () => {
  const read = (...parts: (string | Buffer)[]) =>
    unpackedText(Buffer.concat(parts.map((part) => Buffer.from(part as string))), 1_000);
  expect(await read("\uFEFFEspaña\n", Buffer.from("España\r\n", "latin1"), "日本")).toBe(
    "España\nEspaña\r\n日本",
  );
  expect(await read(gzipSync("España"))).toBe("España");
  expect(await read(Buffer.from("\uFEFFEspaña\n日本", "utf16le"))).toBe("España\n日本");
  expect(await read(Buffer.from("\uFEFFEspaña\n日本", "utf16le").swap16())).toBe("España\n日本");
});

describe("written again", () => {
  test("a playlist points to us, and keeps whatever else is in it", () => {
    const text = [
      '\uFEFF#EXTM3U url-tvg="http://x/guide.xml" tvg-shift=2 $Odd="1" flag catchup="shift"',
      "# a remark",
      '#EXTINF:-1 tvg-id="one" new-thing="1, 2",One <b>HD</b>',
      "#EXTGRP:News",
      "#EXTVLCOPT:network-caching=1000",
      "#KODIPROP:inputstream=inputstream.adaptive",
      "#KODIPROP:inputstream.adaptive.manifest_type=hls",
      "#KODIPROP:mimetype=application/x-mpegURL",
      "#KODIPROP:inputstream.ffmpegdirect.is_realtime_stream=true",
      "#EXT-X-UNKNOWN:1",
      `acestream://${A.toUpperCase()}`,
      "",
      "#EXTINF:-1,Two",
      "#KODIPROP:mimetype=application/dash+xml",
      "http://example.org/two.mpd",
      "#EXTINF:-1,Gone",
      "file:///etc/passwd",
      "# the end",
      "",
    ].join("\r\n");
    const lineup = lineupOf(text);
    expect(written(lineup, { guide: true })).toBe(
      [
        '#EXTM3U url-tvg="http://nas:6879/epg.xml" x-tvg-url="http://nas:6879/epg.xml" tvg-shift=2 $Odd="1" flag catchup="shift"',
        "# a remark",
        '#EXTINF:-1 tvg-id="one" new-thing="1, 2",One <b>HD</b>',
        "#EXTGRP:News",
        "#EXTVLCOPT:network-caching=1000",
        "#KODIPROP:inputstream.ffmpegdirect.is_realtime_stream=true",
        "#EXT-X-UNKNOWN:1",
        TS,
        `http://nas:6879/ace/getstream/${A}.ts`,
        "#EXTINF:-1,Two",
        "#KODIPROP:mimetype=application/dash+xml",
        "http://example.org/two.mpd",
        "# the end",
        "",
      ].join("\n"),
    );
    expect(readM3u(text, null)).toMatchObject({ dropped: 1, guides: ["http://x/guide.xml"] });
  });

  test("HLS links say that they are", () => {
    const lineup = lineupOf(`#EXTINF:-1,One\n${A}\n#EXTINF:-1,Two\nacestream:?infohash=${B}&_idx=1\n`);
    expect(written(lineup, { format: "hls" })).toBe(
      [
        "#EXTM3U",
        "#EXTINF:-1,One",
        "#KODIPROP:mimetype=application/vnd.apple.mpegurl",
        `http://nas:6879/ace/manifest.m3u8?id=${A}`,
        "#EXTINF:-1,Two",
        "#KODIPROP:mimetype=application/vnd.apple.mpegurl",
        `http://nas:6879/ace/manifest.m3u8?infohash=${B}&_idx=1`,
        "",
      ].join("\n"),
    );
    expect(written(lineup)).toContain(`\nhttp://nas:6879/ace/getstream.ts?infohash=${B}&_idx=1\n`);
  });

  test("entries without a name get one, and lists of names and ids become playlists", () => {
    const lineup = lineupOf(
      [
        A,
        "First channel",
        B,
        '#EXTINF:-1 tvg-name="By attribute",',
        hashOf(1),
        '#EXTINF:-1 tvg-id="by.id"',
        hashOf(2),
        "#EXTINF:-1,No link",
        "#EXTINF:-1,Last",
        hashOf(3),
      ].join("\n"),
    );
    expect(lineup.channels.map(({ name }) => name)).toEqual([
      "AceStream 00000000",
      "First channel",
      "By attribute",
      "by.id",
      "Last",
    ]);
    expect(written(lineup).match(/#EXTINF.*/g)).toEqual([
      "#EXTINF:-1,AceStream 00000000",
      "#EXTINF:-1,First channel",
      '#EXTINF:-1 tvg-name="By attribute",By attribute',
      '#EXTINF:-1 tvg-id="by.id",by.id',
      "#EXTINF:-1,Last",
    ]);
  });

  test("groups are found in both places, and may be asked for", () => {
    const lineup = lineupOf(
      [
        `#EXTINF:-1 group-title="News;Sport",One\n${A}`,
        `#EXTINF:-1,Two\n#EXTGRP:Sport\n${B}`,
        `#EXTINF:-1 group-title="Films",Three\n${hashOf(3)}`,
      ].join("\n"),
    );
    expect(lineup.channels.map(({ groups }) => groups)).toEqual([["News", "Sport"], ["Sport"], ["Films"]]);
    const names = (groups: string[]) => parse(written(lineup, { groups })).items.map(({ name }) => name);
    expect(names(["sport"])).toEqual(["One", "Two"]);
    expect(names(["News", "films"])).toEqual(["One", "Three"]);
    expect(names(["none"])).toEqual([]);
  });
});

test("a line that is too long for any player is dropped, and nothing else is", () => {
  const long = `#EXTINF:-1 tvg-id="${"x".repeat(20_000)}",Long\n${A}\n`;
  const { entries, dropped } = readM3u(`#EXTINF:-1,One\n${B}\n${long}#EXTINF:-1,Two\n${hashOf(3)}\n`, null);
  // The link is still one, and its name is made of it.
  expect([entries.map(({ name }) => name), dropped]).toEqual([["One", "AceStream 00000000", "Two"], 1]);
});

test("nothing of one client's address is in what the next one gets", async () => {
  const lineup = lineupOf(`#EXTM3U a=1\n#EXTINF:-1,One\n${A}\n#EXTINF:-1,Web\nhttp://x/a.ts\n${B}\n`);
  for (const guide of [true, false])
    for (const format of ["ts", "hls"] as const) {
      const [a = "", b = ""] = await Promise.all(
        ["https://a.example/t/x", "http://b"].map((base) => writtenInTurns(lineup, { base, format, guide })),
      );
      expect(await writtenInTurns(lineup, { base: "http://b", format, guide })).toBe(b);
      expect(b).toBe(a.replaceAll("https://a.example/t/x", "http://b"));
      expect(b.split("http://b/")).toHaveLength(guide ? 5 : 3);
      expect(written(lineupOf(b), { base: "http://b", format, guide })).toBe(b);
    }
});

test("others have their turns while a long list is written, and it is made once for all", async () => {
  const lineup = lineupOf(Array.from({ length: 8 * ENTRIES_A_TURN }, (_, n) => hashOf(n)).join("\n"));
  const { value, turns } = await withOthers(writtenInTurns(lineup));
  // Between eight pieces of it.
  expect(turns).toBeGreaterThanOrEqual(7);
  expect(value).toBe(written(lineup));
  expect((await withOthers(writtenInTurns(lineup))).turns).toBeLessThan(3);
});

/** Lines as playlists have them, and lines as none has. */
const LINE = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom(
    "#EXTM3U x-tvg-url='http://x/a.xml'",
    '#EXTINF:-1 tvg-id="a" group-title="A, "B"",Name, more',
    "#EXTINF:-1",
    "#EXTGRP:x",
    "#KODIPROP:mimetype=video/mp2t",
    "#KODIPROP:inputstream=inputstream.adaptive",
    "Plain words",
    "http://example.org/a.ts",
    "file:///x",
    `acestream:?infohash=${B}`,
    `plugin://script.module.horus?action=play&id=${A}`,
    "\uFEFF",
    "",
  ),
  fc.integer({ min: 0, max: 5 }).map(hashOf),
);
const TEXT = fc
  .tuple(fc.array(LINE, { maxLength: 30 }), fc.constantFrom("\n", "\r\n", "\r"))
  .map(([lines, end]) => lines.join(end));

const linesOf = (head: string): string[] => head.split("\n").slice(0, -1);

test("whatever the text, nothing is thrown, and no line of an entry that is kept is lost", () => {
  fc.assert(
    fc.property(TEXT, (text) => {
      const { entries } = readM3u(text, null);
      const before = text.split(/\r\n|\n|\r/).map((line) => line.trim());
      for (const { head, name } of entries) {
        expect(name).not.toBe("");
        for (const line of linesOf(head))
          expect(before.includes(line) || line.startsWith("#EXTINF:")).toBe(true);
      }
      const lineup = lineupOf(text);
      expect(lineup.channels.length + lineup.repeated).toBe(entries.length);
      const out = written(lineup).split("\n");
      for (const { head } of lineup.channels)
        for (const line of linesOf(head))
          if (!/^#KODIPROP:\s*(mimetype|inputstream)/i.test(line)) expect(out).toContain(line);
    }),
    { numRuns: 2_000, seed: 20251012 },
  );
});

test("what we write and read again is written the same", () => {
  fc.assert(
    fc.property(fc.array(TEXT, { maxLength: 3 }), fc.constantFrom("ts", "hls"), (texts, format) => {
      const base = "https://tv.example/x/t/s3cret";
      const once = written(lineupOf(...texts), { format, base });
      expect(written(lineupOf(once), { format, base })).toBe(once);
    }),
    { numRuns: 2_000, seed: 20251012 },
  );
});

test("another reader finds the same channels in what we write", () => {
  const field = fc.stringMatching(/^[A-Za-z0-9 .&<>;']{0,12}$/).map((text) => text.trim());
  const channel = fc.record({
    ...{
      n: fc.integer({ min: 0, max: 2 ** 40 }),
      kind: fc.constantFrom("acestream://", "acestream:?infohash="),
    },
    ...{ id: field, group: field, logo: fc.constantFrom("", "http://x/a.png") },
    name: field.filter((text) => text !== ""),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(channel, { selector: ({ n }) => n, minLength: 1, maxLength: 20 }),
      (channels) => {
        const text = channels
          .map(
            ({ n, kind, id, group, logo, name }) =>
              `#EXTINF:-1 tvg-id="${id}" tvg-logo="${logo}" group-title="${group}",${name}\n${kind}${hashOf(n)}`,
          )
          .join("\n");
        const read = parse(written(lineupOf(text)));
        expect(
          read.items.map(({ name, tvg, group, url }) => ({
            name,
            id: tvg.id,
            logo: tvg.logo,
            group: group.title,
            url,
          })),
        ).toEqual(
          channels.map(({ n, kind, id, group, logo, name }) => ({
            ...{ name, id, logo, group },
            url: `http://nas:6879/ace/getstream${kind.includes("info") ? ".ts?infohash=" : "/"}${hashOf(n)}${kind.includes("info") ? "" : ".ts"}`,
          })),
        );
      },
    ),
    { seed: 20251012 },
  );
});

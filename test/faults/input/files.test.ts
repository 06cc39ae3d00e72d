/** Files that are not as they should be: journals and logs under `aceslot replay`, and a playlist of everything at once. */
import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateJournal } from "../../../model/replay/generate.ts";
import { contentId } from "../../../src/sim/index.ts";
import { BINARY, scratchFolder, startBinary } from "../../support/binary.ts";
import { run } from "../../support/run.ts";
import { until } from "../../support/until.ts";

const LIMIT_MS = 90_000;
const LINES = [...generateJournal({ engines: 2, cap: 1, lines: 200 })];
const TEXT = `${LINES.join("\n")}\n`;
const swapped = LINES.map((line, n) => (n === 100 ? LINES[101] : n === 101 ? LINES[100] : line)).join("\n");
const LATER = JSON.stringify({ version: 9, sequence: 1, time: "2031-01-01T00:00:00Z", kind: "transition" });
const STRANGE = LINES.map((line) => line.replace('"type":"snapshot"', '"type":"weather"')).join("\n");

describe("a journal", () => {
  const exactly = (code: number, says: RegExp) => ({ code, says });
  for (const [what, bytes, { code, says }] of [
    ["that is whole has nothing wrong", TEXT, exactly(0, /^/)],
    ["with Windows line ends has nothing wrong", TEXT.replaceAll("\n", "\r\n"), exactly(0, /^/)],
    ["that begins with a mark has nothing wrong", `\uFEFF${TEXT}`, exactly(0, /^/)],
    ["that ends within a line has nothing wrong", TEXT.slice(0, -30), exactly(0, /^/)],
    ["that lacks its beginning cannot be told", LINES.slice(60).join("\n"), exactly(2, /cannot be told/)],
    [
      "of which two lines stand in the wrong order is told of, and leaves it open",
      swapped,
      exactly(2, /the lines are out of order/),
    ],
    ["with records of a kind to come is read, and leaves that open", STRANGE, exactly(2, /weather/)],
    [
      "of another version is refused",
      `${LATER}\n`,
      exactly(4, /no journal of a version that this one knows/),
    ],
    ["that goes on in binary is read up to there", `${TEXT}\u0001\uFFFD\u0002\n`, exactly(2, /./)],
  ] as const)
    test.concurrent(
      what,
      async () => {
        await using folder = await scratchFolder();
        await writeFile(join(folder.path, "journal"), bytes);
        const told = await run([BINARY, "replay", "journal"], { cwd: folder.path, deadlineMs: 60_000 });
        expect([told.code, told.out + told.err]).toEqual([code, expect.stringMatching(says)]);
        expect(told.out + told.err).not.toMatch(/\n\s+at |TypeError|RangeError/);
        if (code === 4) expect(told.err.trimEnd().split("\n")).toHaveLength(1);
      },
      LIMIT_MS,
    );
});

interface Sources {
  readonly sources: readonly { readonly ok: boolean; readonly entries: number; readonly dropped: number }[];
}

test(
  "a playlist of 50,000 entries with a mark, mixed line ends, doubles, HTML, links to files and no ids is served for what it is",
  async () => {
    await using folder = await scratchFolder();
    const odd = [
      ...[
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "acestream://",
        "acestream://xyz",
        "../a.ts",
      ],
      `${"a".repeat(39)}`,
    ];
    const entries = Array.from({ length: 50_000 }, (_, n) => {
      const name = n % 2 === 0 ? `<b>${n}</b> & "x"` : `Channel ${n}`;
      // Each tenth stands there twice.
      const link = n % 10 === 9 ? "" : `acestream://${contentId(n)}`;
      const same = n % 10 === 9 ? `#EXTINF:-1,Channel 1\r\nacestream://${contentId(1)}\r\n` : "";
      return link === "" ? same : `#EXTINF:-1 tvg-id="${n}" group-title='<i>',${name}\n${link}\r\n`;
    });
    const bad = odd.map((link) => `#EXTINF:-1,Odd\n${link}\r`);
    const list = join(folder.path, "list.m3u");
    await writeFile(list, `\uFEFF#EXTM3U\r\n${bad.join("")}${entries.join("")}#EXTINF:-1,No link\n`);
    await using proxy = await startBinary(["--playlist", list, "--state-dir", "none"]);
    const [source] = await until(
      "the playlist is read",
      async () => {
        const { sources } = await proxy.get<Sources>("/api/v1/channels");
        return sources[0]?.ok === true && sources;
      },
      60_000,
    );
    expect(source?.entries).toBe(50_000);
    expect(source?.dropped).toBeGreaterThanOrEqual(odd.length);
    const written = await (await fetch(`${proxy.url}/playlist.m3u`)).text();
    expect(written.match(/^http:\/\/127\.0\.0\.1:\d+\/ace\/getstream\/[0-9a-f]{40}\.ts$/gm)).toHaveLength(
      45_001,
    );
    expect(written).not.toMatch(/^(?:file|javascript|data|acestream):/m);
    const xml = await (await fetch(`${proxy.url}/epg.xml`)).text();
    expect(xml).not.toContain("<b>");
  },
  LIMIT_MS,
);

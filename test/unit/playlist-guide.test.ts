/** Guides: taken apart, put together, and refused where they are not sound. */
import { describe, expect, test } from "bun:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { DOMParser } from "@xmldom/xmldom";
import fc from "fast-check";
import { Hono } from "hono";
import type { Env } from "../../src/http/clients.ts";
import { guideAnswer } from "../../src/http/guide-answer.ts";
import { mergeGuides, readGuide, withoutChannels } from "../../src/playlist/guide.ts";
import { GuideSlicer } from "../../src/playlist/xmltv.ts";

const signal = new AbortController().signal;
const read = (text: string | Buffer) => readGuide(Buffer.from(text as string), signal);

const channel = (id: string) => `<channel id="${id}"><display-name>${id} &amp; co</display-name></channel>`;
const programme = (id: string, title: string) =>
  `<programme start="20260101000000 +0000" channel="${id}"><title>${title}</title></programme>`;
const guide = (...elements: string[]) =>
  `<?xml version="1.0"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv source="x">\n${elements.join("\n")}\n</tv>\n`;

const merged = async (...texts: string[]): Promise<string> => {
  const parts = [];
  const taken: string[] = [];
  for (const text of texts) {
    const part = await withoutChannels(await read(text), new Set(taken), signal);
    parts.push(part);
    taken.push(...part.ids);
  }
  return gunzipSync(await (await mergeGuides(parts)).gzip.arrayBuffer()).toString();
};

test("a guide alone stays as it is, but for what is between its elements", async () => {
  const odd = `<programme channel='one' start="1"><!-- a > b --><title a="x > y"><![CDATA[</programme>]]></title><new-thing/></programme>`;
  expect(await merged(guide("<!-- remark -->", channel("one"), odd, "<other>dropped</other>", "text"))).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>\n<tv source="x">\n${channel("one")}\n${odd}\n</tv>\n`,
  );
});

test("of several guides channels come first, and a channel belongs to the first guide that has it", async () => {
  const text = await merged(
    guide(channel("one"), programme("one", "a"), programme("undeclared", "u")),
    guide(
      channel("two"),
      channel("one"),
      programme("two", "b"),
      programme("one", "again"),
      programme("undeclared", "again"),
    ),
  );
  const errors: string[] = [];
  const document = new DOMParser({ onError: (_, message) => errors.push(message) }).parseFromString(
    text,
    "text/xml",
  );
  expect(errors).toEqual([]);
  const elements = [...(document.documentElement?.childNodes ?? [])].filter(({ nodeType }) => nodeType === 1);
  expect(elements.map((element) => `${element.nodeName} ${element.textContent}`)).toEqual([
    "channel one & co",
    "channel two & co",
    "programme a",
    "programme u",
    "programme b",
  ]);
});

test("an id is the same however its letters are written, and each element stays as it is", async () => {
  const forms = ["a&amp;b &lt;é&gt;", "a&#38;b\n&#60;&#233;&#62;", "a&#x26;b\t&#x3C;&#xE9;&#x3e;"];
  for (const [n, first] of forms.entries()) {
    const mine = guide(channel(first), programme(first, "a"));
    const second = forms[(n + 1) % forms.length] ?? "";
    const again = guide(channel(second), programme(second, "again"));
    expect(await merged(mine, again)).toBe(await merged(mine, guide()));
  }
  // What no XML is stays as it is, and is another id.
  const odd = ["&AMP;", "&nbsp;", "&#1114112;", "&#;", "&amp"].map((form) => channel(form));
  const text = await merged(guide(...odd), guide(channel("&amp;")));
  for (const each of [...odd, channel("&amp;")]) expect(text).toContain(each);
});

test("gzip, gzip in gzip, and other encodings are read, and UTF-8 is written", async () => {
  const latin = Buffer.from(
    `<?xml version="1.0" encoding="ISO-8859-1"?><tv>${channel("one")}${programme("one", "Ca\u00f1\u00f3n")}</tv>`,
    "latin1",
  );
  const utf16 = Buffer.from(
    `\uFEFF<?xml version="1.0" encoding="UTF-16"?><tv>${programme("one", "Cañón")}</tv>`,
    "utf16le",
  );
  for (const bytes of [latin, gzipSync(latin), gzipSync(gzipSync(latin)), utf16]) {
    const text = gunzipSync(await (await mergeGuides([await read(bytes)])).gzip.arrayBuffer()).toString();
    expect(text).toContain("<title>Cañón</title>");
    expect(text.startsWith('<?xml version="1.0" encoding="UTF-8"?>')).toBe(true);
  }
});

test("however many fetch it at once, it is in memory once", async () => {
  const noise = Array.from({ length: 120_000 }, (_, n) => Bun.hash(String(n)).toString(36)).join(" ");
  const made = await mergeGuides([
    await read(guide(...Array(4).fill(programme("one", noise.slice(0, 1e6))))),
  ]);
  const app = new Hono<Env>().get("/", (context) => guideAnswer(context, made, true));
  const before = process.memoryUsage.rss();
  const answers = await Promise.all(Array.from({ length: 300 }, () => app.request("/")));
  expect(process.memoryUsage.rss() - before).toBeLessThan(50 * made.gzip.size);
  for (const answer of answers.slice(0, 2))
    expect((await answer.arrayBuffer()).byteLength).toBe(made.gzip.size);
});

describe("refused is", () => {
  test.each([
    ["", "there is no <tv> in it"],
    ["<!doctype html><html><body></body></html>", "it begins with <html>"],
    [guide(channel("one")).slice(0, -10), "it was cut off"],
    [guide("<channel id='x'><display-name></channel>"), "</channel> closes <display-name>"],
    [`${guide()}<tv>`, "<tv> stands behind its end"],
    ['<!DOCTYPE tv [<!ENTITY a "aaaa">]><tv></tv>', "it declares entities of its own"],
    ['<?xml version="1.0" encoding="x-none"?><tv></tv>', "its encoding x-none is not known"],
  ])("%p", async (text, why) => {
    expect(await read(text).then(String, String)).toContain(why);
  });

  // Reading them again from each letter on would take hours, with all streams waiting.
  test.each([
    ["a value", `<channel id="${"x".repeat(2 ** 20)}`],
    ["a remark", `<channel id="x"><!--${"x".repeat(2 ** 20)}`],
    ["a name", `<${"x".repeat(2 ** 20)}`],
    ["a tag", `<channel ${'"" '.repeat(2 ** 19)}`],
  ])("%s that never ends", async (_, text) => {
    const started = process.cpuUsage();
    expect(await read(`<tv>${text}`).then(String, String)).toContain("never ends");
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });

  test("damaged gzip", async () => {
    const bytes = gzipSync(guide(programme("one", "a".repeat(1_000))));
    expect(
      await read(bytes.subarray(0, -12)).then(
        () => "read",
        () => "refused",
      ),
    ).toBe("refused");
  });
});

test("wherever a guide is cut into pieces, the same comes out", () => {
  const text = guide(
    channel("one"),
    "<!-- <channel> -->",
    programme("one", "<![CDATA[ ]] > ]]>"),
    '<channel id="empty"/>',
  );
  const slices = (pieces: readonly string[]) => {
    const found: string[] = [];
    const slicer = new GuideSlicer((element) => found.push(element.text));
    for (const piece of pieces) slicer.write(piece);
    slicer.end();
    return found;
  };
  const whole = slices([text]);
  expect(whole).toHaveLength(3);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 8 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      expect(slices(at.slice(1).map((to, index) => text.slice(at[index], to)))).toEqual(whole);
    }),
    { seed: 20251012 },
  );
});

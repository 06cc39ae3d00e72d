/** What an entry's link plays, in all the forms that links are found in. */
import { describe, expect, test } from "bun:test";
import { readLink, type Target } from "../../src/playlist/links.ts";

const A = "a1".repeat(20);
const B = "b2".repeat(20);

const told = (target: Target | null): string | null =>
  target === null
    ? null
    : target.kind === "url"
      ? `url ${target.url}`
      : `${target.content}${target.extras === "" ? "" : `?${target.extras}`}`;

describe("a content of AceStream", () => {
  test.each([
    [A, `id:${A}`],
    [A.toUpperCase(), `id:${A}`],
    [`acestream://${A}`, `id:${A}`],
    [`ACESTREAM://${A.toUpperCase()}`, `id:${A}`],
    [`acestream://${A}/`, `id:${A}`],
    [`acestream://${A}?transcode_audio=1`, `id:${A}?transcode_audio=1`],
    [`acestream://${A}|User-Agent=x`, `id:${A}`],
    [`acestream:?infohash=${B}`, `infohash:${B}`],
    [`acestream:?content_id=${A}&infohash=${B}`, `id:${A}`],
    [`acestream://?infohash=${B}`, `infohash:${B}`],
    [`ace://${A}`, `id:${A}`],
    [`http://127.0.0.1:6878/ace/getstream?id=${A}`, `id:${A}`],
    [`http://127.0.0.1:6878/ace/getstream?infohash=${B}&pid=7`, `infohash:${B}`],
    [`http://127.0.0.1:6878/ace/getstream?content_id=${A}`, `id:${A}`],
    [`https://tv.example/x/t/s3cret/ace/getstream/?id=${A.toUpperCase()}&_idx=2`, `id:${A}?_idx=2`],
    [`http://[::1]:6878/ace/manifest.m3u8?id=${A}&format=json`, `id:${A}`],
    [`http://nas:6879/ace/getstream/${A}.ts`, `id:${A}`],
    [`http://nas:6879/ace/getstream/${A}.ts?transcode_mp3=1`, `id:${A}?transcode_mp3=1`],
    [`http://nas:6879/ace/getstream.ts?infohash=${B}`, `infohash:${B}`],
    [`http://nas:8888/pid/${A}/stream.mp4`, `id:${A}`],
    [`http://nas:8888/content_id/${A}/x.ts`, `id:${A}`],
    [`http://nas:8888/infohash/${B}/x.ts`, `infohash:${B}`],
    [`http://nas:6878/ace/getstream?id=${A}|User-Agent=Kodi`, `id:${A}`],
    [`plugin://script.module.horus?action=play&id=${A}&title=One%20%26`, `id:${A}`],
    [`plugin://script.module.horus/?action=play&infohash=${B}`, `infohash:${B}`],
    [`plugin://program.plexus/?url=acestream://${A}&mode=1&name=One`, `id:${A}`],
    [`plugin://plugin.video.p2p-streams/?url=${A}&mode=1`, `id:${A}`],
    [`plugin://x/?url=http%3A%2F%2F127.0.0.1%3A6878%2Face%2Fgetstream%3Fid%3D${A}`, `id:${A}`],
    [`plugin://x/?id=${A}&url=acestream://${A}`, `id:${A}`],
  ])("%p", (link, content) => {
    expect(told(readLink(link, null))).toBe(content);
  });
});

describe("another address stays as it is", () => {
  test.each([
    "http://example.org/live/1.ts",
    "HTTPS://example.org/x.m3u8?token=a|User-Agent=b",
    "rtmp://example.org/live",
    "udp://@239.0.0.1:1234",
    "http://127.0.0.1:6878/ace/getstream?url=http%3A%2F%2Fx%2Fa.torrent",
    `http://example.org/ace/getstream?id=${A.slice(1)}`,
    `http://example.org/get?id=${A}`,
    // Two contents: which one is meant cannot be told.
    `plugin://x/?id=${A}&infohash=${B}`,
    // A torrent has an infohash of the same form, and is no stream of AceStream.
    `plugin://plugin.video.elementum/play?uri=magnet%3A%3Fxt%3Durn%3Abtih%3A${B}`,
    "plugin://plugin.video.youtube/?id=abc",
  ])("%p", (link) => {
    expect(told(readLink(link, null))).toBe(`url ${link}`);
  });
});

describe("nobody is sent to", () => {
  test.each([
    "file:///etc/passwd",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "pipe:///bin/sh",
    "C:\\films\\a.ts",
    "smb://nas/a.ts",
    "/srv/films/a.ts",
    "a.ts",
    "acestream://",
    `acestream://${A}0`,
    "acestream:?magnet=x",
  ])("%p", (link) => {
    expect(told(readLink(link, null))).toBeNull();
  });
});

test("links of a playlist from the web are relative to it, without its password", () => {
  const base = "http://user:pass@example.org/lists/all.m3u?key=1";
  expect(told(readLink("live/1.ts", base))).toBe("url http://example.org/lists/live/1.ts");
  expect(told(readLink("//cdn.example/1.ts", base))).toBe("url http://cdn.example/1.ts");
  expect(told(readLink(`/ace/getstream?id=${A}`, base))).toBe(`id:${A}`);
});

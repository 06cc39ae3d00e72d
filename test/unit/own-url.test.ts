/** The proxy's own address as a client reaches it: whom it believes, and what it never believes. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { blockList } from "../../src/http/clients.ts";
import { forwardedElements } from "../../src/http/forwarded.ts";
import { linkBase, ownUrl } from "../../src/http/own-url.ts";

const TRUSTED = ["10.0.0.0/8", "fd00::/8"];

function baseFor(
  headers: Record<string, string>,
  { peer = "192.0.2.1", publicUrl = null as string | null, url = "http://ignored.example/x" } = {},
): string | null {
  const rules = { publicUrl, trusted: blockList(TRUSTED) };
  return ownUrl(new Request(url, { headers }), { address: peer }, rules)?.base ?? null;
}

const behind = (headers: Record<string, string>, peer = "10.0.0.1") =>
  baseFor({ Host: "inner:6879", ...headers }, { peer });

describe("without a proxy before it", () => {
  test.each([
    ["nas", "http://nas"],
    ["nas:6879", "http://nas:6879"],
    ["NAS.Local.:6879", "http://nas.local.:6879"],
    ["192.168.1.5:80", "http://192.168.1.5"],
    ["[::1]:6879", "http://[::1]:6879"],
    ["[FD00::1]", "http://[fd00::1]"],
    ["nas:443", "http://nas:443"],
  ])("Host %p gives %p", (host, base) => {
    expect(baseFor({ Host: host })).toBe(base);
  });

  test.each([
    "",
    "a/b",
    "a@b",
    "a b",
    "a:b",
    "a:99999",
    "a:0",
    "a?x",
    "a#x",
    'a"b',
    "a<b>",
    "::1",
    "[::1",
    "1.2.3",
    "a,b",
    "é",
    "a\\b",
    ":80",
  ])("Host %p names no host", (host) => {
    expect(baseFor({ Host: host })).toBeNull();
  });

  test("forwarded headers are not believed", () => {
    expect(
      baseFor({
        Host: "nas:6879",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Port": "1",
        "X-Forwarded-For": "10.0.0.1",
        Forwarded: "host=evil.example;proto=https",
      }),
    ).toBe("http://nas:6879");
  });

  test("a server that speaks TLS itself is named with https", () => {
    expect(baseFor({ Host: "tv.example" }, { url: "https://tv.example/playlist.m3u" })).toBe(
      "https://tv.example",
    );
  });

  test("a request made without headers is known by its URL", () => {
    expect(baseFor({}, { url: "http://nas:6879/playlist.m3u" })).toBe("http://nas:6879");
  });
});

describe("behind a trusted proxy", () => {
  test.each<[Record<string, string>, string]>([
    [{}, "http://inner:6879"],
    [{ "X-Forwarded-Proto": "https", Host: "tv.example" }, "https://tv.example"],
    [{ "X-Forwarded-Proto": "https", "X-Forwarded-Host": "tv.example" }, "https://tv.example"],
    [{ "X-Forwarded-Proto": "HTTPS", "X-Forwarded-Host": "tv.example:8443" }, "https://tv.example:8443"],
    [{ "X-Forwarded-Host": "tv.example", "X-Forwarded-Port": "8080" }, "http://tv.example:8080"],
    [{ "X-Forwarded-Host": "tv.example:8443", "X-Forwarded-Port": "443" }, "http://tv.example:8443"],
    [{ "X-Forwarded-Host": "tv.example", "X-Forwarded-Prefix": "/tv/" }, "http://tv.example/tv"],
    [{ "X-Forwarded-Host": "tv.example", "X-Forwarded-Prefix": "/" }, "http://tv.example"],
    [{ Forwarded: "for=1.2.3.4;host=tv.example;proto=https" }, "https://tv.example"],
    [{ Forwarded: 'For=1.2.3.4; Proto=https; Host="tv.example:8443"' }, "https://tv.example:8443"],
    [{ Forwarded: 'proto=https;host="[fd00::1]:8443"' }, "https://[fd00::1]:8443"],
    // A proxy that sets the ones may let the other pass from anybody.
    [{ "X-Forwarded-Host": "tv.example", Forwarded: "host=evil.example;proto=https" }, "http://tv.example"],
    // What is no host, scheme, port or path counts for nothing.
    [{ "X-Forwarded-Host": "tv.example/evil" }, "http://inner:6879"],
    [{ "X-Forwarded-Proto": "javascript" }, "http://inner:6879"],
    [{ "X-Forwarded-Port": "99999", "X-Forwarded-Host": "a" }, "http://a"],
    [{ "X-Forwarded-Prefix": "//evil.example" }, "http://inner:6879"],
    [{ "X-Forwarded-Prefix": "/a/../b" }, "http://inner:6879"],
    [{ "X-Forwarded-Prefix": "/a b" }, "http://inner:6879"],
    [{ "X-Forwarded-Prefix": "evil" }, "http://inner:6879"],
    [{ Forwarded: 'host="unclosed' }, "http://inner:6879"],
  ])("%p gives %p", (headers, base) => {
    expect(behind(headers)).toBe(base);
  });

  test("an IPv4 peer on an IPv6 socket is the same peer", () => {
    expect(behind({ "X-Forwarded-Host": "tv.example" }, "::ffff:10.0.0.1")).toBe("http://tv.example");
  });

  test("of a list the value that the trusted proxy added counts, not what the client sent", () => {
    expect(
      behind({
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example, tv.example",
        "X-Forwarded-Proto": "http, https",
        "X-Forwarded-Prefix": "/evil, /tv",
      }),
    ).toBe("https://tv.example/tv");
    expect(behind({ Forwarded: "host=evil.example, for=203.0.113.9;host=tv.example" })).toBe(
      "http://tv.example",
    );
  });

  test("behind two trusted proxies the outer one's value counts, and both prefixes", () => {
    expect(
      behind({
        "X-Forwarded-For": "203.0.113.9, 10.0.0.2",
        "X-Forwarded-Host": "evil.example, tv.example, inner.example",
        "X-Forwarded-Proto": "https, http",
        "X-Forwarded-Prefix": "/tv, /ace",
      }),
    ).toBe("https://tv.example/tv/ace");
  });
});

test("--public-url is the answer for everybody", () => {
  const publicUrl = "https://tv.example/ace";
  expect(baseFor({ Host: "nas:6879" }, { publicUrl })).toBe(publicUrl);
  expect(baseFor({ Host: "a/b", "X-Forwarded-Host": "b" }, { publicUrl, peer: "10.0.0.1" })).toBe(publicUrl);
});

test("links carry the token in their path, with its odd characters escaped", () => {
  const own = { base: "http://nas:6879/tv" };
  expect(linkBase(own, null)).toBe("http://nas:6879/tv");
  expect(linkBase(own, "s3/c ret")).toBe("http://nas:6879/tv/t/s3%2Fc%20ret");
});

test("whatever the headers say, the base is an http(s) URL of just this form, or there is none", () => {
  const value = fc.oneof(
    fc.stringMatching(/^[ -~]{0,20}$/),
    fc.constantFrom(
      "a.example",
      "a:1",
      "[::1]:2",
      "/p",
      "https",
      "443",
      'host="a";proto=https',
      "host=a, host=b",
    ),
  );
  const names = ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix"];
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names, "Forwarded", "X-Forwarded-For"), value),
      (headers) => {
        const base = behind(headers);
        if (base === null) return;
        expect(base).toMatch(/^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?(\/[^\s"<>?#\\]+)?$/);
        expect(base).not.toMatch(/\/$|\/\/.*\/\//);
        const url = new URL(base);
        expect(`${url.origin}${url.pathname === "/" ? "" : url.pathname}`).toBe(base);
      },
    ),
    { numRuns: 2_000, seed: 20251012 },
  );
});

test("Forwarded is read with its quotes, and not at all where it is broken", () => {
  expect(forwardedElements('for="[::1]";by=x, HOST="a\\"b,;"').map((pairs) => [...pairs])).toEqual([
    [
      ["for", "[::1]"],
      ["by", "x"],
    ],
    [["host", 'a"b,;']],
  ]);
  expect(forwardedElements("")).toEqual([]);
  expect(forwardedElements("host=a b")).toEqual([]);
  expect(forwardedElements('host="a')).toEqual([]);
});

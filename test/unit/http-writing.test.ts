/** Who may end streams and clients: nobody from afar without a token, and no page from elsewhere. */
import { describe, expect, test } from "bun:test";
import { createApp } from "../../src/http/app.ts";
import { appOptions, fakeBroker } from "../support/shared-world.ts";

interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
  readonly token?: string;
  readonly trusted?: readonly string[];
  readonly publicUrl?: string;
  /** What is asked for without a Host header, as HTTP/2 has none. */
  readonly authority?: string;
}

/** What a DELETE comes to: 204 if it may. */
async function ending({
  headers = {},
  from = "127.0.0.1",
  token,
  trusted = [],
  publicUrl,
  authority,
}: Asking): Promise<unknown> {
  const ended: number[] = [];
  const broker = Object.assign(fakeBroker(), { end: (stream: number) => ended.push(stream) > 0 });
  const options = appOptions(broker);
  const settings = {
    ...options.current(),
    token: token ?? null,
    trustedProxies: trusted,
    publicUrl: publicUrl ?? null,
  };
  const app = createApp({ ...options, current: () => settings });
  const asked = new Request(`http://${authority ?? "nas:6879"}/api/v1/streams/4`, {
    method: "DELETE",
    headers: { ...(authority === undefined ? { host: "nas:6879" } : {}), ...headers },
  });
  const answer = await app(asked, { address: from });
  expect(ended).toEqual(answer.status === 204 ? [4] : []);
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  return answer.status === 204 ? 204 : ((await answer.json()) as { error: { code: string } }).error.code;
}

describe("a stream is ended", () => {
  const may: readonly (readonly [who: string, asking: Asking])[] = [
    ["by a script, which says nothing of where it comes from", {}],
    ["by our own page", { headers: { "sec-fetch-site": "same-origin", origin: "http://nas:6879" } }],
    [
      "by our own page over plain HTTP, where browsers tell the origin alone",
      { headers: { origin: "http://nas:6879" } },
    ],
    ["by a user's own request", { headers: { "sec-fetch-site": "none" } }],
    ["from the local network", { from: "192.168.1.20" }],
    [
      "from the local network through a reverse proxy that nobody has named",
      { headers: { "x-forwarded-for": "192.168.1.20", forwarded: 'for="192.168.1.20:4711"' } },
    ],
    [
      "from anywhere with the token",
      { from: "203.0.113.9", token: "s3cret", headers: { authorization: "Bearer s3cret" } },
    ],
    [
      "by our own page behind a trusted proxy that says what was asked for",
      {
        from: "10.0.0.2",
        trusted: ["10.0.0.2/32"],
        headers: {
          origin: "https://tv.example.org",
          "x-forwarded-host": "tv.example.org",
          "x-forwarded-for": "192.168.1.20",
        },
      },
    ],
    ...[
      "192.168.1.5:6879",
      "[::1]:6879",
      "[fd00::5]",
      "localhost:6879",
      "tv.localhost",
      "nas.local.",
      "NAS.lan:6879",
      "nas.home",
      "nas.internal",
      "nas.home.arpa",
      "nas.localdomain",
    ].map((host) => [`by the name ${host}`, { headers: { host } }] as const),
    ["by a name of the home network, without a Host header", { authority: "nas.local:6879" }],
    [
      "by the name of the public URL, at whichever port",
      { publicUrl: "https://tv.example.org/tv", headers: { host: "TV.example.org:6879" } },
    ],
    [
      "by any name through a trusted proxy",
      { from: "10.0.0.2", trusted: ["10.0.0.2/32"], headers: { host: "tv.example.org" } },
    ],
    [
      "by any name with the token",
      { token: "s3cret", headers: { host: "tv.example.org", authorization: "Bearer s3cret" } },
    ],
    [
      "by our own page at the public URL",
      { publicUrl: "https://tv.example.org/tv", headers: { origin: "https://tv.example.org" } },
    ],
    [
      "by our own page behind a proxy that tells nothing, as the browser knows better",
      { headers: { "sec-fetch-site": "same-origin", origin: "https://tv.example.org" } },
    ],
  ];
  for (const [who, asking] of may) test(who, async () => expect(await ending(asking)).toBe(204));
});

describe("a stream is not ended", () => {
  const mayNot: readonly (readonly [who: string, asking: Asking])[] = [
    ["by a page from elsewhere that tells no origin", { headers: { "sec-fetch-site": "cross-site" } }],
    [
      "by a page from elsewhere",
      { headers: { "sec-fetch-site": "cross-site", origin: "https://evil.example" } },
    ],
    ["by a page of another port that tells no origin", { headers: { "sec-fetch-site": "same-site" } }],
    ["by a page of another port", { headers: { "sec-fetch-site": "same-site", origin: "http://nas:8080" } }],
    ["by a page from elsewhere over plain HTTP", { headers: { origin: "http://evil.example" } }],
    ["by a page of another port over plain HTTP", { headers: { origin: "http://nas:8080" } }],
    ["by a page without an origin", { headers: { origin: "null" } }],
    [
      "by a page from elsewhere that knows the token",
      { token: "s3cret", headers: { authorization: "Bearer s3cret", origin: "https://evil.example" } },
    ],
    [
      "by a page from elsewhere that claims to be what was asked for",
      { headers: { origin: "https://evil.example", "x-forwarded-host": "evil.example" } },
    ],
    ...[
      "evil.example:6879",
      "evil.example",
      "local.evil.example",
      "notlocal.example",
      "home.arpa.evil.example",
      "xlan.example.",
    ].map(
      (host) =>
        [`by a page whose name ${host} leads here`, { headers: { host, origin: `http://${host}` } }] as const,
    ),
    ["by a page whose name leads here, without a Host header", { authority: "evil.example" }],
    [
      "by a name that only a proxy nobody trusts calls ours",
      { headers: { host: "evil.example", "x-forwarded-host": "nas.local" } },
    ],
    [
      "by another name than that of the public URL",
      { publicUrl: "https://tv.example.org", headers: { host: "evil.example" } },
    ],
    ["from afar without a token", { from: "203.0.113.9" }],
    [
      "from afar through a reverse proxy at home that nobody has named",
      { headers: { "x-forwarded-for": "203.0.113.9" } },
    ],
    [
      "from afar through a trusted proxy that tells it as the standard says",
      { trusted: ["127.0.0.1/32"], headers: { forwarded: 'for="[2001:db8::9]:4711";proto=https' } },
    ],
    ["by somebody whom a reverse proxy hides", { headers: { forwarded: "for=_hidden" } }],
    [
      "from afar behind a trusted proxy",
      { from: "10.0.0.2", trusted: ["10.0.0.2/32"], headers: { "x-forwarded-for": "203.0.113.9" } },
    ],
  ];
  for (const [who, asking] of mayNot) test(who, async () => expect(await ending(asking)).toBe("forbidden"));

  test("and it is said which option mends a name", async () => {
    const app = createApp(appOptions(fakeBroker()));
    const asked = new Request("http://tv.example.org/api/v1/clients/1", {
      method: "DELETE",
      headers: { host: "tv.example.org" },
    });
    const answer = await app(asked, { address: "127.0.0.1" });
    expect(answer.status).toBe(403);
    expect(((await answer.json()) as { error: { message: string } }).error.message).toMatch(
      /--token.*--public-url/,
    );
  });

  test("without the token", async () => {
    expect(await ending({ token: "s3cret" })).toBe("unauthorized");
  });
});

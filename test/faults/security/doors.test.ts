/** With a token nothing is open but what says so; without one nobody from afar changes anything. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { request } from "node:http";
import { join } from "node:path";
import { Glob } from "bun";
import { createApp, createRoutes } from "../../../src/http/app.ts";
import { isSameSecret } from "../../../src/http/clients.ts";
import { Traffic } from "../../../src/http/traffic.ts";
import { contentId } from "../../../src/sim/index.ts";
import { type RunningBinary, scratchFolder, startBinary } from "../../support/binary.ts";
import { appOptions, fakeBroker } from "../../support/shared-world.ts";

const LIMIT_MS = 90_000;
const TOKEN = "Right-token.1_~";
const ID = contentId(1);

/** Every route as the code has it, with something in the place of each parameter. */
const ROUTES = [
  ...new Set(
    createRoutes(appOptions(fakeBroker()), new Traffic()).routes.map(({ path }) =>
      path
        .replace(":channel{v[0-9.]+}", "v1")
        .replace(/:segment\{[^}]*\}/, "1.ts")
        .replace(":path{.+}", "main.js")
        .replace(/:id\{[^}]*\}\}?/, `${ID}.ts`)
        .replace(/:\w+/g, "1"),
    ),
  ),
];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

interface Answer {
  readonly status: number;
  readonly body: string;
}

function ask(url: string, method: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (answer) => {
      let body = "";
      const done = (): void => {
        resolve({ status: answer.statusCode ?? 0, body });
        asked.destroy();
      };
      answer.setEncoding("utf8").on("data", (text) => {
        body += text;
        // Whoever is let in may get something without an end.
        if (answer.statusCode === 200) done();
      });
      answer.on("end", done);
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** What is not asked for a token: alive or not, the page's own files, segments by their secret name, and CORS. */
const isOpen = (method: string, path: string): boolean =>
  path === "/healthz" ||
  path.startsWith("/assets/") ||
  path.startsWith("/ace/hls/") ||
  (method === "OPTIONS" && path.startsWith("/ace/"));

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
const near = TOKEN.slice(0, -1);

/** Everything but the token, and the token where none is taken. */
const WRONG: readonly (readonly [
  name: string,
  query: string,
  headers: Record<string, string>,
  before?: string,
])[] = [
  ["no token", "", {}],
  ["an empty one", "token=", {}],
  ["another one of the same length", `token=${near}!`, {}],
  ["one that is too short", `token=${near}`, {}],
  ["one that is too long", `token=${TOKEN}x`, {}],
  ["one with a NUL behind it", `token=${TOKEN}%00`, {}],
  ["one in other letters", `token=${TOKEN.toUpperCase()}`, {}],
  ["one behind a wrong one", `token=x&token=${TOKEN}`, {}],
  ["one in a list", `token[]=${TOKEN}`, {}],
  ["one under another name", `Token=${TOKEN}&key=${TOKEN}&access_token=${TOKEN}`, {}],
  ["one for Basic", "", { Authorization: basic(`user:${TOKEN}`) }],
  ["one in a cookie", "", { Cookie: `token=${TOKEN}; aceslot=${TOKEN}` }],
  ["one in headers of others", "", { "X-API-Key": TOKEN, "X-Token": TOKEN, "X-Auth-Token": TOKEN }],
  ["a wrong Bearer before it", `token=${TOKEN}`, { Authorization: "Bearer wrong" }],
  ["a Bearer of two words", "", { Authorization: `Bearer ${TOKEN} ${TOKEN}` }],
  ["a wrong one in the path", "", {}, `/t/${near}`],
  ["a wrong one in the path before it", "", {}, `/t/${near}/t/${TOKEN}`],
  ["a wrong one in the path, and it in the query", `token=${TOKEN}`, {}, `/t/${near}`],
  ["a claim to be near", "", { "X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", Host: "localhost" }],
];

let proxy: RunningBinary;
const ends = new AsyncDisposableStack();
beforeAll(async () => {
  const folder = ends.use(await scratchFolder());
  const playlist = join(folder.path, "channels.m3u");
  await Bun.write(playlist, `#EXTM3U\n#EXTINF:-1,One\nacestream://${ID}\n`);
  const guide = join(folder.path, "guide.xml");
  await Bun.write(guide, '<tv><channel id="one"/></tv>');
  proxy = ends.use(
    await startBinary(["--playlist", playlist, "--epg", guide, "--queue-timeout", "1s"], {
      env: { ACESLOT_TOKEN: TOKEN },
    }),
  );
});
afterAll(() => ends.disposeAsync());

describe("with --token", () => {
  test("there are routes to look at", () => expect(ROUTES.length).toBeGreaterThan(30));

  for (const [name, query, headers, before = ""] of WRONG)
    test.concurrent(
      `every route and every method is shut to ${name}`,
      async () => {
        const methods = name === "no token" ? METHODS : ["GET", "DELETE"];
        const paths = [...ROUTES, "/nothing", "/api", "/api/v1/streams/1/x"];
        for (const path of paths)
          for (const method of methods) {
            if (isOpen(method, path) && !(path === "/healthz" && before !== "")) continue;
            const { status, body } = await ask(`${proxy.url}${before}${path}?${query}`, method, headers);
            expect([method, path, status]).toEqual([method, path, 401]);
            expect(body).not.toContain(TOKEN);
          }
      },
      LIMIT_MS,
    );

  test.concurrent(
    "and open to it in the query, in the path, escaped too, and as Bearer",
    async () => {
      const escaped = [...TOKEN].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
      for (const path of ["/", "/readyz", "/metrics", "/openapi.json", "/api/v1/streams", "/playlist.m3u"]) {
        const doors = [
          ask(`${proxy.url}${path}?token=${TOKEN}`, "GET"),
          ask(`${proxy.url}${path}?token=${escaped}`, "GET"),
          ask(`${proxy.url}/t/${TOKEN}${path}`, "GET"),
          ask(`${proxy.url}/t/${escaped}${path}`, "GET"),
          ask(`${proxy.url}${path}`, "GET", { Authorization: `Bearer ${TOKEN}` }),
          ask(`${proxy.url}${path}`, "GET", { Authorization: `bearer   ${TOKEN}` }),
        ];
        for (const { status } of await Promise.all(doors)) expect([200, 503]).toContain(status);
      }
    },
    LIMIT_MS,
  );

  test.concurrent(
    "what is open without it holds nothing secret",
    async () => {
      for (const path of ["/healthz", "/assets/main.js", "/ace/hls/none/1.ts", "/ace/hls/", "/assets/"])
        for (const method of METHODS) {
          const { status, body } = await ask(`${proxy.url}${path}`, method);
          expect([200, 204, 401, 404, 405]).toContain(status);
          expect(body).not.toContain(TOKEN);
          expect(body).not.toContain(ID);
        }
    },
    LIMIT_MS,
  );
});

describe("the token is compared", () => {
  test("by one function, in all of the code", async () => {
    const compared: string[] = [];
    for await (const path of new Glob("**/*.ts").scan(join(import.meta.dir, "../../../src"))) {
      if (/\.data\.ts$|^(sim|config)\//.test(path)) continue;
      const text = await Bun.file(join(import.meta.dir, "../../../src", path)).text();
      for (const [found] of text.matchAll(/[\w.()]*(?:token|secret|password)\b\)?\s*[!=]==\s*[\w."]+/gi))
        if (!/[!=]==\s*(?:null|undefined|"")/.test(found)) compared.push(`${path}: ${found}`);
    }
    expect(compared).toEqual([...KNOWN_COMPARISONS]);
  });

  test("whatever its length is, and whatever is given", () => {
    for (const given of ["", "a", near, `${TOKEN}x`, "x".repeat(100_000), "\ud800", "\0", "é"])
      expect(isSameSecret(given, TOKEN)).toBe(false);
    expect(isSameSecret(TOKEN, TOKEN)).toBe(true);
  });
});

/** The token of before and the one after a reload: nobody gave either of them to us just now. */
const KNOWN_COMPARISONS: readonly string[] = ["http/api/feed.ts: (token === this."];

describe("without a token a write is answered to", () => {
  const ending = async (from: string, headers: Record<string, string> = {}): Promise<number> => {
    const app = createApp(appOptions(Object.assign(fakeBroker(), { end: () => true })));
    const asked = new Request("http://nas:6879/api/v1/streams/4", {
      method: "DELETE",
      headers: { host: "nas:6879", ...headers },
    });
    return (await app(asked, { address: from })).status;
  };

  test.each([
    ...["127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fd00::1", "fcff::1"],
    ...["fe80::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1"],
  ])("%s", async (from) => expect(await ending(from)).toBe(204));

  test.each([
    // Of the carrier's NAT: other customers share it.
    ...[
      "100.64.0.1",
      "100.127.255.255",
      "8.8.8.8",
      "::ffff:8.8.8.8",
      "2001:db8::1",
      "172.32.0.1",
      "192.169.0.1",
    ],
    ...[
      "64:ff9b::a00:1",
      "2002:a00:1::",
      "::10.0.0.1",
      "169.254.1.1",
      "0.0.0.0",
      "",
      "unknown",
      "10.0.0.1.evil",
    ],
  ])("not to %j", async (from) => {
    expect(await ending(from)).toBe(403);
    // Nobody is made near by a header that nobody trusts.
    for (const name of ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP"])
      expect(await ending(from, { [name]: name === "Forwarded" ? "for=127.0.0.1" : "127.0.0.1" })).toBe(403);
  });

  test.each([
    ["X-Forwarded-For", "8.8.8.8"],
    ["X-Forwarded-For", "8.8.8.8, 10.0.0.1"],
    ["X-Forwarded-For", "10.0.0.1, unknown"],
    ["Forwarded", "for=8.8.8.8"],
    ["Forwarded", 'for="[2001:db8::1]:4711"'],
    ["Forwarded", "for=_hidden"],
    ["X-Real-IP", "8.8.8.8"],
    ["CF-Connecting-IP", "2001:db8::1"],
    ["True-Client-IP", "8.8.8.8"],
  ])(
    "not to who comes from afar, by the word of a proxy at home that nobody named: %s: %s",
    async (name, value) => {
      expect(await ending("192.168.1.2", { [name]: value })).toBe(403);
    },
  );
});

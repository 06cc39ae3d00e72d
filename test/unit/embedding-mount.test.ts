/** A proxy below a prefix: inside a Hono app, and behind a server that hands on the whole path. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { createProxy, type ProxyOptions } from "aceslot";
import { contentId, type SimEngine, startSimEngine } from "aceslot/sim";
import { Hono } from "hono";
import { basePath } from "../../src/embedding/kinds.ts";
import { createRoutes } from "../../src/http/app.ts";
import { Traffic } from "../../src/http/traffic.ts";
import { keptLog, serve, watch } from "../support/embedded.ts";
import { appOptions, fakeBroker } from "../support/shared-world.ts";
import { until } from "../support/until.ts";

const LIST = join(import.meta.dir, "../fixtures/playlists/embedded.m3u");
const A = contentId(1);
let engine: SimEngine;
beforeAll(async () => {
  engine = await startSimEngine({ name: "engine" });
});
afterAll(() => engine.close());

const proxyAt = (more: ProxyOptions = {}) =>
  createProxy({ engines: [engine.address], lingerMs: 0, basePath: "/tv", playlists: [LIST], ...more });

/** As a whole path, as Hono leaves it, and as Hono takes the prefix off. */
const WAYS = [
  "the server's own",
  "a Hono app that hands the request on",
  "a Hono app that takes the prefix off",
] as const;

for (const [index, way] of WAYS.entries())
  describe(`below a prefix of ${way}`, () => {
    const served = (more: ProxyOptions = {}) => {
      const proxy = proxyAt(more);
      const app = new Hono();
      app.get("/", (context) => context.text("mine"));
      if (index === 1) app.mount("/tv", proxy.fetch, { replaceRequest: false });
      if (index === 2) app.mount("/tv", proxy.fetch);
      return {
        proxy,
        server: serve(index === 0 ? proxy.fetch : (request, server) => app.fetch(request, server)),
      };
    };

    test("streams play, and their end is felt", async () => {
      const { proxy, server } = served();
      await using _proxy = proxy;
      await using _server = server;
      const viewer = await watch(`${server.url}/tv`, A);
      expect(proxy.clients()).toMatchObject([{ address: index === 2 ? "" : "127.0.0.1" }]);
      viewer.leave();
      await until("the slot is free", () => proxy.engines()[0]?.load === 0);
    });

    test("links that are given out carry it", async () => {
      const { proxy, server } = served({ token: "t0ken" });
      await using _proxy = proxy;
      await using _server = server;
      const text = async (path: string): Promise<string> =>
        (await fetch(`${server.url}/tv/${path}?token=t0ken`)).text();
      const base = `${server.url}/tv/t/t0ken`;
      expect(await text("playlist.m3u")).toContain(`\n${base}/ace/getstream/${A}.ts`);
      expect(JSON.parse(await text("discover.json"))).toMatchObject({
        BaseURL: base,
        LineupURL: `${base}/lineup.json`,
      });
      expect(JSON.parse(await text("lineup.json"))).toMatchObject([{ URL: `${base}/auto/v1` }]);
      expect((await fetch(`${base}/readyz`)).status).toBe(200);
      expect((await fetch(`${server.url}/tv/readyz`)).status).toBe(401);
    });

    test("HLS finds its segments", async () => {
      const { proxy, server } = served();
      await using _proxy = proxy;
      await using _server = server;
      const answer = await fetch(`${server.url}/tv/ace/manifest.m3u8?id=${A}`);
      const segment = (await answer.text()).split("\n").find((line) => line !== "" && !line.startsWith("#"));
      const there = new URL(segment ?? "", answer.url);
      expect(there.pathname).toStartWith("/tv/ace/hls/");
      expect((await fetch(there)).status).toBe(200);
    });

    test("the page finds its files, with and without a slash at its end", async () => {
      const { proxy, server } = served();
      await using _proxy = proxy;
      await using _server = server;
      for (const path of ["/tv", "/tv/"]) {
        const answer = await fetch(`${server.url}${path}`);
        const page = await answer.text();
        const base = new URL(/<base href="([^"]*)">/.exec(page)?.[1] ?? ".", answer.url);
        const script = /<script type="module" src="([^"]*)"/.exec(page)?.[1] ?? "";
        expect(new URL(script, base).pathname).toBe("/tv/assets/main.js");
        expect((await fetch(new URL(script, base))).headers.get("content-type")).toStartWith(
          "text/javascript",
        );
        // The browser only believes an address that the policy allows.
        const policy = answer.headers.get("content-security-policy");
        expect(policy).toContain(page.includes("<base") ? "base-uri 'self'" : "base-uri 'none'");
      }
    });

    test("HEAD has no length, since a stream has none", async () => {
      const { proxy, server } = served();
      await using _proxy = proxy;
      await using _server = server;
      const head = await ask(server.url, `HEAD /tv/ace/getstream?id=${A}`);
      expect(head).toStartWith("HTTP/1.1 200");
      expect(head.toLowerCase()).not.toContain("content-length");
      expect(engine.load).toBe(0);
    });
  });

describe("a mounted proxy", () => {
  test("understands requests with the prefix and without it, and takes no other", async () => {
    await using proxy = proxyAt();
    const status = async (path: string): Promise<number> =>
      (await proxy.fetch(new Request(`http://proxy${path}`, { redirect: "manual" }))).status;
    const paths = [
      "/tv/healthz",
      "/healthz",
      "/tv/healthz/",
      "/tv",
      "/tv/t/x/healthz",
      "/tv2/healthz",
      "/tv/tv/healthz",
    ];
    expect(await Promise.all(paths.map(status))).toEqual([200, 200, 200, 308, 200, 404, 404]);
  });

  test("gives out what the operator says, as it is", async () => {
    await using proxy = proxyAt({ publicUrl: "https://tv.example.org/x" });
    const answer = await proxy.fetch(new Request("http://proxy/tv/discover.json"));
    expect(await answer.json()).toMatchObject({ BaseURL: "https://tv.example.org/x" });
  });

  test("tells a page behind a further prefix of a trusted proxy, and a token in its path, where it is", async () => {
    await using proxy = proxyAt({ trustedProxies: ["127.0.0.1"], token: "a.b" });
    const headers = { "X-Forwarded-Prefix": "/home", "X-Forwarded-Host": "example.org" };
    const answer = await proxy.fetch(new Request("http://proxy/t/a.b/", { headers }), {
      address: "127.0.0.1",
    });
    expect(await answer.text()).toContain('<base href="/home/tv/t/a.b/">');
  });

  test("warns, once, where Bun's server does not know the request that it was handed", async () => {
    const log = keptLog();
    await using proxy = proxyAt({ log, playlists: [] });
    const app = new Hono();
    app.mount("/tv", proxy.fetch);
    await using server = serve((request, bun) => app.fetch(request, bun));
    for (let n = 0; n < 2; n++) await fetch(`${server.url}/tv/healthz`);
    const warnings = log.lines.filter((line) => line.startsWith("warn"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("replaceRequest: false");
  });

  test("is mounted nowhere where its own routes are", async () => {
    const paths = createRoutes(appOptions(fakeBroker()), new Traffic()).routes.map(({ path }) => path);
    for (const path of new Set(paths)) {
      // Every prefix of a route, with something in place of its parameters.
      const parts = path
        .replaceAll(/:[a-z]+(\{[^}]*\})?/g, "x")
        .split("/")
        .slice(1);
      const prefixes = parts
        .map((_, index) => `/${parts.slice(0, index + 1).join("/")}`)
        .filter((one) => one !== "/");
      for (const prefix of prefixes) expect([prefix, basePath.parse(prefix).ok]).toEqual([prefix, false]);
    }
    for (const path of ["/tv", "/api/tv", "/a/b/c", "/tv/"])
      expect([path, basePath.parse(path).ok]).toEqual([path, true]);
  });
});

/** A request as it stands on the wire, and all that is answered. */
function ask(base: string, line: string): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${line} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`),
    );
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

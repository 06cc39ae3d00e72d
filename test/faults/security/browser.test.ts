/** The page, its neighbours and its enemies in a real browser: no word runs, nobody writes from elsewhere, nothing leaks. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { size, step, walkSelector } from "../../../model/index.ts";
import { startExplorePage } from "../../../model/report/page/serve.ts";
import { startBinary } from "../../support/binary.ts";
import { CHROMIUM, CHROMIUM_FLAGS, CHROMIUM_STARTS_MS } from "../../support/browser.ts";
import { openDashboard } from "../../support/dashboard.ts";
import { streamsOf } from "../../support/faults.ts";
import { until } from "../../support/until.ts";
import { evilOf, groupName, type HostileScene, hostileScene } from "./hostile-scene.ts";

const LIMIT_MS = 90_000;
const TOKEN = "a-token-that-nobody-sees";

let browser: Browser;
let scene: HostileScene;
let evil: ReturnType<typeof startEvil>;
beforeAll(async () => {
  browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    pipe: true,
    timeout: CHROMIUM_STARTS_MS,
    // Whoever owns a name may have it lead here.
    args: [...CHROMIUM_FLAGS, "--host-resolver-rules=MAP *.example 127.0.0.1"],
  });
  evil = startEvil();
  scene = await hostileScene();
}, LIMIT_MS);
afterAll(async () => {
  await browser.close();
  await evil.stop(true);
  await scene[Symbol.asyncDispose]();
});

/** What came to the server of somebody else, each with what it tells of where it comes from. */
const visits: { readonly path: string; readonly referer: string | null }[] = [];
const startEvil = () =>
  Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      visits.push({ path: new URL(request.url).pathname, referer: request.headers.get("referer") });
      return new Response("<!doctype html><title>evil</title>", { headers: { "Content-Type": "text/html" } });
    },
  });

async function openPage(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

/** The stream that plays, by its number; throws when it is not there (any more). */
async function playingStream(): Promise<number> {
  const [stream] = (await streamsOf(scene.proxy)).streams;
  if (stream === undefined) throw new Error("the stream was ended");
  return stream.id;
}

describe("words of others in the page", () => {
  test(
    "are shown literally, and never run: engines, channels, groups, players, reasons, and other proxies",
    async () => {
      await using dashboard = await openDashboard(browser, `${scene.proxy.url}/`);
      const { page } = dashboard;
      await page.waitForSelector(".channel");
      await page.waitForSelector(".ended li");
      await page.waitForSelector("#members tr:nth-child(2)");
      await dashboard.press(".people");
      await page.waitForSelector(".clients li");
      await dashboard.shows(evilOf("engine0"));
      const text = await page.evaluate(() => document.documentElement.textContent);
      for (const word of ["engine0", "engine1", "channel", "proxy", "neighbour"])
        expect(text).toContain(evilOf(word));
      // Words of engines are cut.
      expect(text).toContain(evilOf("words").slice(0, 150));
      expect(text).toContain(groupName);
      // Of what a player calls itself the page shows the beginning, as a title the whole.
      expect(await page.$eval(".clients .who", (who) => who.outerHTML)).toContain("&lt;img");
      await dashboard.press(".stream [aria-label^=Links]");
      await page.waitForSelector("#links[open]");
      expect(await page.$eval("#links", (links) => links.textContent)).toContain(evilOf("channel"));
      // No script, no foreign element, and no link that is a program.
      const odd = await page.evaluate(() =>
        [...document.querySelectorAll("img, iframe, object, embed, form[action], script:not([src])")].map(
          (element) => element.outerHTML,
        ),
      );
      expect(odd).toEqual([]);
      const links = await page.$$eval("a[href]", (all) =>
        all.map((link) => (link as HTMLAnchorElement).protocol),
      );
      for (const protocol of links) expect(["http:", "vlc:"]).toContain(protocol);
      expect(await page.evaluate("typeof canary")).toBe("undefined");
      expect([await dashboard.refused(), dashboard.thrown]).toEqual([[], []]);
      for (const url of dashboard.asked) expect(new URL(url).origin).toBe(scene.proxy.url);
    },
    LIMIT_MS,
  );

  test(
    "do not run where an answer is opened by itself: a guide is XML, and XML may have scripts in it",
    async () => {
      const page = await browser.newPage();
      const asked: string[] = [];
      page.on("request", (request) => void asked.push(new URL(request.url()).pathname));
      for (const path of [
        ...[
          "/epg.xml",
          "/lineup.xml",
          "/device.xml",
          "/api/v1/engines",
          "/api/v1/streams",
          "/metrics",
          "/readyz",
        ],
        ...["/assets/icon.svg", "/nothing/<script>canary=1</script>", "/playlist.m3u"],
      ]) {
        // A list is saved rather than shown.
        await page.goto(`${scene.proxy.url}${path}`).catch(() => null);
        expect([path, await page.evaluate("typeof canary")]).toEqual([path, "undefined"]);
      }
      expect(asked.filter((path) => path === "/api/v1/streams").length).toBe(1);
      await page.close();
    },
    LIMIT_MS,
  );
});

describe("a page from elsewhere", () => {
  const origins = () => [
    `http://evil.example:${evil.port}`,
    // Of the same site as far as a browser goes: another port of the same machine.
    `http://127.0.0.1:${evil.port}`,
  ];

  test(
    "ends nothing: by no method, form, beacon or frame",
    async () => {
      const id = await playingStream();
      const target = `${scene.proxy.url}/api/v1/streams/${id}`;
      for (const origin of origins()) {
        const page = await openPage(`${origin}/`);
        const told = await page.evaluate(async (url) => {
          const results: string[] = [];
          const simple = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];
          const tries: readonly RequestInit[] = [
            { method: "DELETE" },
            { method: "DELETE", mode: "no-cors" },
            { method: "DELETE", credentials: "include", redirect: "follow", keepalive: true },
            { method: "POST", headers: { "X-HTTP-Method-Override": "DELETE" } },
            ...simple.map(
              (type): RequestInit => ({
                ...{ method: "POST", mode: "no-cors", body: "_method=DELETE" },
                headers: { "Content-Type": type },
              }),
            ),
          ];
          for (const init of tries)
            for (const address of [url, `${url}?_method=DELETE`])
              results.push(
                await fetch(address, init).then(
                  ({ type, status }) => `${type} ${status}`,
                  () => "refused",
                ),
              );
          navigator.sendBeacon(url, "_method=DELETE");
          for (const method of ["post", "get"]) {
            const frame = document.createElement("iframe");
            // Of no origin at all.
            frame.setAttribute("sandbox", "allow-scripts allow-forms");
            frame.srcdoc = `<form action="${url}" method="${method}"><input name=_method value=DELETE></form><script>
              fetch("${url}", { method: "DELETE" }).catch(() => {}); document.forms[0].submit()</script>`;
            document.body.append(frame);
            await new Promise((loaded) => frame.addEventListener("load", loaded));
          }
          return results;
        }, target);
        for (const result of told) expect(result).toMatch(/^(?:refused|opaque 0)$/);
        await page.close();
      }
      expect(await playingStream()).toBe(id);
    },
    LIMIT_MS,
  );

  test(
    "ends nothing under a name of its own that leads to the proxy, though it is of one origin with it then",
    async () => {
      const id = await playingStream();
      const { port } = new URL(scene.proxy.url);
      const page = await openPage(`http://rebound.example:${port}/`);
      const status = await page.evaluate(
        async (path) => (await fetch(path, { method: "DELETE" })).status,
        `/api/v1/streams/${id}`,
      );
      expect(status).toBe(403);
      expect(await playingStream()).toBe(id);
      await page.close();
    },
    LIMIT_MS,
  );

  test(
    "may have streams, and reads nothing else",
    async () => {
      for (const origin of origins()) {
        const page = await openPage(`${origin}/`);
        const read = (path: string, method = "GET"): Promise<string> =>
          page.evaluate(
            (url, how) =>
              fetch(url, { method: how }).then(
                ({ status }) => String(status),
                () => "refused",
              ),
            `${scene.proxy.url}${path}`,
            method,
          );
        expect(await read(`/ace/getstream?id=${scene.playing}`, "HEAD")).toBe("200");
        expect(await read("/ace/getstream?id=x")).toBe("400");
        expect(await read("/ace/manifest.m3u8?id=x")).toBe("400");
        for (const path of [
          ...[
            "/",
            "/api/v1/streams",
            "/api/v1/clients",
            "/api/v1/nothing",
            "/api/v1/events",
            "/openapi.json",
          ],
          ...["/readyz", "/metrics", "/playlist.m3u", "/playlist.m3u?format=x", "/epg.xml", "/lineup.json"],
          ...["/discover.json", "/nothing", "/ace/status", "/ace/streams", "/assets/main.js", "/healthz"],
        ])
          expect([path, await read(path)]).toEqual([path, "refused"]);
        // Nor does it get them as something else: a program, a style, a picture.
        const taken = await page.evaluate(async (base) => {
          const found: string[] = [];
          for (const path of ["/api/v1/streams", "/metrics", "/playlist.m3u", "/assets/main.js"])
            for (const [tag, name] of [
              ["script", "src"],
              ["link", "href"],
              ["img", "src"],
            ] as const) {
              const element = document.createElement(tag);
              if (tag === "link") element.setAttribute("rel", "stylesheet");
              element.setAttribute(name, `${base}${path}`);
              const done = new Promise<boolean>((resolve) => {
                element.addEventListener("load", () => resolve(true));
                element.addEventListener("error", () => resolve(false));
              });
              document.head.append(element);
              if (await done) found.push(`${tag} ${path}`);
            }
          return found;
        }, scene.proxy.url);
        expect(taken).toEqual([]);
        await page.close();
      }
    },
    LIMIT_MS,
  );

  test(
    "cannot frame the page, nor any other answer",
    async () => {
      const page = await openPage(`http://evil.example:${evil.port}/`);
      for (const path of ["/", "/epg.xml", "/api/v1/streams", "/?token=x"]) {
        await page.evaluate(async (url) => {
          const frame = document.createElement("iframe");
          frame.src = url;
          document.body.append(frame);
          await new Promise((loaded) => frame.addEventListener("load", loaded));
        }, `${scene.proxy.url}${path}`);
        const frames = page.frames().map((frame) => frame.url());
        expect(frames.filter((url) => url.startsWith(scene.proxy.url))).toEqual([]);
      }
      await page.close();
    },
    LIMIT_MS,
  );
});

describe("a policy lets in nothing that is written into a page, and nobody else", () => {
  /** Whether a script, a style, a handler or a text as a program runs that is put into the page. */
  const intrusions = (page: Page): Promise<unknown> =>
    page.evaluate(async () => {
      const tries: readonly (() => unknown)[] = [
        () => {
          const script = document.createElement("script");
          script.append("canary = 'script'");
          document.head.append(script);
        },
        () => {
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\"canary='handler'\">");
        },
        () => {
          document.body.setAttribute("onclick", "canary='attribute'");
          document.body.click();
        },
        () => setTimeout("canary = 'timer'" as unknown as () => void),
        () => {
          const link = document.createElement("a");
          link.href = "javascript:canary='link'";
          link.click();
        },
        () => {
          const frame = document.createElement("iframe");
          frame.src = "data:text/html,<script>parent.canary='frame'</script>";
          document.body.append(frame);
        },
        () => {
          const style = document.createElement("style");
          style.append("html { --intruded: yes }");
          document.head.append(style);
        },
      ];
      for (const attempt of tries)
        try {
          attempt();
        } catch {
          // Refused aloud.
        }
      const outside = await fetch("https://elsewhere.example/").then(
        () => "asked",
        () => "refused",
      );
      return [
        String((globalThis as { canary?: unknown }).canary),
        getComputedStyle(document.documentElement).getPropertyValue("--intruded"),
        outside,
      ];
    });

  test(
    "the page, the form for the token, and the page of aceslot check",
    async () => {
      await using guarded = await startBinary(["--token", TOKEN]);
      const explorer = startExplorePage(walkSelector(step, size(1, 1, 1)), 0);
      try {
        for (const url of [
          `${scene.proxy.url}/`,
          `${guarded.url}/`,
          `${guarded.url}/?token=wrong`,
          `${guarded.url}/?token=${TOKEN}`,
          `${guarded.url}/t/${TOKEN}/`,
          explorer.url,
        ]) {
          const page = await browser.newPage();
          const asked: string[] = [];
          page.on("request", (request) => void asked.push(request.url()));
          const answer = await page.goto(url);
          const { "content-security-policy": policy = "", ...headers } = answer?.headers() ?? {};
          expect(policy).toStartWith("default-src 'none'");
          expect(policy).not.toMatch(/unsafe|\*|http|data:/);
          expect(headers).toMatchObject({
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
          });
          expect(headers).not.toHaveProperty("set-cookie");
          expect(await page.evaluate("document.cookie + localStorage.length + sessionStorage.length")).toBe(
            "00",
          );
          for (const each of asked) expect(new URL(each).origin).toBe(new URL(url).origin);
          expect([url, await intrusions(page)]).toEqual([url, ["undefined", "", "refused"]]);
          await page.close();
        }
      } finally {
        await explorer.close();
      }
    },
    LIMIT_MS,
  );

  test(
    "and tells nobody where it is: no link takes the token along",
    async () => {
      await using guarded = await startBinary(["--token", TOKEN]);
      for (const url of [`${guarded.url}/?token=${TOKEN}`, `${guarded.url}/t/${TOKEN}/`]) {
        const page = await openPage(url);
        const before = visits.length;
        await Promise.all([
          page.waitForNavigation(),
          page.evaluate((to) => {
            const link = document.createElement("a");
            link.href = to;
            document.body.append(link);
            link.click();
          }, `http://evil.example:${evil.port}/followed`),
        ]);
        const came = () => visits.slice(before).filter(({ path }) => path === "/followed");
        await until("it came", () => came().length > 0);
        expect(came().map(({ referer }) => referer)).toEqual([null]);
        await page.close();
      }
    },
    LIMIT_MS,
  );
});

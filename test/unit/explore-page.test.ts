/** The page that walks the graph: its routes, its policy, and what its API answers. */
import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { GraphWalker } from "../../model/explorer.ts";
import { exploreApp, explorePage } from "../../model/report/index.ts";
import { startExplorePage } from "../../model/report/page/serve.ts";
import { toyWalker } from "../support/toy-walker.ts";

const walker = toyWalker({ engines: 1, cap: 1, players: 2, bug: true });
const app = exploreApp(walker);
const get = async (path: string, method = "GET") =>
  app.fetch(new Request(`http://127.0.0.1${path}`, { method }));
const ROUTES = ["/", "/assets/explore.css", "/assets/explore.js", "/assets/icon.svg", "/api/view"];

describe("the routes", () => {
  test("answer with their types", async () => {
    const types = await Promise.all(
      ROUTES.map(async (path) => (await get(path)).headers.get("Content-Type")),
    );
    expect(types).toEqual([
      "text/html; charset=UTF-8",
      "text/css; charset=utf-8",
      "text/javascript; charset=utf-8",
      "image/svg+xml",
      "application/json",
    ]);
  });

  test("every answer, refusals too, forbids what the page does not need", async () => {
    for (const path of [...ROUTES, "/nowhere", "/api/view?path=x"]) {
      const { headers } = await get(path);
      const policy = headers.get("Content-Security-Policy") ?? "";
      expect(policy).toStartWith(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';",
      );
      expect(policy).not.toMatch(/unsafe|data:|http|\*/u);
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("Cache-Control")).toBe("no-store");
    }
  });

  test("what is not there, and methods that are not allowed", async () => {
    const nothing = await get("/nowhere");
    expect([nothing.status, await nothing.json()]).toEqual([
      404,
      { error: { code: "not_found", message: "there is nothing at /nowhere" } },
    ]);
    const post = await get("/api/view", "POST");
    expect([post.status, post.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
    expect(await post.json()).toMatchObject({ error: { code: "method_not_allowed" } });
    expect((await get("/api/view", "HEAD")).status).toBe(200);
  });
});

describe("the page", () => {
  const text = async (path: string) => (await get(path)).text();

  test("has no script, style or handler in its HTML", async () => {
    const html = await text("/");
    expect(html).toBe(explorePage());
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/iu);
    expect(html.match(/<script\b[^>]*>[^<]*/gu)).toEqual(['<script src="assets/explore.js" defer>']);
  });

  test("names no other place, and each of its files is there", async () => {
    for (const path of ROUTES.slice(0, 4)) {
      const urls = (await text(path)).match(/(?:https?:)?\/\/[\w.-]+\.\w[^\s"')]*/gu) ?? [];
      expect(urls.filter((url) => url !== "http://www.w3.org/2000/svg")).toEqual([]);
    }
    const files = [...(await text("/")).matchAll(/(?:src|href)="([^"]+)"/gu)].map(([, file = ""]) => file);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect((await get(`/${file}`)).status).toBe(200);
  });

  test("its script is one, writes no markup, and finds every element that it asks for", async () => {
    const [html, script] = await Promise.all([text("/"), text("/assets/explore.js")]);
    expect(() => new Function(script)).not.toThrow();
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|\.style\b/u);
    const asked = new Set([...script.matchAll(/\$\("([^"]+)"\)/gu)].map(([, id]) => id));
    for (const id of asked) expect(html).toContain(`id="${id}"`);
  });

  test("every section has its title", () => {
    const labels = [...explorePage().matchAll(/aria-labelledby="([^"]+)"/gu)].map(([, id]) => id);
    expect(labels).toHaveLength(5);
    for (const id of labels) expect(explorePage()).toContain(`<h2 id="${id}"`);
  });
});

describe("/api/view", () => {
  const view = async (path: string) => {
    const answer = await get(`/api/view${path}`);
    return { status: answer.status, body: await answer.json() };
  };

  test("shows the beginning, and where a path leads", async () => {
    const { status, body } = await view("");
    expect(status).toBe(200);
    expect(body).toMatchObject({ world: "E1 C1 R2", mutant: "frees-on-send", path: [], steps: [] });
    expect((await view("?path=")).body).toEqual(body);
    const { body: end } = await view("?path=0,0,0,1");
    expect(end.steps.at(-1).happening).toBe("client 2 asks for content 2");
    expect(end.engines).toEqual([{ name: "engine 1", slots: ["pending"], foreign: 0, carries: 2 }]);
    expect(end).toMatchObject({ ...walker.view([0, 0, 0, 1]) });
  });

  test("a path that is none, or leads nowhere, is refused", async () => {
    for (const path of [
      "x",
      "0,",
      ",0",
      "0,,1",
      "-1",
      "1.5",
      "0 1",
      "1e3",
      "0x1",
      "1234567",
      `${"0,".repeat(2_000)}0`,
    ]) {
      const { status, body } = await view(`?path=${encodeURIComponent(path)}`);
      expect([path.slice(0, 20), status, body.error?.code]).toEqual([path.slice(0, 20), 400, "bad_path"]);
      // Before any walking is done.
      expect(body.error.message).toStartWith("a path is numbers");
    }
    expect(await view("?path=0,9")).toEqual({
      status: 400,
      body: { error: { code: "bad_path", message: "step 2: there is no happening 9" } },
    });
  });

  test("a walker that fails is told apart from a bad path", async () => {
    const broken: GraphWalker = {
      ...walker,
      view() {
        throw new TypeError("books contradict themselves");
      },
    };
    const answer = await exploreApp(broken).fetch(new Request("http://127.0.0.1/api/view"));
    expect([answer.status, await answer.json()]).toEqual([
      500,
      {
        error: { code: "internal_error", message: "this state cannot be shown: books contradict themselves" },
      },
    ]);
    expect(answer.headers.get("Content-Security-Policy")).toStartWith("default-src 'none'");
  });
});

test("the server listens on this machine only, and ends", async () => {
  const page = startExplorePage(walker, 0);
  expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/u);
  expect((await fetch(page.url)).status).toBe(200);
  await page.close();
  expect(fetch(page.url)).rejects.toThrow();
});

test("a port that is taken is the system's error", async () => {
  // Within one process Bun lets its own servers share a port, so somebody else has to have it.
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  expect(() => startExplorePage(walker, port)).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
  other.close();
});

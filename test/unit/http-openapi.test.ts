/** `/openapi.json` describes all routes, and no others. */
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { validate } from "@apidevtools/swagger-parser";
import { apiPage } from "../../src/http/api/docs.ts";
import { createRoutes } from "../../src/http/app.ts";
import { STATUS_OF } from "../../src/http/errors.ts";
import { Traffic } from "../../src/http/traffic.ts";
import type { OpenApi } from "../support/document.ts";
import { appOptions, fakeBroker, routesOf } from "../support/shared-world.ts";

/** The page's own files: no interface for anybody. */
const isPage = (path: string): boolean => path === "/" || path.startsWith("/assets/");

/** `/ace/getstream/:id{[^/]+\.ts}` → `/ace/getstream/{id}.ts`. */
const written = (path: string): string =>
  path.replaceAll(/:(\w+)\{[^}]*\\\.(\w+)\}/g, "{$1}.$2").replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}");

let document: OpenApi;
beforeAll(async () => {
  const answer = await routesOf(fakeBroker())("/openapi.json");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  document = (await answer.json()) as OpenApi;
});

test("is a valid document of OpenAPI 3.1", async () => {
  expect(document.openapi).toBe("3.1.0");
  // It is changed by being looked at.
  await validate(structuredClone(document) as never);
});

test("names every route of the proxy, and no others", () => {
  const routes = createRoutes(appOptions(fakeBroker()), new Traffic()).routes;
  const there = routes
    .filter(({ path }) => !isPage(path))
    .map(({ method, path }) => `${method} ${written(path)}`);
  const told = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(told.toSorted()).toEqual([...new Set(there)].toSorted());
});

test("leads back to the same proxy, behind whatever prefix it is", () => {
  expect(document.servers).toEqual([{ url: "./" }]);
  for (const prefix of ["http://x/", "http://x/tv/", "http://x/t/s3cret/"])
    expect(new URL(`.${"/api/v1/engines"}`, new URL("./", `${prefix}openapi.json`)).href).toBe(
      `${prefix}api/v1/engines`,
    );
});

describe("errors", () => {
  test("have all codes there are", () => {
    const schema = document.components.schemas.Error as {
      properties: { error: { properties: { code: { enum: string[] } } } };
    };
    expect(schema.properties.error.properties.code.enum).toEqual(Object.keys(STATUS_OF));
  });

  test("are described with codes that come with their status", () => {
    for (const [path, operations] of Object.entries(document.paths))
      for (const { responses } of Object.values(operations))
        for (const [status, { description, content }] of Object.entries(responses)) {
          if (!JSON.stringify(content ?? {}).includes("schemas/Error")) continue;
          const codes = [...description.matchAll(/`(\w+)`/g)].map(([, code]) => code ?? "");
          expect(codes).not.toEqual([]);
          for (const code of codes)
            expect([path, code, STATUS_OF[code as keyof typeof STATUS_OF]]).toEqual([
              path,
              code,
              Number(status),
            ]);
        }
  });
});

test("what needs no token is told so, and everything else may want one", () => {
  const open = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { security }]) =>
      security?.length === 0 ? `${method} ${path}` : [],
    ),
  );
  expect(open.toSorted()).toEqual(
    [
      "get /healthz",
      "get /ace/hls/{session}/{segment}.ts",
      ...["", ".ts", "/{id}.ts"].map((end) => `options /ace/getstream${end}`),
      "options /ace/manifest.m3u8",
      "options /ace/hls/{session}/{segment}.ts",
    ].toSorted(),
  );
});

describe("docs/api.md", () => {
  const page = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");

  test("is made from the document: bun src/http/api/docs.ts", () => {
    expect(page).toBe(apiPage(document as never));
  });

  test("has a heading for each of its own links, and each heading once", () => {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, words = ""]) =>
      words
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, "")
        .replaceAll(/\s/g, "-"),
    );
    expect(headings.toSorted()).toEqual([...new Set(headings)].toSorted());
    for (const [, target] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(target ?? "");
  });

  test("listens in a page as it says", async () => {
    const [, program = ""] = /```ts\n([^`]*EventSource[^`]*)```/.exec(page) ?? [];
    const said: unknown[][] = [];
    const asked: string[] = [];
    class FakeEventSource extends EventTarget {
      constructor(url: string) {
        super();
        asked.push(url);
        queueMicrotask(() => {
          this.dispatchEvent(new MessageEvent("figures", { data: JSON.stringify({ streams: [1, 2] }) }));
          this.dispatchEvent(new MessageEvent("transition", { data: "{}", lastEventId: "1ife-7" }));
        });
      }
    }
    new Function("EventSource", "console", program)(FakeEventSource, {
      log: (...words: unknown[]) => said.push(words),
    });
    await Promise.resolve();
    expect(asked).toEqual(["api/v1/events"]);
    expect(said).toEqual([
      [2, "streams"],
      ["1ife-7", "{}"],
    ]);
  });
});

/** `/openapi.json` describes all routes, and no others. */
import { beforeAll, describe, expect, test } from "bun:test";
import { validate } from "@apidevtools/swagger-parser";
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
      ...["", "/{id}.ts"].map((end) => `options /ace/getstream${end}`),
      "options /ace/manifest.m3u8",
      "options /ace/hls/{session}/{segment}.ts",
    ].toSorted(),
  );
});

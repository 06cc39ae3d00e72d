/**
 * A registry on this machine that speaks as JSR does, as far as `deno publish` and `deno run` ask: what is published
 * there is what it gives out. `@std/async`, which only JSR has, is stood in for by our adapter.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json";
import { ROOT } from "./deno.ts";

const STD_ASYNC = "@std/async";
const STD_VERSION = "1.5.0";

export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** For whoever is to use it: where it is, and a cache that goes with it. */
  readonly env: { readonly JSR_URL: string; readonly DENO_DIR: string };
  /** The text of each file of what was published, by its path in the package; empty before. */
  readonly published: ReadonlyMap<string, string>;
}

export function startRegistry(): Registry {
  const published = new Map<string, string>();
  const packages = new Map([
    [STD_ASYNC, { version: STD_VERSION, exports: { ".": "./mod.ts" }, files: standIn() }],
  ]);

  async function take(scope: string, name: string, version: string, tarball: Blob): Promise<Response> {
    const files = await new Bun.Archive(await tarball.arrayBuffer()).files();
    for (const [path, file] of files) published.set(`/${path}`, await file.text());
    const { exports } = JSON.parse(published.get("/deno.json") ?? "{}");
    packages.set(`@${scope}/${name}`, { version, exports, files: published });
    return Response.json({ id: "0", status: "success", error: null });
  }

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    routes: {
      "/api/scopes/:scope/packages/:name": Response.json({}),
      "/api/scopes/:scope/packages/:name/versions/:version": {
        GET: Response.json({ code: "packageVersionNotFound", message: "not published yet" }, { status: 404 }),
        POST: async (request) => {
          const { scope, name, version } = request.params;
          return await take(scope, name, version, await request.blob());
        },
      },
    },
    fetch(request) {
      const [, name = "", rest = ""] = /^\/(@[^/]+\/[^/]+)\/(.*)$/.exec(new URL(request.url).pathname) ?? [];
      const known = packages.get(name);
      if (known === undefined) return new Response("no such package", { status: 404 });
      const { version, exports, files } = known;
      if (rest === "meta.json") return Response.json({ latest: version, versions: { [version]: {} } });
      if (rest === `${version}_meta.json`) return Response.json({ exports, manifest: manifestOf(files) });
      const text = files.get(rest.slice(version.length));
      if (text === undefined) return new Response("no such file", { status: 404 });
      return new Response(text, { headers: { "Content-Type": "application/typescript" } });
    },
  });
  const url = `http://127.0.0.1:${server.port}/`;
  const cache = mkdtempSync(join(tmpdir(), "deno-cache-"));
  return {
    url,
    env: { JSR_URL: url, DENO_DIR: cache },
    published,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      rmSync(cache, { recursive: true, force: true });
    },
  };
}

function standIn(): ReadonlyMap<string, string> {
  const text = readFileSync(join(ROOT, "src/async/deadline.ts"), "utf8");
  const timeout = `npm:p-timeout@${packageJson.dependencies["p-timeout"]}`;
  return new Map([["/mod.ts", text.replace('"p-timeout"', `"${timeout}"`)]]);
}

const manifestOf = (files: ReadonlyMap<string, string>): object =>
  Object.fromEntries(
    [...files].map(([path, text]) => [
      path,
      {
        size: Buffer.byteLength(text),
        checksum: `sha256-${new Bun.CryptoHasher("sha256").update(text).digest("hex")}`,
      },
    ]),
  );

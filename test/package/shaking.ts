/** What a bundler takes of the package for a program that only wants the selector. */
import { describe, expect, test } from "bun:test";
import { build } from "esbuild";
import type { Project } from "./installed.ts";

/** Minified; it is 95.5 kB, 39 of them XState's. More means that something else came along. */
const BYTES_MAX = 98_000;

export function shakingSuite(project: Project): void {
  // A page in a browser can have the selector alone; to take it from the whole, a bundler must know Node's modules.
  describe.each([
    ["aceslot/selector", "browser"],
    ["aceslot", "node"],
  ] as const)("createSelector from %s, for a %s", (entry, platform) => {
    const bundled = async () => {
      const { outputFiles, metafile } = await build({
        stdin: {
          contents: `import { createSelector } from "${entry}"; console.log(createSelector({ resources: [] }));`,
          resolveDir: project().folder,
        },
        ...{ bundle: true, minify: true, format: "esm", platform, write: false, metafile: true },
        logLevel: "silent",
      });
      return {
        text: outputFiles.map((file) => file.text).join(""),
        outputs: Object.values(metafile.outputs),
      };
    };

    test("takes nothing of any other package but XState, and nothing of any runtime", async () => {
      const { outputs } = await bundled();
      const taken = outputs.flatMap(({ inputs }) =>
        Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
      );
      const packages = taken.map(
        (path) => path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? "the program",
      );
      expect([...new Set(packages)].sort()).toEqual(["aceslot", "the program", "xstate"]);
      expect(outputs.flatMap(({ imports }) => imports)).toEqual([]);
    });

    test(`is below ${BYTES_MAX / 1000} kB, without the proxy`, async () => {
      const { text } = await bundled();
      expect(text.length).toBeLessThan(BYTES_MAX);
      // Words that minifying keeps: of the proxy's routes, of Hono's errors, of zod's.
      for (const word of ["/ace/getstream", "Context is not finalized", "ZodError"])
        expect(text).not.toContain(word);
    });
  });
}

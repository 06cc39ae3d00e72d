/** On each runtime: every entry is used as a user would, and its import alone does nothing. */
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { ENTRY_NAMES, specifier } from "../../deploy/npm/entries.ts";
import type { Project } from "./installed.ts";
import { RUNTIMES, runOn } from "./runtimes.ts";

const Effects = z.object({
  names: z.number(),
  globals: z.array(z.string()),
  reads: z.array(z.string()),
  handles: z.array(z.string()),
});

export function useSuite(project: Project): void {
  describe.each([...RUNTIMES])("on %s", (runtime) => {
    test("every entry does its work, and the program ends by itself", async () => {
      const { code, out, err } = await runOn(runtime, project().folder, "loopback", ["use.js"]);
      expect({ code, err: complaints(err) }).toEqual({ code: 0, err: [] });
      expect(JSON.parse(out)).toEqual({
        selector: { value: "opened gpu", refused: "no_capacity", isSame: true },
        check: ["holds", "violated"],
        slot: ["slot", "pending"],
        proxy: {
          ...{ status: 200, type: "video/mp2t", isTransportStream: true, page: true, streams: 1, load: 0 },
          transitions: ["free pending", "pending active", "active released", "released free"],
        },
        error: [true, "bad_value"],
      });
    });

    test.each(ENTRY_NAMES.map(specifier))("import of %s has no effect, and needs no right", async (entry) => {
      const { code, out, err } = await runOn(runtime, project().folder, "none", ["effects.js", entry]);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const { names, globals, ...left } = Effects.parse(JSON.parse(out));
      expect(names).toBeGreaterThan(0);
      expect(globals.filter((key) => !isOfOthers(key, entry))).toEqual([]);
      expect(left).toEqual({ reads: [], handles: [] });
    });
  });
}

/** Deno's support of npm packages, and zod's settings: both set them by themselves. The light entries load no zod. */
function isOfOthers(key: string, entry: string): boolean {
  if (key === "nodeBootstrap") return true;
  return ["aceslot", "aceslot/check"].includes(entry) && /^__zod_global(Config|Registry)$/.test(key);
}

/** Deno says once, of every server that looks at a request's signal, that this will change. */
const complaints = (text: string): string[] =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("Deno.serve: request.signal aborts"));

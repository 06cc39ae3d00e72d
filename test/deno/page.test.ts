/** The program and the permissions that docs/deno.md shows, with a simulated engine in place of its address. */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import denoJson from "../../deno.json";
import { startSimEngine } from "../../src/sim/index.ts";
import { scratchFolder } from "../support/binary.ts";
import { ROOT, startProgram } from "./deno.ts";
import { statuses, watch } from "./playing.ts";

const PAGE = readFileSync(join(ROOT, "docs/deno.md"), "utf8");
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1]?.trim() ?? "";
const ENGINE = "192.168.1.20:6878";
const PORT = "6879";

test("its program plays with the permissions beside it", async () => {
  await using engine = await startSimEngine();
  await using folder = await scratchFolder();
  const here = (text: string) => text.replaceAll(ENGINE, engine.address).replaceAll(PORT, "0");
  const program = join(folder.path, "main.ts");
  writeFileSync(program, here(block("ts")));
  const [command, verb, ...rest] = block("sh").split(" ");
  expect([command, verb, rest.at(-1)]).toEqual(["deno", "run", "main.ts"]);
  const flags = ["run", "--no-prompt", "--no-lock", "--no-check"];
  await using running = await startProgram(rest.slice(0, -1).map(here), [program], {
    flags: [
      ...flags,
      `--config=${join(ROOT, "deno.json")}`,
      `--import-map=${join(ROOT, "deno.offline.json")}`,
    ],
    line: /http:\S+(?=\/\s)/,
  });
  expect(await watch(running.url)).toMatchObject({ status: 200, broken: 0 });
  expect(await statuses(running.url, ["/", "/metrics"])).toEqual({ "/": 200, "/metrics": 200 });
  expect(running.asked()).toEqual([`net ${engine.address}`, "net 0.0.0.0:0"].sort());
});

test("it lists every task", () => {
  const tasks = [...PAGE.matchAll(/^\| `([\w:-]+)` \|/gm)].map(([, name]) => name);
  expect(tasks.filter((name) => name !== undefined && name in denoJson.tasks).sort()).toEqual(
    Object.keys(denoJson.tasks).sort(),
  );
});

/** The scripts of docs/runtimes.md serve a stream, each on its runtime, and end as they should. */
import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { contentId, startSimEngine } from "../../src/sim/index.ts";
import { translated } from "../examples/on-node.ts";
import { bareEnvironment, scratchFolder } from "../support/binary.ts";
import { numberedMedia } from "../support/numbered.ts";
import { until } from "../support/until.ts";
import { watch } from "../support/viewer.ts";
import { blocksOf, ROOT } from "./blocks.ts";

const PAGE = "docs/runtimes.md";
const DENO = [
  ...[join(ROOT, "node_modules/.bin/deno"), "run", "--no-prompt", "--no-lock"],
  ...[`--config=${join(ROOT, "deno.json")}`, `--import-map=${join(ROOT, "deno.offline.json")}`],
];

/** How a file is run, by the runtime's name. */
const COMMANDS: Readonly<Record<string, (file: string) => readonly string[]>> = {
  bun: (file) => [process.execPath, file],
  deno: (file) => [...DENO, ...flagsOnPage(), file],
  node: (file) => ["node", file],
};

/** What the page's own command for Deno has before the file. */
function flagsOnPage(): string[] {
  const [command = ""] = blocksOf(PAGE).flatMap(({ language, text }) => (language === "text" ? [text] : []));
  return command.split(" ").filter((word) => word.startsWith("--"));
}

const scripts = blocksOf(PAGE).flatMap(({ language, text }) => {
  const name = /^\/\/ on-(\w+)\.ts\n/.exec(text)?.[1];
  return language === "ts" && name !== undefined ? [{ name, text }] : [];
});

test("the page has a script for each runtime", () => {
  expect(scripts.map(({ name }) => name)).toEqual(Object.keys(COMMANDS));
});

for (const { name, text } of scripts)
  test.concurrent(`the script for ${name} serves, and gives everything back when it is told to end`, async () => {
    await using engine = await startSimEngine({ media: numberedMedia(1_000_000) });
    await using folder = await scratchFolder();
    const source = join(folder.path, `on-${name}.ts`);
    writeFileSync(source, text.replace("6879", "0").replace("192.168.1.20:6878", engine.address));
    writeFileSync(
      join(folder.path, "tsconfig.json"),
      JSON.stringify({ extends: join(ROOT, "tsconfig.json") }),
    );
    await using onNode = name === "node" ? await translated(source) : null;
    const [program = "", ...args] = COMMANDS[name]?.(onNode?.path ?? source) ?? [];
    const child = spawn(program, args, { env: bareEnvironment({ NO_COLOR: "1" }) });
    const said = { out: "", errors: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.errors += text));
    const ended = new Promise((resolve) => child.on("close", resolve));
    try {
      const port = await until("it listens", () => {
        if (child.exitCode !== null) throw new Error(`it ended: ${said.out}${said.errors}`);
        return /^http:\/\/127\.0\.0\.1:(\d+)\/$/m.exec(said.out)?.[1];
      });
      const viewer = watch(`http://127.0.0.1:${port}/ace/getstream?id=${contentId(1)}`);
      await viewer.got(188 * 300);
      child.kill("SIGTERM");
      expect([await ended, said.errors, engine.load]).toEqual([0, "", 0]);
      await until("the client is broken off", () => viewer.over);
      expect(viewer.over).not.toBe("clean");
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  });

/** `aceslot config` of the compiled binary: its file to start from, its schema, and its word on what is wrong. */
import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BINARY, bareEnvironment, scratchFolder } from "../support/binary.ts";

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function aceslot(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((done, failed) => {
    const child = spawn(BINARY, args, { env: bareEnvironment(env), stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("error", failed);
    child.on("close", (code) => done({ code, out, err }));
  });
}

const repository = (path: string): string => readFileSync(join(import.meta.dir, "../..", path), "utf8");

describe("aceslot config", () => {
  test("--example and --schema print the files that lie in deploy/", async () => {
    const example = await aceslot(["config", "--example"]);
    expect(example).toEqual({ code: 0, out: repository("deploy/aceslot.toml"), err: "" });
    const schema = await aceslot(["config", "--schema"]);
    expect(schema).toEqual({ code: 0, out: repository("deploy/aceslot.schema.json"), err: "" });
    const both = await aceslot(["config", "--example", "--schema"]);
    expect([both.code, both.out]).toEqual([4, ""]);
    expect(both.err).toStartWith("aceslot: --example and --schema: they cannot go together");
  });

  test("takes the example back, as it is and with its settings uncommented", async () => {
    await using folder = await scratchFolder();
    const path = join(folder.path, "aceslot.toml");
    const text = repository("deploy/aceslot.toml");
    for (const toml of [text, text.replaceAll(/^#(?=[a-z])/gm, "")]) {
      await writeFile(path, toml, { mode: 0o600 });
      expect((await aceslot(["config", "--check", "--config", path])).out).toBe("The settings are valid.\n");
    }
    const { out } = await aceslot(["config", "--config", path, "--format", "json"]);
    expect(JSON.parse(out).settings["queue-timeout"]).toEqual({ value: "20s", source: `file ${path}` });
    expect(out).not.toContain("REPLACE-ME");
  });

  test("--check and serve tell every fault in a line of its own and end with 4", async () => {
    await using folder = await scratchFolder();
    const path = join(folder.path, "bad.toml");
    await writeFile(path, 'ACESLOT_TOKEN = "hunter2"\nlinger = 5\n', { mode: 0o600 });
    const env = { ACESLOT_LISTNE: ":1" };
    for (const command of ["serve", "config --check", "config"]) {
      const { code, out, err } = await aceslot([...command.split(" "), "--config", path], env);
      expect([code, out]).toEqual([4, ""]);
      expect(err.trimEnd().split("\n")).toEqual([
        "aceslot: ACESLOT_LISTNE: there is no such setting; did you mean ACESLOT_LISTEN?",
        `aceslot: ACESLOT_TOKEN in ${path}: there is no such key: it is a variable's name; did you mean token?`,
        `aceslot: linger in ${path}: "5" is not allowed: it must be a time with its unit from 0s to 24h; try linger = "5s"`,
      ]);
    }
    const json = await aceslot(["config", "--check", "--format", "json", "--config", path], env);
    expect([json.code, json.err]).toEqual([4, ""]);
    const { ok, faults } = JSON.parse(json.out);
    expect([ok, faults.map(({ code }: { code: string }) => code)]).toEqual([
      false,
      ["unknown_name", "unknown_name", "bad_value"],
    ]);
    expect(json.out).not.toContain("hunter2");
  });
});

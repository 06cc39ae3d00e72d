import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../src/cli/commands.ts";
import { ALL_OPTIONS } from "../../src/config/options.ts";
import { VERSION } from "../../src/version.ts";
import { freePort } from "../support/wire.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const DEADLINE_MS = 30_000;

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aceslot-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Only what a run is given counts: this process's own variables of ours stay outside. */
function environment(env: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: folder, ...env };
}

function aceslot(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: environment(env),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: DEADLINE_MS,
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("error", failed);
    child.on("close", (code) => done({ code, out, err }));
  });
}

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("help and version", () => {
  test("--version is one line with version, runtime and platform", async () => {
    for (const flag of ["--version", "-V"]) {
      const { code, out, err } = await aceslot([flag]);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toBe(
        `aceslot ${VERSION} (bun ${process.versions.bun}, ${process.platform} ${process.arch})\n`,
      );
    }
  });

  test("--help, -h and help say the same on stdout, without colours where no terminal is", async () => {
    const [long, short, word] = await Promise.all([aceslot(["--help"]), aceslot(["-h"]), aceslot(["help"])]);
    expect(long).toEqual(short);
    expect(long).toEqual(word);
    expect([long.code, long.err]).toEqual([0, ""]);
    expect(long.out).toStartWith(`aceslot ${VERSION} - `);
    expect(long.out).not.toContain("\u001b");
  });

  test("help options lists every option, as serve does", async () => {
    const [options, serve] = await Promise.all([aceslot(["help", "options"]), aceslot(["serve", "--help"])]);
    expect([options.code, options.err]).toEqual([0, ""]);
    for (const { name } of ALL_OPTIONS) {
      expect(options.out).toContain(`\n  --${name} `);
      expect(serve.out).toContain(`\n  --${name} `);
    }
  });

  test("each command explains itself in two ways", async () => {
    for (const { name } of COMMANDS) {
      const [flag, word] = await Promise.all([aceslot([name, "--help"]), aceslot(["help", name])]);
      expect(flag).toEqual(word);
      expect(flag.code).toBe(0);
      expect(flag.out).toStartWith(`aceslot ${name} - `);
    }
  });
});

describe("a mistake on the command line", () => {
  const mistakes: readonly (readonly [args: readonly string[], message: string])[] = [
    [
      ["--max-streams-per-engine", "0"],
      '--max-streams-per-engine: "0" is not allowed: it must be a whole number from 1 to 1000; try --max-streams-per-engine 1',
    ],
    [
      ["serve", "--queue-timeout=-1s"],
      '--queue-timeout: "-1s" is not allowed: it must be a time with its unit from 0s to 24h; try --queue-timeout 20s',
    ],
    [["--queue-timeout", "-1s"], '--queue-timeout: "-1s" is not allowed'],
    [["--listne", ":1"], "--listne: there is no such option; did you mean --listen?"],
    [["--tokn=hunter2"], "--tokn: there is no such option; did you mean --token?"],
    [["config", "--chek"], "--chek: there is no such option; did you mean --check?"],
    [["--xyzzy"], "--xyzzy: there is no such option; see aceslot help options"],
    [["-x"], "-x: there is no such option; see aceslot help options"],
    [["--listen"], "--listen: there is no value: it needs ADDRESS; try --listen :6879"],
    [
      ["--listen", ":1", "--listen", ":2"],
      "--listen: given 2 times: it takes one value; leave the others out",
    ],
    [["--listen", ":1", "config", "--listen=:2"], "--listen: given 2 times"],
    [["confg"], '"confg": there is no such command; did you mean aceslot config?'],
    [["help", "confg"], '"confg": there is no such command; did you mean aceslot config?'],
    [["a\nb\u001b[31m"], '"a\\nb\\u001b[31m": there is no such command'],
    [["config", "now"], 'config: "now" is not allowed: it takes no argument; leave it out'],
    [["config", "--format", "yaml"], '--format: "yaml" is not allowed: it must be one of text, json'],
    [["config", "--format", "json", "--format", "text"], "--format: given more than once"],
    [["config", "--check", "--schema"], "--check and --schema: they cannot go together"],
    [["completion"], "completion: SHELL is missing"],
    [
      ["completion", "tcsh"],
      'completion: "tcsh" is not allowed: it must be one of bash, zsh, fish, powershell',
    ],
    [["healthcheck", "--listen", ":0"], '--listen: ":0" is not allowed here'],
    [["check", "--preset", "cy"], '--preset: "cy" is not allowed: it must be one of ci, deep, incident'],
    [["check", "--listen", ":1"], "--listen: check reads no settings of the proxy; leave it out"],
    [["replay", "x", "--linger", "1s"], "--linger: replay reads no settings of the proxy; leave it out"],
    [["replay"], "replay: FILE is missing; see aceslot replay --help"],
    [["replay", "gone.jsonl"], '"gone.jsonl" cannot be read: there is no such file; check the path'],
    [["replay", "."], '"." cannot be read: it is a folder; name the file in it'],
    [["replay", "x", "--cap", "0"], '--cap: "0" is not allowed: it must be a whole number from 1 to 1000'],
    [["replay", "x", "--cap"], "--cap: there is no value: it needs N; give it one"],
    [["replay", "x", "--format", "text"], '--format: "text" is not allowed: it must be one of pretty, json'],
    [["doctor", "--format", "text"], '--format: "text" is not allowed: it must be one of pretty, json'],
    [["--config", "gone.toml"], '--config: "gone.toml" cannot be read: there is no such file'],
    [["--config", "."], '--config: "." cannot be read: it is a directory'],
    [["--lease", "redis://me:hunter2@host/x"], '--lease: "redis://***@host/x" is not allowed'],
  ];
  for (const [args, message] of mistakes) {
    test(`${JSON.stringify(args)} ends with code 4 and one line`, async () => {
      const { code, out, err } = await aceslot(args);
      expect([code, out]).toEqual([4, ""]);
      expect(err).toStartWith(`aceslot: ${message}`);
      expect(err.trimEnd()).not.toMatch(/\p{Cc}/u);
      expect(err).not.toContain("hunter2");
    });
  }

  test("in the environment or the file ends in the same way", async () => {
    const unknown = await aceslot([], { ACESLOT_LISTNE: ":1" });
    expect(unknown).toEqual({
      code: 4,
      out: "",
      err: "aceslot: ACESLOT_LISTNE: there is no such setting; did you mean ACESLOT_LISTEN?\n",
    });
    const path = file("bad.toml", "lingr = 5");
    const badKey = await aceslot(["config", "--check", "--config", path]);
    expect([badKey.code, badKey.err]).toEqual([
      4,
      `aceslot: lingr in ${path}: there is no such key; did you mean linger?\n`,
    ]);
  });
});

describe("aceslot config", () => {
  test("shows each setting with its value and where it came from", async () => {
    const path = file("good.toml", 'linger = "7s"\nengine = ["a:1", "b:2"]\n');
    const { code, out, err } = await aceslot(["config", "--config", path, "--buffer", "4MB"], {
      ACEXY_ADDR: ":8080",
      ACESLOT_STATE_DIR: "none",
      ACEXY_M3U8: "1",
    });
    expect([code, err]).toEqual([0, ""]);
    const rows = new Map(
      out
        .trimEnd()
        .split("\n")
        .map((line) => [line.split(/ {2,}/)[0], line.split(/ {2,}/).slice(1)]),
    );
    expect(rows.get("SETTING")).toEqual(["VALUE", "FROM"]);
    expect(rows.get("linger")).toEqual(["7s", `file ${path}`]);
    expect(rows.get("engine")).toEqual(["a:1, b:2", `file ${path}`]);
    expect(rows.get("buffer")).toEqual(["4000000", "flag --buffer"]);
    expect(rows.get("listen")).toEqual([":8080", "env ACEXY_ADDR"]);
    expect(rows.get("state-dir")).toEqual(["none", "env ACESLOT_STATE_DIR"]);
    expect(rows.get("ACEXY_M3U8")).toEqual(["true", "env ACEXY_M3U8"]);
    expect(rows.has("ACEXY_TIMEOUT")).toBe(false);
    expect(rows.get("queue-timeout")).toEqual(["20s", "default"]);
    expect(rows.get("journal")).toEqual(["-", "default"]);
    const columns = new Set(
      out
        .trimEnd()
        .split("\n")
        .map((line) => line.search(/(FROM|default|(file|flag|env) \S+)$/)),
    );
    expect(columns.size).toBe(1);
  });

  test("prints no secret in any form", async () => {
    const key = file("key", "hunter2\n", 0o644);
    const env = {
      ACESLOT_TOKEN: "hunter2token",
      ACESLOT_ORCHESTRATOR: "http://h",
      ACESLOT_ORCHESTRATOR_KEY_FILE: key,
    };
    for (const args of [
      ["config"],
      ["config", "--format", "json"],
      ["config", "--check"],
      ["config", "--schema"],
    ]) {
      const { code, out, err } = await aceslot(args, env);
      expect(code).toBe(0);
      expect(out + err).not.toContain("hunter2");
    }
    const { err } = await aceslot(["config", "--check"], env);
    expect(err).toContain(`aceslot: warning: ${key} holds the key and everybody on this host can read it`);
  });

  test("as JSON holds the same, and the warnings", async () => {
    const { code, out, err } = await aceslot(["config", "--format", "json"], {
      ACEXY_TIMEOUT: "1s",
      ACESLOT_TOKEN: "t",
    });
    expect([code, err]).toEqual([0, ""]);
    const printed = JSON.parse(out);
    expect(printed.settings.token).toEqual({ value: "***", source: "env ACESLOT_TOKEN" });
    expect(printed.settings.engine).toEqual({ value: ["127.0.0.1:6878"], source: "default" });
    expect(printed.warnings).toEqual([
      "ACEXY_TIMEOUT is less than 10s, and HLS players ask only every few seconds; 10s is used",
    ]);
  });

  test("--check says that all is well, and --schema is a JSON schema", async () => {
    expect(await aceslot(["config", "--check"])).toEqual({
      code: 0,
      out: "The settings are valid.\n",
      err: "",
    });
    const schema = JSON.parse((await aceslot(["config", "--schema"])).out);
    expect(schema).toMatchObject({ type: "object", additionalProperties: false });
    expect(schema.properties["max-streams-per-engine"]).toMatchObject({
      type: "integer",
      maximum: 1000,
      default: 1,
    });
  });
});

describe("U25 a health check that works: aceslot healthcheck", () => {
  async function asked(
    answer: RequestListener,
    args: (port: number) => string[],
    env = {},
  ): Promise<Outcome> {
    const server = createServer(answer);
    const port = await listening(server);
    try {
      return await aceslot(args(port), env);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
  function listening(server: Server): Promise<number> {
    return new Promise((done) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        done(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  }

  test("asks /healthz on the loopback when the proxy listens everywhere, and sends no token", async () => {
    for (const host of ["", "[::]", "0.0.0.0", "127.0.0.1"]) {
      const seen: unknown[] = [];
      const outcome = await asked(
        (request, response) => {
          seen.push([request.method, request.url, request.headers.authorization]);
          response.end("ok");
        },
        (port) => ["healthcheck", "--listen", `${host}:${port}`],
        { ACESLOT_TOKEN: "hunter2", HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" },
      );
      expect(outcome).toEqual({ code: 0, out: "", err: "" });
      expect(seen).toEqual([["GET", "/healthz", undefined]]);
    }
  });

  test("fails when the answer is not 200, also when it leads elsewhere", async () => {
    for (const status of [500, 503, 302, 404]) {
      const { code, err } = await asked(
        (_, response) => response.writeHead(status, { location: "/" }).end(),
        (port) => ["healthcheck", "--listen", `:${port}`],
      );
      expect(code).toBe(1);
      expect(err).toMatch(
        new RegExp(`^aceslot: http://127.0.0.1:\\d+/healthz: answers with status ${status}\n$`),
      );
    }
  });

  test("fails when nobody answers at all, in bounded time", async () => {
    const { code, err } = await asked(
      () => {},
      (port) => ["healthcheck", "--listen", `:${port}`],
    );
    expect([code, err]).toEqual([1, expect.stringMatching(/no answer within 3s\n$/)]);
  });

  test("fails when nobody listens", async () => {
    const { code, err } = await aceslot(["healthcheck"], { ACESLOT_LISTEN: `127.0.0.1:${await freePort()}` });
    expect([code, err]).toEqual([1, expect.stringMatching(/no answer \(\w+\); is the proxy running\?\n$/)]);
  });
});

test("a reader that goes away is no failure", async () => {
  const { status, stderr } = spawnSync(
    "bash",
    ["--norc", "-c", `set -o pipefail; '${process.execPath}' '${MAIN}' config --schema | head -1`],
    { encoding: "utf8", env: environment({}), timeout: DEADLINE_MS },
  );
  expect([status, stderr]).toEqual([0, ""]);
});

/** `aceslot check` through the compiled binary, in an empty folder and with an empty environment. */
import { describe, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { DOMParser } from "@xmldom/xmldom";
import { clusterMutants } from "../../model/cluster/index.ts";
import { MUTANTS, mutantNamed, stepOf } from "../../model/mutants/index.ts";
import { walkAtRandom } from "../../model/random.ts";
import { shellMutants } from "../../model/shell/index.ts";
import { BINARY, scratchFolder } from "../support/binary.ts";
import { until } from "../support/until.ts";

const DEADLINE_MS = 50_000;
/** No bun, no node, no home. */
const EMPTY = { PATH: "/nonexistent" };

function check(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(resolve(BINARY), ["check", ...args], {
    cwd: folder,
    env: { ...EMPTY, ...env },
    encoding: "utf8",
    timeout: DEADLINE_MS,
  });
  return { code: status, out: stdout, err: stderr };
}

/** A world that holds, and puts to the test all that it can. */
const SMALL = ["--cap", "2", "--requests", "3"];
const BUG = ["--mutant", "orig-race"];

describe("each way to end", () => {
  test("0: all hold", async () => {
    await using folder = await scratchFolder();
    const { code, out, err } = check(folder.path, SMALL);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("✔ HOLDS");
    expect(out).not.toContain("\u001b");
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("1: violated, and the trace is there to be replayed", async () => {
    await using folder = await scratchFolder();
    const { code, out, err } = check(folder.path, BUG);
    expect([code, err]).toEqual([1, ""]);
    expect(out).toContain("✘ VIOLATED  load ≤ cap at every grant does not hold in E1 C1 R2");
    expect(out).toContain("aceslot check --replay aceslot-trace.json");
    expect(readdirSync(folder.path)).toEqual(["aceslot-trace.json"]);
  });

  test("2: a limit was reached, which is never called ok", async () => {
    await using folder = await scratchFolder();
    for (const limit of [
      ["--max-states", "10"],
      ["--time", "1ms"],
    ]) {
      const { code, out } = check(folder.path, [...SMALL, ...limit]);
      expect(code).toBe(2);
      expect(out).toContain("◐ INCOMPLETE");
      expect(out).not.toContain("HOLDS");
      expect(out).not.toContain("VACUOUS");
    }
  });

  test("3: a world too small for what it should show", async () => {
    await using folder = await scratchFolder();
    // With one request no player can want another content.
    const { code, out } = check(folder.path, ["--requests", "1", "--zaps", "1"]);
    expect(code).toBe(3);
    expect(out).toContain("○ VACUOUS  1 property was never put to the test: a place that was handed over");
  });

  test("what no world here has what it takes for is not asked, and named", async () => {
    await using folder = await scratchFolder();
    const { code, out } = check(folder.path, ["--requests", "1", "--format", "json"]);
    expect(code).toBe(0);
    const { properties, limits } = JSON.parse(out);
    expect(properties.map(({ status }: { status: string }) => status)).not.toContain("vacuous");
    expect(limits.join("\n")).toContain("Not asked, since no world here has what it takes: ");
    expect(limits.join("\n")).toContain("a former life counts");
  });

  test("several proxies: ours holds, with the assumption; a bug does not, and its trace can be replayed", async () => {
    await using folder = await scratchFolder();
    const world = ["--proxies", "2", "--requests", "2"];
    const { code, out } = check(folder.path, [...world, "--faults", "1"]);
    expect(code).toBe(0);
    expect(out).toContain("the cap holds if no proxy is paused between its check of a lease");
    const broken = check(folder.path, [...world, "--mutant", "cluster-get-check-set"]);
    expect(broken.code).toBe(1);
    expect(broken.out).toContain("cluster: real load ≤ cap does not hold in E1 C1 R2 P2");
    const again = check(folder.path, ["--replay", "aceslot-trace.json"]);
    expect(again.code).toBe(1);
    expect(again.out).toContain("cluster: real load ≤ cap does not hold in E1 C1 R2 P2");
  });

  test("the incident holds for ours, and shows the bug that it was", async () => {
    await using folder = await scratchFolder();
    expect(check(folder.path, ["--preset", "incident"]).code).toBe(0);
    const { code, out } = check(folder.path, ["--preset", "incident", ...BUG]);
    expect(code).toBe(1);
    expect(out).toContain("real load ≤ cap does not hold in incident 2025-10-12");
    expect(out).toContain("19014");
    expect(check(folder.path, ["--replay", "aceslot-trace.json"]).code).toBe(1);
  });

  test("every known bug is caught by the property that it names", async () => {
    await using folder = await scratchFolder();
    const { code, out } = check(folder.path, ["--mutant", "all", "--format", "json"]);
    expect(code).toBe(0);
    const { mutants } = JSON.parse(out) as { mutants: { mutant: string; verdict: string }[] };
    expect(mutants.map(({ mutant }) => mutant)).toEqual(
      [...MUTANTS, ...shellMutants, ...clusterMutants].map(({ name }) => name),
    );
    expect(mutants.filter(({ verdict }) => verdict !== "caught")).toEqual([]);
  });
});

test("the same twice, but for times and memory", async () => {
  await using folder = await scratchFolder();
  const once = (): string => {
    const { out } = check(folder.path, [...SMALL, "--losses", "1", "--format", "json"]);
    return out.replace(/"(seconds|memoryBytes)": [^,\n]+/g, '"$1": 0');
  };
  const first = once();
  expect(JSON.parse(first).verdict).toBe("holds");
  expect(once()).toBe(first);
});

describe("every format can be read by what it is for", () => {
  const isRead: Readonly<Record<string, (text: string) => void>> = {
    pretty: (text) =>
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100),
    json: (text) => expect(JSON.parse(text).version).toBe(1),
    junit: (text) => {
      const errors: string[] = [];
      const parser = new DOMParser({ onError: (_level, message) => errors.push(message) });
      expect(parser.parseFromString(text, "text/xml").documentElement?.tagName).toBe("testsuites");
      expect(errors).toEqual([]);
    },
    github: (text) => {
      for (const line of text.trimEnd().split("\n"))
        expect(line).toMatch(/^::(error|warning|notice|debug)\b.*::/);
    },
    sarif: (text) => expect(JSON.parse(text).version).toBe("2.1.0"),
    mermaid: (text) => expect(text).toMatch(/^(stateDiagram-v2|sequenceDiagram)\n/),
    itf: (text) => expect(JSON.parse(text)["#meta"].format).toBe("ITF"),
  };
  for (const [format, read] of Object.entries(isRead))
    test(format, async () => {
      await using folder = await scratchFolder();
      for (const [args, code] of [
        [SMALL, 0],
        [BUG, 1],
      ] as const) {
        const ended = check(folder.path, [...args, "--format", format]);
        expect([ended.code, ended.err]).toEqual([code, ""]);
        read(ended.out);
      }
      // With a folder the file is the report, and people read the other one.
      const { code, out } = check(folder.path, [...BUG, "--format", format, "--out", "a/b"]);
      expect(code).toBe(1);
      expect(out).toContain(format === "github" ? "::error " : "✘ VIOLATED");
      const [report = "", trace = ""] = readdirSync(join(folder.path, "a/b")).toSorted();
      expect([report.startsWith("check."), trace]).toEqual([true, "trace.json"]);
      read(readFileSync(join(folder.path, "a/b", report), "utf8"));
    });

  test("a workflow's summary gets the picture", async () => {
    await using folder = await scratchFolder();
    const summary = join(folder.path, "summary.md");
    writeFileSync(summary, "before\n");
    check(folder.path, [...BUG, "--format", "github"], { GITHUB_STEP_SUMMARY: summary });
    expect(readFileSync(summary, "utf8")).toMatch(/^before\n[\s\S]*```mermaid/);
  });
});

describe("a trace is replayed", () => {
  // A wrong step, a wrong rest, a bug of the broker, and states that were kept apart.
  for (const mutant of ["lost-wakeup", "never-recovers", "shell-await-in-handler", "wrong-engine"])
    for (const symmetry of mutant === "wrong-engine" ? ["yes", "no"] : ["yes"])
      test(`${mutant}, symmetry ${symmetry}`, async () => {
        await using folder = await scratchFolder();
        const found = check(folder.path, ["--mutant", mutant, "--symmetry", symmetry, "--format", "json"]);
        const { violation } = JSON.parse(found.out);
        const again = check(folder.path, ["--replay", "aceslot-trace.json", "--format", "json"]);
        expect([found.code, again.code]).toEqual([1, 1]);
        expect(JSON.parse(again.out).violation).toEqual(violation);
      });

  test("one that was found at random", async () => {
    await using folder = await scratchFolder();
    const bug = mutantNamed("lost-wakeup");
    if (!bug) throw new Error("there is no lost-wakeup");
    const { violation } = walkAtRandom({
      runs: 300,
      seed: 1,
      step: stepOf(bug),
      mutant: bug.name,
      maxMs: Number.POSITIVE_INFINITY,
      clock: () => 0,
    });
    writeFileSync(join(folder.path, "walked.json"), JSON.stringify(violation?.replay));
    const { code, out } = check(folder.path, ["--replay", "walked.json", "--format", "json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out).violation).toEqual(JSON.parse(JSON.stringify(violation)));
  });

  test("one that breaks nothing any more", async () => {
    await using folder = await scratchFolder();
    check(folder.path, BUG);
    const path = join(folder.path, "aceslot-trace.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"orig-race"', "null"));
    const { code, out } = check(folder.path, ["--replay", path]);
    expect([code, out]).toEqual([
      0,
      "load ≤ cap at every grant: holds now; the trace of 2 steps breaks nothing\n",
    ]);
    expect(JSON.parse(check(folder.path, ["--replay", path, "--format", "json"]).out).verdict).toBe("holds");
  });
});

describe("the page", () => {
  test("walks through a world, with the bug that was asked for, until it is told to end", async () => {
    await using folder = await scratchFolder();
    const child = spawn(resolve(BINARY), ["check", "--explore", "--mutant", "lifo", "--requests", "3"], {
      cwd: folder.path,
      env: EMPTY,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise<number | null>((done) => child.once("exit", done));
    let out = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    try {
      const [, url = ""] = await until("the page is there", () => /with lifo: (http:\S+)/.exec(out));
      const page = await fetch(url);
      expect(page.headers.get("content-type")).toStartWith("text/html");
      const view = async (path: string) => (await fetch(`${url}api/view?path=${path}`)).json();
      expect(await view("")).toMatchObject({ world: "E1 C1 R3", mutant: "lifo", path: [] });
      expect(await view("0")).toMatchObject({ path: [0], engines: [{ slots: ["pending"] }] });
      child.kill("SIGINT");
      expect(await ended).toBe(0);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("walks through the one world of a file", async () => {
    await using folder = await scratchFolder();
    writeFileSync(join(folder.path, "two.toml"), "[[world]]\n[[world]]\nengines = 2\n");
    const { code, err } = check(folder.path, ["--explore", "--config", "two.toml"]);
    expect(code).toBe(4);
    expect(err).toBe(
      'aceslot: --config: "two.toml" has 2 worlds: the page walks through one; leave the others out\n',
    );
  });

  test("says so if somebody else has the port", async () => {
    await using folder = await scratchFolder();
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const address = other.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const { code, err } = check(folder.path, ["--explore", "--port", String(port)]);
    other.close();
    expect([code, err]).toEqual([
      4,
      `aceslot: --port: ${port} cannot be used: somebody else has it; choose another, or leave --port out\n`,
    ]);
  });
});

describe("worlds from a file", () => {
  test("are those that it names, whatever the line ends and the mark at its beginning", async () => {
    await using folder = await scratchFolder();
    const text = "\uFEFF[[world]]\r\nrequests = 1\r\n\r\n[[world]]\r\ncap = 2\r\nrequests = 3\r\n";
    writeFileSync(join(folder.path, "worlds.toml"), text);
    const { code, out } = check(folder.path, ["--config", "worlds.toml", "--format", "json"]);
    expect(code).toBe(0);
    const names = JSON.parse(out).rungs.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["E1 C1 R1", "E1 C2 R3"]);
  });
});

describe("bad usage ends with 4 and one line, before anything is explored", () => {
  const TRACE = {
    aceslotTrace: 1,
    rung: "E1 C1 R2",
    method: "core",
    size: { engines: 1 },
    mutant: null,
    property: "x",
    choices: [0],
  };
  const FILES: Readonly<Record<string, string | Buffer>> = {
    "empty.toml": "",
    "torn.toml": "[[world]",
    "table.toml": "[world]\nengines = 1\n",
    "setting.toml": 'listen = ":1"\n[[world]]\n',
    "key.toml": "[[world]]\nengine = 1\n",
    "text.toml": '[[world]]\nengines = "1"\n',
    "switch.toml": "[[world]]\n\n[[world]]\nhashes = 1\n",
    "huge.toml": "[[world]]\nengines = 5\ncap = 8\n",
    "noise.toml": Buffer.from([0xff, 0xfe, 0, 1, 2, 0x5b, 0x5b]),
    "noise.json": Buffer.from([0, 1, 2, 0xff]),
    "empty.json": "",
    "foreign.json": '{"name":"aceslot","version":"0.1.0"}',
    "version.json": JSON.stringify({ ...TRACE, aceslotTrace: 2 }),
    "choice.json": JSON.stringify({ ...TRACE, choices: [99] }),
    "size.json": JSON.stringify({ ...TRACE, size: { engines: 4000 } }),
    "random-size.json": JSON.stringify({ ...TRACE, method: "random", size: { requests: 1e9 } }),
    "shell-size.json": JSON.stringify({ ...TRACE, method: "shell", size: { engines: 1e9 } }),
    "mutant.json": JSON.stringify({ ...TRACE, mutant: "orig-rac" }),
    "wrong-room.json": JSON.stringify({ ...TRACE, mutant: "shell-leave-unheard" }),
  };
  const MISTAKES: readonly (readonly [args: string, message: string])[] = [
    ["--preset all", '--preset: "all" is not allowed: it must be one of ci, deep, incident'],
    ["--mutant orig-rac", '--mutant: there is no mutant "orig-rac"; did you mean orig-race?'],
    ["--mutant zzzzzzzz", '--mutant: there is no mutant "zzzzzzzz"; see aceslot check --list-mutants'],
    ["--mutant", "--mutant: there is no value: it needs NAME"],
    ["--engines 0", '--engines: "0" is not allowed: it must be a whole number from 1 to 5; try 1'],
    ["--requests 1e3", '--requests: "1e3" is not allowed: it must be a whole number from 1 to 12'],
    ["--losses -1", '--losses: "-1" is not allowed: it must be a whole number from 0 to 9'],
    ["--cap 1.5", '--cap: "1.5" is not allowed'],
    ["--proxies 4", '--proxies: "4" is not allowed: it must be a whole number from 1 to 3; try 1'],
    ["--proxies 2 --losses 1", "--losses: worlds of several proxies have none of that"],
    ["--proxies 2 --engines 4", "--engines: with several proxies it may be 3 at most"],
    ["--faults 1", "--faults: it goes with several proxies only; add proxies, as in --proxies 2"],
    ["--explore --proxies 2", "--proxies: 2: the page walks through worlds of one proxy"],
    [
      "--mutant cluster-term-frees --requests 2",
      '--mutant: "cluster-term-frees" is a bug of several proxies',
    ],
    ["--hashes maybe", '--hashes: "maybe" is not allowed: it must be one of yes, no'],
    ["--engines 5 --cap 8", "engines × cap: 5 × 8 is 40 slots"],
    ["--cap 1 --cap 2", "--cap: given more than once"],
    ["--preset ci --cap 2", "--preset and --cap: only one of them at a time"],
    ["--cap 2 --config key.toml", "--cap and --config: only one of them at a time"],
    ["--preset ci --config key.toml", "--preset and --config: only one of them at a time"],
    ["--config key.toml --config key.toml", "--config: given more than once"],
    ["--config gone.toml", '--config: "gone.toml" cannot be read (ENOENT)'],
    ["--config .", '--config: "." cannot be read (EISDIR)'],
    ["--config empty.toml", '--config: "empty.toml" must hold [[world]] tables and nothing else'],
    ["--config torn.toml", '--config: "torn.toml" is no TOML: '],
    ["--config noise.toml", '--config: "noise.toml" is no TOML: '],
    ["--config table.toml", '--config: "table.toml" must hold [[world]] tables and nothing else'],
    ["--config setting.toml", '--config: "setting.toml" must hold [[world]] tables and nothing else'],
    [
      "--config key.toml",
      '--config: world 1 has a key "engine" that there is none of; did you mean engines?',
    ],
    ["--config text.toml", '--config: world 1, engines: "1" is not allowed: it must be a whole number'],
    ["--config switch.toml", '--config: world 2, hashes: "1" is not allowed: it must be true or false'],
    ["--config huge.toml", "--config: world 1, engines × cap: 5 × 8 is 40 slots"],
    ["--time 10", '--time: "10" is not allowed: it must be a time above 0 with its unit; try --time 30s'],
    ["--time 0s", '--time: "0s" is not allowed'],
    ["--max-states 0", '--max-states: "0" is not allowed: it must be a whole number from 1 to 1000000000'],
    ["--seed -1", '--seed: "-1" is not allowed: it must be a whole number from 0 to 999999999'],
    ["--seed 1 --cap 2", "--seed: there are no random walks here"],
    ["--format yaml", '--format: "yaml" is not allowed: it must be one of pretty, json, junit, github'],
    ["--out taken", '--out: "taken" cannot be written to (EEXIST): it must be a folder; name another one'],
    ["--out /proc/nowhere", '--out: "/proc/nowhere" cannot be written to (ENOENT)'],
    ["--port 80", "--port: it goes with --explore only; leave it out"],
    ["--explore --port 65536", '--port: "65536" is not allowed: it must be a whole number from 0 to 65535'],
    ["--explore --preset ci", "--preset and --explore: they cannot go together"],
    ["--explore --mutant all", "--explore and --mutant all: the page walks through one world"],
    ["--explore --mutant shell-leave-unheard", '--mutant: "shell-leave-unheard" is a bug of the broker'],
    ["--mutant shell-leave-unheard --cap 2", '--mutant: "shell-leave-unheard" is a bug of the broker'],
    ["--mutant all --cap 2", "--cap and --mutant all: they cannot go together"],
    ["--mutant all --format sarif", '--format: "sarif" is not allowed with --mutant all'],
    ["--list-mutants --format json", "--format and --list-mutants: they cannot go together"],
    ["--list-properties --cap 2", "--cap and --list-properties: they cannot go together"],
    ["--replay noise.json --cap 2", "--cap and --replay: they cannot go together"],
    ["--replay gone.json", '--replay: "gone.json" cannot be read (ENOENT)'],
    ["--replay .", '--replay: "." cannot be read (EISDIR)'],
    ["--replay /dev/zero", '--replay: "/dev/zero" is larger than 16 MiB: it must be a trace'],
    ["--replay /dev/null", '--replay: "/dev/null" is not a trace: '],
    ["--config /dev/zero", '--config: "/dev/zero" is larger than 16 MiB: name a TOML file'],
    ["--replay noise.json", '--replay: "noise.json" is not a trace: '],
    ["--replay empty.json", '--replay: "empty.json" is not a trace: '],
    ["--replay foreign.json", '--replay: "foreign.json" is not a trace: '],
    ["--replay version.json", '--replay: "version.json" is not a trace: '],
    ["--replay choice.json", '--replay: "choice.json" does not fit this version: choice 1 of 1 (99) is not'],
    ["--replay size.json", '--replay: "size.json": engines: "4000" is not allowed'],
    ["--replay random-size.json", '--replay: "random-size.json": requests: "1000000000" is not allowed'],
    ["--replay shell-size.json", '--replay: "shell-size.json" does not fit this version: '],
    [
      "--replay mutant.json",
      '--replay: "mutant.json": there is no mutant "orig-rac"; did you mean orig-race?',
    ],
    ["--replay wrong-room.json", '--replay: "wrong-room.json" does not fit this version: '],
    ["--listen :1", "--listen: check reads no settings of the proxy; leave it out"],
    ["--max-streams-per-engine 2", "--max-streams-per-engine: check reads no settings of the proxy"],
    ["--mutnat x", "--mutnat: there is no such option; did you mean --mutant?"],
    ["now", 'check: "now" is not allowed: it takes no argument; leave it out'],
  ];
  for (const [args, message] of MISTAKES)
    test(args, async () => {
      await using folder = await scratchFolder();
      for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder.path, name), content);
      writeFileSync(join(folder.path, "taken"), "");
      const before = readdirSync(folder.path);
      const { code, out, err } = check(folder.path, args.split(" "));
      expect([code, out]).toEqual([4, ""]);
      expect(err).toStartWith(`aceslot: ${message}`);
      expect(err.trimEnd().split("\n")).toHaveLength(1);
      expect(readdirSync(folder.path)).toEqual(before);
    });
});

test("a working folder that nothing can be written to costs the trace, and no more", async () => {
  await using folder = await scratchFolder();
  mkdirSync(join(folder.path, "aceslot-trace.json"));
  const { code, out, err } = check(folder.path, BUG);
  expect(code).toBe(1);
  expect(err).toBe(
    'aceslot: warning: the trace cannot be written to "aceslot-trace.json" (EISDIR): name a folder with --out\n',
  );
  expect(out).toContain("✘ VIOLATED");
  expect(out).not.toContain("--replay");
});

describe("lists", () => {
  test("name every bug and every property, in lines that can be read", async () => {
    await using folder = await scratchFolder();
    for (const flag of ["--list-mutants", "--list-properties"]) {
      const { code, out } = check(folder.path, [flag]);
      expect(code).toBe(0);
      expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
      if (flag === "--list-mutants")
        for (const { name } of [...MUTANTS, ...shellMutants, ...clusterMutants])
          expect(out).toContain(`${name}\n`);
      else expect(out).toContain("real load ≤ cap\n");
    }
    expect(existsSync(join(folder.path, "aceslot-trace.json"))).toBe(false);
  });
});

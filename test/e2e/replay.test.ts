/** `aceslot replay` as a user runs it, over files of every kind and journals of real proxies. */
import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { generateJournal } from "../../model/replay/generate.ts";
import { type Generated, generateCluster } from "../../model/replay/generate-cluster.ts";
import type { Told } from "../../model/replay/told.ts";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import { BINARY, bareEnvironment, scratchFolder, startBinary } from "../support/binary.ts";
import { play } from "../support/player.ts";
import { atRest, knowsEngines } from "../support/rest.ts";
import { freePort } from "../support/wire.ts";

const INCIDENT = join(import.meta.dir, "../../model/incidents/2025-10-12.csv");

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function replay(args: readonly string[], input: string | Buffer | null = null): Promise<Outcome> {
  return new Promise((done, failed) => {
    const child = spawn(BINARY, ["replay", ...args], { env: bareEnvironment() });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("error", failed);
    child.on("close", (code) => done({ code, out, err }));
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? undefined);
  });
}

const told = async (args: readonly string[], input: string | Buffer | null = null): Promise<Told> =>
  JSON.parse((await replay([...args, "--format", "json"], input)).out) as Told;

const journal = (lines: number, cap = 2): string[] => [...generateJournal({ engines: 4, cap, lines })];

describe("the incident of 2025-10-12", () => {
  test("is told back: engine 19014, six selections within 8 seconds, each with 0 in view", async () => {
    const { code, out, err } = await replay([INCIDENT, "--cap", "2"]);
    expect([code, err]).toEqual([1, ""]);
    expect(out).toContain("✗ The cap was certainly exceeded");
    expect(out).toContain("engine 19014 carries 6 streams, more than its cap of 2");
    expect(out).toContain("6 selections within 7.8 s, each with 0 streams in view");
    expect(out).not.toContain("\u001b");
    const { above, engines } = await told([INCIDENT, "--cap", "2"]);
    expect(above.certainly?.where.line).toBe(172);
    expect(engines[0]).toMatchObject({ id: "19014", certain: { load: 6 } });
    expect(engines[0]?.streams.map(({ seen }) => seen)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("cannot be told without a cap, and breaks none of 20", async () => {
    const without = await replay([INCIDENT]);
    expect(without.code).toBe(2);
    expect(without.out).toContain("no line says what the cap is; give --cap N.");
    expect((await replay([INCIDENT, "--cap", "20"])).code).toBe(0);
  });

  test("is the same through standard input, with CRLF, and with a byte order mark", async () => {
    const text = await readFile(INCIDENT, "utf8");
    const { engines } = await told([INCIDENT, "--cap", "2"]);
    const odd = `\ufeff${text.replaceAll("\n", "\r\n")}`;
    expect((await told(["-", "--cap", "2"], odd)).engines).toEqual(engines);
  });
});

describe("a journal of a real proxy", () => {
  test("has nothing wrong, and a step that is put into it is found at its line", async () => {
    await using folder = await scratchFolder();
    await using world = await startWorld({ engines: 3, lagMs: 100, startDelayMs: 20, media: bareMedia });
    const path = join(folder.path, "journal.jsonl");
    await using proxy = await startBinary([
      ...["--orchestrator", world.url, "--max-streams-per-engine", "2", "--journal", path],
      ...["--linger", "0s", "--queue-timeout", "1s", "--state-dir", "none"],
    ]);
    await knowsEngines(proxy, 3);
    const players = Array.from({ length: 8 }, (_, n) =>
      play(`${proxy.url}/ace/getstream?id=${contentId(n)}`),
    );
    await Promise.all(players.map((player) => player.answered()));
    for (const player of players) player.leave();
    await atRest(proxy, world);
    expect(await proxy.end()).toBe(0);

    const found = await told([path]);
    expect(found).toMatchObject({ kind: "journal", verdict: "fine", illegal: null, doubts: [] });
    expect(found.engines.map(({ certain }) => certain?.load)).toEqual([2, 2, 2]);
    expect((await replay([path])).code).toBe(0);
    const odd = `\ufeff${(await readFile(path, "utf8")).replaceAll("\n", "\r\n")}`;
    expect(await told(["-"], odd)).toMatchObject({ verdict: "fine", lines: found.lines });

    const lines = (await readFile(path, "utf8")).trim().split("\n");
    const at = lines.findIndex((line) => line.includes('"to":"released"'));
    const broken = lines.with(at, (lines[at] ?? "").replace('"to":"released"', '"to":"free"'));
    await writeFile(path, broken.join("\n"));
    const { code, out } = await replay([path]);
    expect(code).toBe(1);
    expect(out).toContain(`line ${at + 1}, `);
    expect(out).toContain("moves from active to free: from active it may only become released.");
  }, 60_000);

  test("that was killed goes on in its next life, with what it takes over from the last one", async () => {
    await using folder = await scratchFolder();
    await using world = await startWorld({ engines: 1, media: bareMedia });
    const path = join(folder.path, "journal.jsonl");
    const args = [
      ...["--listen", `127.0.0.1:${await freePort()}`, "--engine", world.engines[0]?.address ?? ""],
      ...["--journal", path, "--state-dir", join(folder.path, "state"), "--linger", "0s"],
    ];
    await using first = await startBinary(args, { command: ["serve"] });
    const player = play(`${first.url}/ace/getstream?id=${contentId(1)}`);
    await player.got(188);
    await first.end("SIGKILL");
    player.leave();
    await using second = await startBinary(args, { command: ["serve"] });
    const again = play(`${second.url}/ace/getstream?id=${contentId(2)}`);
    await again.got(188);
    again.leave();
    expect(await second.end()).toBe(0);
    const text = await readFile(path, "utf8");
    expect(text.split('"seq":1,')).toHaveLength(3);
    expect(text).toContain('"cause":"former life"');
    expect(await told([path])).toMatchObject({ verdict: "fine", illegal: null, cap: { value: 1 } });
  }, 60_000);
});

describe("several journals", () => {
  test("are merged by time and their loads summed by engine", async () => {
    await using folder = await scratchFolder();
    const paths = ["a.jsonl", "b.jsonl"].map((name) => join(folder.path, name));
    const lines = journal(400);
    await writeFile(paths[0] ?? "", lines.join("\n"));
    await writeFile(paths[1] ?? "", lines.join("\n").replaceAll("box@:6879", "other@:6879"));
    const { code, out } = await replay(paths);
    expect(code).toBe(1);
    expect(out).toMatch(
      /a\.jsonl:\d+, .* carries 3 streams of 2 proxies, more than its cap of 2\.|b\.jsonl:\d+, .*/,
    );
    expect(out).toContain("The order between proxies is as good as their clocks");
    const { engines, proxies } = await told(paths);
    expect(engines[0]?.certain?.load).toBe(4);
    expect(proxies).toEqual(["box@:6879", "other@:6879"]);
  });
});

/** A proxy that carries one stream on the one engine there is, and ends it if `over`. */
function stint(proxy: string, second: number, over: boolean): string {
  const engine = { engine: "e", slot: 0, stream: 1, content: `id:${"a".repeat(40)}` };
  const move = (from: string, to: string) => ({
    ...engine,
    from,
    to,
    cause: from === "free" ? "request" : "x",
  });
  const records = [
    { type: "configure", cap: 1 },
    { type: "engine_seen", engine: "e", name: "e", address: "e:1" },
    { type: "snapshot", engines: 1, foreign: {}, missing: [] },
    move("free", "pending"),
    { ...engine, type: "grant", session: 1, load: 1 },
    move("pending", "active"),
    ...(over ? [move("active", "released"), move("released", "free")] : []),
  ];
  return records
    .map((record, n) => {
      const at = new Date(Date.UTC(2026, 0, 1, 0, 0, second, n)).toISOString();
      return JSON.stringify({ seq: n + 1, at, proxy, ...record });
    })
    .join("\n");
}

test("of several journals the older line comes first, whichever file is named first", async () => {
  await using folder = await scratchFolder();
  const [early = "", late = "", open = ""] = ["early", "late", "open"].map((name) => join(folder.path, name));
  await writeFile(early, stint("one", 1, true));
  await writeFile(late, stint("two", 9, false));
  await writeFile(open, stint("three", 1, false));
  for (const order of [
    [late, early],
    [early, late],
  ])
    expect(await told(order)).toMatchObject({ verdict: "fine", engines: [{ possible: { load: 1 } }] });
  expect(await told([late, open])).toMatchObject({
    verdict: "broken",
    above: { certainly: { where: { file: 0, line: 6 } } },
  });
});

describe("several proxies with leases", () => {
  /** A cluster that keeps the protocol, or gives one grant too many, in files. Even chances keep it reproducible. */
  async function filesOf(folder: string, plantAt?: number): Promise<{ paths: string[]; cluster: Generated }> {
    let state = 7;
    const chance = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * below);
    };
    const cluster = generateCluster({ proxies: 3, engines: 1, cap: 2, steps: 900, chance, plantAt });
    const texts = [...cluster.journals, { name: "store.txt", text: cluster.monitor }];
    for (const { name, text } of texts) await writeFile(join(folder, name), text);
    return { paths: texts.map(({ name }) => join(folder, name)), cluster };
  }

  test("and their store's stream have nothing wrong, together or each alone", async () => {
    await using folder = await scratchFolder();
    const { paths } = await filesOf(folder.path);
    const { code, out, err } = await replay(paths);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("no engine was given more than its cap at any instant");
    expect(out).toMatch(/3 proxies in \d+ lives · store: \d+ commands/);
    for (const path of paths.slice(0, -1)) expect(await told([path])).toMatchObject({ illegal: null });
    expect(await told(paths)).toMatchObject({
      verdict: "fine",
      history: { skewMs: 0, store: { losses: 0 } },
    });
  });

  test("that gave one grant too many are found out at its line, with code 1", async () => {
    await using folder = await scratchFolder();
    const { paths, cluster } = await filesOf(folder.path, 100);
    const { name, line } = cluster.planted?.line ?? { name: "none", line: 0 };
    const { code, out } = await replay(paths.slice(0, -1));
    expect(code).toBe(1);
    expect(out).toContain("✗ The cap was certainly exceeded");
    expect(out).toMatch(new RegExp(`${RegExp.escape(name)}:${line}, .* carries 3 streams of all proxies`));
    for (const other of cluster.planted?.others ?? []) expect(out).toContain(`${other.name}:${other.line}`);
  });

  test("whose clocks differ are told within --skew only as possible, with code 2", async () => {
    await using folder = await scratchFolder();
    const { paths } = await filesOf(folder.path, 100);
    expect((await replay([...paths.slice(0, -1), "--skew", "1m"])).code).toBe(2);
    const wrong = await replay([...paths, "--skew", "soon"]);
    expect(wrong.code).toBe(4);
    expect(wrong.err).toContain(
      '--skew: "soon" is not allowed: it must be a time with its unit from 0 to 1m',
    );
  });
});

describe("a file that is not whole", () => {
  test("may end in the middle of a line; a line that is missing leaves it open", async () => {
    const lines = journal(200);
    const cut = await told(["-"], lines.join("\n").slice(0, -30));
    expect(cut).toMatchObject({
      verdict: "fine",
      notes: [expect.stringContaining("the last line is cut off")],
    });
    expect((await replay(["-"], lines.toSpliced(100, 1).join("\n"))).code).toBe(2);
    expect((await replay(["-"], lines.slice(50).join("\n"))).code).toBe(2);
  });

  test("may hold a line of any length, which is skipped", async () => {
    const lines = journal(200);
    const { verdict, doubts } = await told(["-"], lines.toSpliced(100, 0, "x".repeat(9 << 20)).join("\n"));
    expect(verdict).toBe("unknown");
    expect(doubts).toEqual(["line 101: it is no line of a journal, or damaged"]);
  });
});

describe("a file that cannot be read ends with code 4 and one line", () => {
  const bad: readonly (readonly [what: string, input: string | Buffer, says: string])[] = [
    ["an empty one", "", "standard input is empty: there is nothing to replay; name a journal or a log"],
    ["empty lines", "\n\n", "standard input holds nothing but empty or endless lines"],
    [
      "a binary one",
      Buffer.from([1, 0, 2, 10]),
      "standard input is binary: lines of text in UTF-8 are needed",
    ],
    ["a packed one", gzipSync("x"), "standard input is packed with gzip: lines of text are needed; try zcat"],
    ["other JSON", '{"level":"info"}\n', "standard input is no journal of a version that this one knows"],
    ["some text", "hello\nworld\n", "standard input is of a kind that this version does not know (2 lines"],
    ["one endless line", "x".repeat(9 << 20), "standard input holds nothing but empty or endless lines"],
  ];
  for (const [what, input, says] of bad)
    test(what, async () => {
      const { code, out, err } = await replay(["-"], input);
      expect([code, out]).toEqual([4, ""]);
      expect(err).toStartWith(`aceslot: ${says}`);
      expect(err.trimEnd().split("\n")).toHaveLength(1);
    });

  test("a missing one, a folder, one named twice, two kinds together", async () => {
    await using folder = await scratchFolder();
    const path = join(folder.path, "journal.jsonl");
    const csv = join(folder.path, "log.csv");
    await writeFile(path, journal(50).join("\n"));
    await copyFile(INCIDENT, csv);
    await mkdir(join(folder.path, "sub"));
    const outcomes = await Promise.all([
      replay([path, join(folder.path, "gone")]),
      replay([join(folder.path, "sub")]),
      replay([path, path]),
      replay([path, csv]),
    ]);
    expect(outcomes.map(({ code }) => code)).toEqual([4, 4, 4, 4]);
    expect(outcomes[0]?.err).toContain("there is no such file; check the path");
    expect(outcomes[1]?.err).toContain("it is a folder; name the file in it");
    expect(outcomes[2]?.err).toContain("is named twice");
    expect(outcomes[3]?.err).toContain("only files of one kind are put together");
  });
});

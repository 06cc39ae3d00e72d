/** What fuzzing and its like have found, each with the bytes that showed it. None of it may come back. */
import { describe, expect, test } from "bun:test";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readAcexyLine } from "../../../model/replay/acexy-line.ts";
import { baseUrl } from "../../../src/config/addresses.ts";
import { readAnswer } from "../../../src/engine/answers.ts";
import { createEngineClient } from "../../../src/engine/index.ts";
import { claimedBy } from "../../../src/http/forwarded.ts";
import { readBooks } from "../../../src/leases/redis-answers.ts";
import { readGuide } from "../../../src/playlist/guide.ts";
import { GUIDE_CHANNELS_MAX } from "../../../src/playlist/limits.ts";
import { readM3uInTurns } from "../../../src/playlist/m3u.ts";
import { unpackedText } from "../../../src/playlist/unpacking.ts";
import { BINARY, scratchFolder } from "../../support/binary.ts";
import { run } from "../../support/run.ts";
import { http, oddService } from "./fuzz/odd-service.ts";

const MIB = 1024 * 1024;
const LIMIT_MS = 90_000;
const NEVER = new AbortController().signal;
const aceslot = (args: readonly string[], cwd: string) => run([BINARY, ...args], { cwd, deadlineMs: 40_000 });

/** How often anything else had its turn while `work` was done. */
async function turnsBeside(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let goesOn = true;
  const count = (): void => {
    turns += 1;
    if (goesOn) setImmediate(count);
  };
  setImmediate(count);
  await work;
  goesOn = false;
  return turns;
}

describe("an engine", () => {
  // Written as words for people it took the process 4 seconds, in which no stream had a byte.
  test("whose error nests 30,000 deep within 64 KiB is taken for garbage", () => {
    const deep = `{"error":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
    expect(readAnswer(deep)).toEqual({ kind: "garbage", what: "an answer that is not the engine's JSON" });
    expect(readAnswer('{"error":{"code":[1,[2]]}}')).toMatchObject({
      kind: "json",
      error: '{"code":[1,[2]]}',
    });
  });

  // The client was told nothing at all: `{"code":"engine_error","message":""}`.
  test("that answers one control character says nothing, which is told", () => {
    expect(readAnswer("\u0001")).toEqual({ kind: "garbage", what: "an answer that is no text" });
  });

  for (const [version, told] of [
    ["\u001b[2J3.2\n.11", "[2J3.2 .11"],
    ["", null],
  ] as const)
    test(`whose version is ${JSON.stringify(version)} shows it as one line, or none`, async () => {
      await using service = await oddService();
      service.answer(() => Buffer.from(http(JSON.stringify({ result: { version } }))));
      const address = { scheme: "http", host: "127.0.0.1", port: service.port } as const;
      expect(await createEngineClient({ aliveTimeoutMs: LIMIT_MS }).version(address)).toBe(told);
    });
});

test("a store's answer that nests without end is refused, and not walked through", () => {
  expect(() => readBooks(`{"engines":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)).toThrow("not JSON");
});

describe("a playlist holds up no stream", () => {
  // 32 MiB took 34 seconds in one go.
  test("of short lines, one of them in another encoding", async () => {
    const bytes = Buffer.concat([Buffer.from([0xe9]), Buffer.alloc(4 * MIB, "\n")]);
    expect(await turnsBeside(unpackedText(bytes, 8 * MIB))).toBeGreaterThan(200);
    expect(await unpackedText(bytes, 8 * MIB)).toBe(`é${"\n".repeat(4 * MIB)}`);
  });

  test("whose lines are of two encodings in turn, and each is read in its own", async () => {
    const line = Buffer.concat([Buffer.from("é\n"), Buffer.from([0xe9, 0x0a])]);
    expect(await unpackedText(Buffer.concat(Array(20_000).fill(line)), MIB)).toBe("é\né\n".repeat(20_000));
  });

  // Each was kept, and written for every client.
  test("of millions of comments, of which a thousand are kept", async () => {
    const text = "#\n".repeat(MIB);
    expect(await turnsBeside(readM3uInTurns(text, null))).toBeGreaterThan(500);
    const { tail, entries } = await readM3uInTurns(`${text}#EXTINF:-1,One\n${"a".repeat(40)}\n`, null);
    expect([tail.length, entries[0]?.name]).toEqual([0, "One"]);
    expect((await readM3uInTurns(text, null)).tail).toHaveLength(1_000);
  });
});

describe("a guide takes no more memory than it is worth", () => {
  for (const [what, text, words] of [
    [
      "elements within each other",
      `<tv>${"<a>".repeat(200)}`,
      "more than 100 elements stand within each other",
    ],
    [
      "channels",
      `<tv>${Array.from({ length: GUIDE_CHANNELS_MAX + 1 }, (_, n) => `<channel id="${n}"/>`).join("")}</tv>`,
      `more than ${GUIDE_CHANNELS_MAX} channels`,
    ],
    [
      "text of channels",
      `<tv>${Array.from({ length: 70 }, (_, n) => `<channel id="${n}">${"x".repeat(MIB - 100)}</channel>`).join("")}</tv>`,
      "its channels are longer than 64 MiB",
    ],
  ] as const)
    test(
      `packed, with too many ${what}`,
      () => expect(readGuide(gzipSync(text), NEVER)).rejects.toThrow(words),
      LIMIT_MS,
    );
});

test("a guide's own names are shown on one line", () => {
  const refused = readGuide(Buffer.from("<tv><a\0b\u001b[2J></c\u0007></tv>"), NEVER);
  return expect(refused).rejects.toThrow("</c> closes <a b [2J>");
});

describe("slashes without end", () => {
  const SLASHES = `${"/".repeat(100_000)}x`;

  // A minute on a slow machine.
  test("in the orchestrator's URL are refused", () => {
    expect(baseUrl.parse(`http://a${SLASHES}`)).toMatchObject({
      ok: false,
      rule: expect.stringContaining("2048"),
    });
  });

  test("in a forwarded prefix are gone through once", () => {
    expect(claimedBy(new Headers({ "X-Forwarded-Prefix": SLASHES }), 1).prefix).toBe("");
  });
});

test("a log's line of 4 MB of terminal codes is not looked at", () => {
  expect(readAcexyLine(`\u001b[${"1;".repeat(2_000_000)} Stream done`)).toBe("damaged");
});

describe("a file that never ends, or is far too large, is refused in one line", () => {
  for (const [args, says] of [
    [["config", "--config", "/dev/zero"], '--config: "/dev/zero" cannot be read: it is far too large'],
    [
      ["config", "--token-file", "/dev/zero"],
      '--token-file: "/dev/zero" cannot be read: it is far too large',
    ],
    [["config", "--config", "sparse"], '--config: "sparse" cannot be read: it is far too large'],
    [["check", "--config", "sparse"], '--config: "sparse" is larger than 16 MiB'],
    [["replay", "sparse"], '"sparse" is binary'],
    [["check", "--config", "table.toml"], '--config: world 1, engines: "{…}" is not allowed'],
    [["check", "--config", "list.toml"], '--config: world 1, cap: "[…]" is not allowed'],
  ] as const)
    test.concurrent(
      args.join(" "),
      async () => {
        await using folder = await scratchFolder();
        await writeFile(join(folder.path, "sparse"), "");
        await truncate(join(folder.path, "sparse"), 10 * 1024 * MIB);
        await writeFile(join(folder.path, "table.toml"), "[[world]]\nengines = {}\n");
        await writeFile(join(folder.path, "list.toml"), "[[world]]\ncap = [1]\n");
        const { code, out, err } = await aceslot(args, folder.path);
        expect([code, out]).toEqual([4, ""]);
        expect(err).toStartWith(`aceslot: ${says}`);
        expect(err.trimEnd().split("\n")).toHaveLength(1);
      },
      LIMIT_MS,
    );
});

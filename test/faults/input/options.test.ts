/** Options that cannot be, at the compiled binary's own door: one line with the value, the rule and the fix, and code 4. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BINARY, scratchFolder } from "../../support/binary.ts";
import { run } from "../../support/run.ts";

const LIMIT_MS = 90_000;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  folder = await scratchFolder();
  await mkdir(join(folder.path, "folder"));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder.path, name), text);
  await chmod(join(folder.path, "open.key"), 0o644);
});
afterAll(() => folder[Symbol.asyncDispose]());

const FILES: Readonly<Record<string, string>> = {
  "twice.toml": '[lease]\na = 1\n[lease]\nb = 2\nlisten = ":1"\n',
  "key-twice.toml": 'linger = "1s"\nlinger = "2s"\n',
  "types.toml": "listen = 6879\n",
  "list.toml": 'linger = ["1s"]\n',
  "date.toml": "linger = 2026-11-30\n",
  "torn.toml": 'listen = ":6879\n',
  "good.toml": '\uFEFFlinger = "1h30m"\r\nbuffer = "4.2MiB"\r\n',
  "empty.key": "\n",
  "two.key": "one two\n",
  "open.key": "s3cret-in-a-file\n",
};
const check = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run([BINARY, "config", "--check", ...args], { cwd: folder.path, env, deadlineMs: 60_000 });

describe("a value that cannot be is refused with its rule and a value that would do", () => {
  const TIME = "a time with its unit from";
  for (const [args, says] of [
    ["--max-streams-per-engine=-1", '"-1" is not allowed: it must be a whole number from 1 to 1000; try'],
    ["--max-streams-per-engine=1.5", '"1.5" is not allowed: it must be a whole number from 1 to 1000; try'],
    ["--max-streams-per-engine=1e9", '"1e9" is not allowed: it must be a whole number from 1 to 1000; try'],
    ["--max-streams-per-engine=1000000000", "is not allowed: it must be a whole number from 1 to 1000; try"],
    ["--max-streams-per-engine=x", '"x" is not allowed: it must be a whole number from 1 to 1000; try'],
    ["--listen=:65536", '":65536" is not allowed: it must be an address to listen on'],
    ["--listen=:abc", '":abc" is not allowed: it must be an address to listen on'],
    ["--linger=10", `"10" is not allowed: it must be ${TIME} 0s to 24h; try --linger 10s`],
    ["--linger=∞", `"∞" is not allowed: it must be ${TIME} 0s to 24h; try --linger`],
    ["--linger=25h", `"25h" is not allowed: it must be ${TIME} 0s to 24h; try --linger 24h`],
    ["--buffer=0", '"0" is not allowed: it must be a size from'],
    ["--buffer=4TiB", '"4TiB" is not allowed: it must be a size from'],
    ["--engine=ftp://a:1", '"ftp://a:1" is not allowed: it must be an engine\'s host:port'],
    ["--engine=a:6878/path", '"a:6878/path" is not allowed: it must be an engine\'s host:port'],
    ["--engine=a:0", "is not allowed: it must be an engine's host:port"],
    ["--engine=::1:6878:x", "is not allowed: it must be an engine's host:port"],
    [
      "--orchestrator=file:///etc/passwd",
      "is not allowed: it must be a URL that begins with http:// or https://",
    ],
    ["--trusted-proxy=10.0.0.0/33", '"10.0.0.0/33" is not allowed: it must be a network'],
    ["--token-file=gone.key", '"gone.key" cannot be read: there is no such file'],
    ["--token-file=folder", '"folder" cannot be read: it is a directory'],
    ["--token-file=empty.key", "empty.key is empty: it must hold"],
    ["--token-file=two.key", "two.key: the value (not shown) is not allowed: it must be"],
    ["--config=twice.toml", "twice.toml line 3: not TOML"],
    ["--config=key-twice.toml", "key-twice.toml line 2: not TOML"],
    ["--config=torn.toml", "torn.toml line 1: not TOML"],
    ["--config=types.toml", '"6879" is not allowed: it must be an address to listen on'],
    ["--config=list.toml", '"[…]" is not allowed: it must be a time with its unit'],
    ["--config=date.toml", "is not allowed: it must be a time with its unit"],
  ] as const)
    test.concurrent(
      args,
      async () => {
        const { code, out, err } = await check([args]);
        expect([code, out]).toEqual([4, ""]);
        expect(err).toContain(says);
        expect(err.trimEnd().split("\n")).toHaveLength(1);
        expect(err).not.toContain("one two");
      },
      LIMIT_MS,
    );
});

test.concurrent(
  "what only looks odd is taken: port 0, 1h30m, 4.2MiB with a BOM and CRLF, an engine named twice, a key file for all",
  async () => {
    const engines = ["--engine", "[::1]:6878", "--engine", "http://[::1]:6878/"];
    const { code, err } = await check([
      ...["--listen", "127.0.0.1:0", "--config", "good.toml", "--token-file", "open.key"],
      ...engines,
    ]);
    expect(code).toBe(0);
    expect(err).toContain("an engine is named more than once; it counts once");
    expect(err).toMatch(/open\.key holds .* and everybody on this host can read it; chmod 600/);
    expect(err).not.toContain("s3cret-in-a-file");
  },
  LIMIT_MS,
);

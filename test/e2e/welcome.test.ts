/** What `aceslot serve` says first, to people and to machines. */
import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { addressForOthers, type Welcome, welcome } from "../../src/cli/welcome.ts";
import { VERSION } from "../../src/version.ts";
import { bareEnvironment, scratchFolder } from "../support/binary.ts";
import { until } from "../support/until.ts";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");

/** What is printed up to and with the line of the log that says where the proxy listens, or what `last` finds. */
async function beginning(args: readonly string[], cwd: string, last = /listening.*\n/): Promise<string[]> {
  const command = [
    MAIN,
    "--listen",
    "127.0.0.1:0",
    "--state-dir",
    "none",
    "--engine",
    "127.0.0.1:1",
    ...args,
  ];
  const child = spawn(process.execPath, command, { cwd, env: bareEnvironment() });
  let out = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  try {
    const found = await until("the proxy says so", () => last.exec(out));
    return out.slice(0, found.index + found[0].length - 1).split("\n");
  } finally {
    child.kill("SIGKILL");
  }
}

test("serve says in a few lines what runs, where to look, what to play, and no secret", async () => {
  await using folder = await scratchFolder();
  writeFileSync(join(folder.path, "a.toml"), 'token = "hunter2"\nplaylist = ["c.m3u"]\n');
  writeFileSync(join(folder.path, "c.m3u"), "#EXTM3U\n");
  const [plain, filed] = await Promise.all([
    beginning([], folder.path),
    beginning(["--config", "a.toml"], folder.path),
  ]);
  const port = /:(\d+)\/$/.exec(plain[1] ?? "")?.[1];
  expect(plain.slice(0, 4)).toEqual([
    `aceslot ${VERSION} (bun ${process.versions.bun}, ${process.platform} ${process.arch}); settings: defaults, variables, flags`,
    `  look   http://127.0.0.1:${port}/`,
    `  play   http://127.0.0.1:${port}/ace/getstream?id=<content id>`,
    "  VLC: Media, Open Network Stream, paste the second. Trouble? aceslot doctor",
  ]);
  expect(filed[0]).toEndWith("settings: a.toml");
  expect(filed[1]).toEndWith("/?token=<your token>");
  expect(filed[2]).toEndWith("/ace/getstream?token=<your token>&id=<content id>");
  expect(filed[3]).toEndWith("/playlist.m3u?token=<your token>");
  expect(filed.join("\n")).not.toContain("hunter2");
});

test("an engine that does not answer is told of at the start, not when somebody wants to see something", async () => {
  await using folder = await scratchFolder();
  const lines = await beginning([], folder.path, /no answer from an engine yet.*\n/);
  expect(lines.at(-1)).toEndWith(
    "no answer from an engine yet; if it stays so, aceslot doctor says why engine=127.0.0.1:1",
  );
});

test("where the log is JSON, every line is", async () => {
  await using folder = await scratchFolder();
  const lines = await beginning(["--log-format", "json"], folder.path);
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
});

test("the address to paste is one that a television reaches", () => {
  const at = (address: string, family: "IPv4" | "IPv6" = "IPv4", internal = false) =>
    [{ address, family, internal, netmask: "", mac: "", cidr: null, scopeid: 0 }] as never;
  const interfaces = {
    lo: at("127.0.0.1", "IPv4", true),
    docker0: at("172.17.0.1"),
    eth1: at("fe80::1", "IPv6"),
    eth0: at("192.168.1.20"),
  };
  expect(addressForOthers(interfaces, false)).toBe("192.168.1.20");
  expect(addressForOthers(interfaces, true)).toBe("HOST");
  const about: Welcome = {
    url: "http://127.0.0.1:6879",
    everywhere: true,
    publicUrl: null,
    configFile: null,
    hasToken: false,
    hasPlaylist: false,
  };
  const played = (changes: Partial<Welcome>, lan: string | null) =>
    welcome({ ...about, ...changes }, lan).split("\n")[2];
  expect(played({}, "192.168.1.20")).toBe("  play   http://192.168.1.20:6879/ace/getstream?id=<content id>");
  expect(welcome(about, "192.168.1.20")).toContain("  look   http://192.168.1.20:6879/\n");
  expect(welcome(about, "HOST")).toContain(
    "  HOST: the address of the machine that this container runs on\n",
  );
  expect(played({ everywhere: false }, "192.168.1.20")).toContain("http://127.0.0.1:6879/");
  expect(played({ publicUrl: "https://tv.example.org/ace" }, "192.168.1.20")).toContain(
    "https://tv.example.org/ace/ace/getstream",
  );
});

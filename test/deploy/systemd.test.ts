/**
 * The systemd unit: by systemd's own analysis; and what its sandbox forbids is held against what the binary does while
 * it plays. No systemd runs it here.
 */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ALL_OPTIONS } from "../../src/config/options.ts";
import { contentId, startSimEngine } from "../../src/sim/index.ts";
import { BINARY, scratchFolder } from "../support/binary.ts";
import { play } from "../support/player.ts";
import { run } from "../support/run.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";

const FOLDER = join(import.meta.dir, "../../deploy/systemd");
const UNIT = join(FOLDER, "aceslot.service");
const text = readFileSync(UNIT, "utf8");
/** From 0, a service that can do nothing, to 10, one that can do everything. A server needs its network, at least. */
const EXPOSURE_MAX = 1.3;
const LIMIT_MS = 150_000;
/** Every call that is traced costs time. */
const TRACED_MS = 60_000;

const lineOf = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1] ?? "";

describe("the unit", () => {
  test("is one that systemd understands to the last line", async () => {
    await using folder = await scratchFolder();
    // What it starts must be there and can be started; its page is not in this machine's manual.
    const root = folder.path;
    for (const path of ["usr/local/bin", "etc/systemd/system"])
      mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, "usr/local/bin/aceslot"), "#!/bin/sh\n");
    chmodSync(join(root, "usr/local/bin/aceslot"), 0o755);
    const unit = text
      .replace(/^Documentation=.*\n/m, "")
      .replace("ExecStart=/usr/local/bin", `ExecStart=${root}/usr/local/bin`);
    writeFileSync(join(root, "aceslot.service"), unit);
    const checked = await run(["systemd-analyze", "verify", join(root, "aceslot.service")], { cwd: "/" });
    expect(checked).toEqual({ code: 0, out: "", err: "" });
  });

  test(`is exposed by ${EXPOSURE_MAX} at most, by systemd's own measure`, async () => {
    const args = ["security", "--offline=true", "--no-pager", `--threshold=${EXPOSURE_MAX * 10}`, UNIT];
    const { code, out } = await run(["systemd-analyze", ...args], { cwd: "/" });
    const [, exposure] = /Overall exposure level for aceslot\.service: ([\d.]+)/.exec(out) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(EXPOSURE_MAX);
    expect(code).toBe(0);
  });

  test("hands secrets over by the names of options that take them so", () => {
    const names = [...text.matchAll(/^#LoadCredential=([\w-]+):/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual(
      ALL_OPTIONS.filter((each) => each.secret)
        .map((each) => each.name)
        .sort(),
    );
  });

  test("gives it the time that it needs to end, and reloads it by the signal that it knows", () => {
    expect(lineOf("TimeoutStopSec")).toBe("15s");
    expect(lineOf("ExecReload")).toBe("/bin/kill -HUP $MAINPID");
    expect(lineOf("StateDirectory")).toBe("aceslot");
  });
});

test(
  "the sandbox forbids no system call that the binary makes from its start to its end",
  async () => {
    await using folder = await scratchFolder();
    const engine = await startSimEngine();
    const trace = join(folder.path, "trace");
    const listen = `127.0.0.1:${await freePort()}`;
    const args = ["--listen", listen, "--engine", engine.address, "--state-dir", folder.path];
    const child = Bun.spawn(["strace", "-f", "-o", trace, "-e", "trace=all", BINARY, "serve", ...args], {
      env: { PATH: process.env.PATH ?? "", HOME: "/proc/nonexistent" },
      stdout: "pipe",
      stderr: "pipe",
    });
    try {
      await until(
        "it is well",
        () =>
          fetch(`http://${listen}/healthz`).then(
            ({ ok }) => ok,
            () => false,
          ),
        TRACED_MS,
      );
      const player = play(`http://${listen}/ace/getstream?id=${contentId(0)}`);
      await player.got(500_000, TRACED_MS);
      player.leave();
      const pid = Number(readFileSync(trace, "utf8").split(" ", 1)[0]);
      process.kill(pid, "SIGTERM");
      expect(await child.exited).toBe(0);
    } finally {
      child.kill("SIGKILL");
      await engine.close();
    }
    const made = new Set(
      [...readFileSync(trace, "utf8").matchAll(/^\d+ +(?:<\.\.\. )?(\w+)[( ]/gm)].map(
        ([, call = ""]) => call,
      ),
    );
    expect(made.size).toBeGreaterThan(20);
    const allowed = allowedCalls();
    expect([...made].filter((call) => !allowed.has(call) && !NO_CALLS.has(call)).sort()).toEqual([]);
  },
  LIMIT_MS,
);

/** What strace says beside system calls. */
const NO_CALLS = new Set(["exited", "killed"]);

/** The unit's filter, worked out with the sets of the systemd that is here. */
function allowedCalls(): Set<string> {
  const allowed = new Set(callsIn("@default"));
  for (const [, not, sets = ""] of text.matchAll(/^SystemCallFilter=(~?)(.*)$/gm))
    for (const call of sets.split(" ").flatMap(callsIn))
      not === "" ? allowed.add(call) : allowed.delete(call);
  return allowed;
}

function callsIn(set: string): string[] {
  const { stdout } = spawnSync("systemd-analyze", ["syscall-filter", set], { encoding: "utf8" });
  const lines = stdout
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.slice(1).flatMap((line) => (line.startsWith("@") ? callsIn(line) : [line]));
}

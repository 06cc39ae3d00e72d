/**
 * Holds the archives in dist/ to what a user does with them: check, unpack, start. Foreign Linux binaries run
 * under qemu's user emulation. `make release-check` builds the archives first.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VERSION } from "../src/version.ts";
import { archiveName, binaryName, releaseName, TARGETS, type Target } from "./targets.ts";

const START_DEADLINE_MS = 50_000;
const POLL_MS = 100;

let unpacked = "";
beforeAll(() => {
  unpacked = mkdtempSync(join(tmpdir(), "aceslot-release-"));
  for (const target of TARGETS) unpack(target);
}, 60_000);
afterAll(() => rmSync(unpacked, { recursive: true, force: true }));

test("checksums.sha256 names every archive with its checksum, and nothing else", () => {
  const lines = TARGETS.map((target) => {
    const name = archiveName(target, VERSION);
    return `${createHash("sha256")
      .update(readFileSync(`dist/${name}`))
      .digest("hex")}  ${name}\n`;
  });
  expect(readFileSync("dist/checksums.sha256", "utf8")).toBe(lines.join(""));
});

describe.each(TARGETS.map((target) => [releaseName(target, VERSION), target] as const))(
  "%s",
  (name, target) => {
    test("holds the binary, the licence and the documents that exist", () => {
      const documents = ["LICENSE", "README.md", "CHANGELOG.md"].filter((file) => existsSync(file));
      for (const file of documents) {
        expect(readFileSync(join(unpacked, name, file), "utf8")).toBe(readFileSync(file, "utf8"));
      }
      expect(statSync(binary(target)).mode & 0o111).toBe(0o111);
    });

    test("its binary is made for that system, processor and C library", () => {
      expect(platformOf(readFileSync(binary(target)))).toBe(
        [target.os, target.arch, target.os === "linux" ? (target.libc ?? "glibc") : undefined]
          .filter((part) => part !== undefined)
          .join(" "),
      );
    });
  },
);

// Nehalem is the oldest processor promised: SSE4.2, no AVX. qemu answers an AVX instruction there with SIGILL.
describe.each([
  ["linux x64, on a processor without AVX", "x64", ["qemu-x86_64-static", "-cpu", "Nehalem"]],
  ["linux arm64", "arm64", ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]],
] as const)("%s", (_, arch, emulator) => {
  const target = TARGETS.find(({ os, libc, ...rest }) => os === "linux" && !libc && rest.arch === arch);
  if (target === undefined) throw new Error(`no release for linux ${arch}`);

  test("tells its version", () => {
    const [command, ...args] = [...emulator, binary(target), "--version"];
    const { stdout, stderr, status, error } = spawnSync(command, args, { encoding: "utf8" });
    if (error) throw error;
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toContain(VERSION);
  });

  test("serves, and ends when asked to", async () => {
    const port = await freePort();
    const [command, ...args] = [...emulator, binary(target), "serve", "--listen", `127.0.0.1:${port}`];
    args.push("--engine", "127.0.0.1:1", "--state-dir", "none");
    const proxy = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    const output = collect(proxy);
    const ended = new Promise<string>((resolve) => {
      proxy.once("error", (error) => resolve(error.message));
      proxy.once("close", (code, signal) => resolve(`code ${code}, signal ${signal}`));
    });
    const givenUp = new AbortController();
    const deadline = AbortSignal.any([givenUp.signal, AbortSignal.timeout(START_DEADLINE_MS)]);
    try {
      const health = await Promise.race([
        healthy(`http://127.0.0.1:${port}/healthz`, deadline),
        ended.then((how) => `ended: ${how}\n${output()}`),
      ]);
      expect(health).toBe("200");
    } finally {
      givenUp.abort();
      proxy.kill("SIGTERM");
      const killed = setTimeout(() => proxy.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(killed);
    }
    expect(proxy.signalCode).not.toBe("SIGKILL");
  });
});

function unpack(target: Target): void {
  const folder = join(unpacked, releaseName(target, VERSION));
  mkdirSync(folder);
  const archive = `dist/${archiveName(target, VERSION)}`;
  const [command, ...args] =
    target.os === "windows" ? ["unzip", "-q", archive, "-d", folder] : ["tar", "-xzf", archive, "-C", folder];
  const { status, error, stderr } = spawnSync(command ?? "", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${archive}: ${error?.message ?? stderr}; \`make release\` makes it`);
}

function binary(target: Target): string {
  return join(unpacked, releaseName(target, VERSION), binaryName(target));
}

/** `linux x64 musl`, `macos arm64`, …, read from the executable's own header. */
function platformOf(executable: Buffer): string {
  if (executable.readUInt32BE(0) === 0x7f454c46) {
    const arch = { 62: "x64", 183: "arm64" }[executable.readUInt16LE(18)];
    const loader = executable
      .subarray(0, 4096)
      .toString("latin1")
      .match(/\/lib(?:64)?\/ld-(musl|linux)/);
    return `linux ${arch} ${{ musl: "musl", linux: "glibc" }[loader?.[1] ?? ""]}`;
  }
  if (executable.readUInt32LE(0) === 0xfeedfacf) {
    return `macos ${{ 16777223: "x64", 16777228: "arm64" }[executable.readUInt32LE(4)]}`;
  }
  const header = executable.readUInt32LE(0x3c);
  if (executable.toString("latin1", header, header + 4) === "PE\0\0") {
    return `windows ${{ 34404: "x64", 43620: "arm64" }[executable.readUInt16LE(header + 4)]}`;
  }
  return "unknown";
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port given");
  return address.port;
}

function collect(child: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => chunks.push(String(chunk)));
  return () => chunks.join("");
}

/** The first status that the URL answers with, asked until it answers or the signal says stop. */
async function healthy(url: string, signal: AbortSignal): Promise<string> {
  while (!signal.aborted) {
    try {
      return String((await fetch(url, { signal })).status);
    } catch {
      await Bun.sleep(POLL_MS);
    }
  }
  return `no answer within ${START_DEADLINE_MS} ms`;
}

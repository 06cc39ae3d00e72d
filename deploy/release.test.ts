/**
 * Holds the archives in dist/ to what a user does with them: check, unpack, start. Foreign Linux binaries run
 * under qemu's user emulation. `make release-check` builds the archives first.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import packageJson from "../package.json" with { type: "json" };
import { VERSION } from "../src/version.ts";
import { freePort } from "../test/support/wire.ts";
import { BILL, COPIED, COPIED_FOR_LINUX, LICENCES, PRINTED } from "./release-files.ts";
import {
  archiveName,
  billName,
  binaryName,
  latestName,
  releaseName,
  TARGETS,
  type Target,
} from "./targets.ts";
import { textPackages } from "./text-modules.ts";

const START_DEADLINE_MS = 50_000;
const POLL_MS = 100;

let unpacked = "";
beforeAll(() => {
  unpacked = mkdtempSync(join(tmpdir(), "aceslot-release-"));
  for (const target of TARGETS) unpack(target);
}, 60_000);
afterAll(() => rmSync(unpacked, { recursive: true, force: true }));

const digestOf = (file: string): string =>
  createHash("sha256")
    .update(readFileSync(`dist/${file}`))
    .digest("hex");

test("checksums.sha256 names every archive under both its names, and the bill of materials, and nothing else", () => {
  const names = TARGETS.flatMap((target) => [archiveName(target, VERSION), latestName(target)]);
  names.push(billName(VERSION));
  const lines = names.map((name) => `${digestOf(name)}  ${name}\n`);
  expect(readFileSync("dist/checksums.sha256", "utf8")).toBe(lines.join(""));
  for (const target of TARGETS)
    expect(digestOf(latestName(target))).toBe(digestOf(archiveName(target, VERSION)));
});

describe("the bill of materials", () => {
  const bill = (): { components: { name: string; version: string; components?: { name: string }[] }[] } =>
    JSON.parse(readFileSync(`dist/${billName(VERSION)}`, "utf8"));

  test("is valid by CycloneDX's own schema", () => {
    const schemas = "node_modules/@cyclonedx/cyclonedx-library/res/schema";
    const read = (name: string) =>
      JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), "utf8"));
    const ajv = addFormats(new Ajv({ strict: false, logger: false }));
    // Addresses may hold other letters than ASCII, which the formats at hand do not tell apart.
    ajv.addFormat("iri-reference", true);
    ajv.addFormat("idn-email", true);
    for (const part of ["spdx", "jsf-0.82"])
      ajv.addSchema(read(part), `http://cyclonedx.org/schema/${part}.SNAPSHOT.schema.json`);
    const isBill = ajv.compile(read("bom-1.6"));
    isBill(bill());
    expect(isBill.errors ?? []).toEqual([]);
  });

  test("names every package that README says is shipped, and the runtime with its parts", () => {
    const names = bill().components.map((each) => each.name);
    for (const name of [
      ...Object.keys(packageJson.dependencies),
      ...textPackages(),
      "commander",
      "smol-toml",
    ])
      expect(names).toContain(name.replace(/^@.*\//, ""));
    for (const tool of ["biome", "typescript", "deno", "puppeteer-core"]) expect(names).not.toContain(tool);
    const runtime = bill().components.find((each) => each.name === "bun");
    expect(runtime?.version).toBe(packageJson.devDependencies.bun);
    expect(runtime?.components?.map((part) => part.name)).toContain("WebKit (JavaScriptCore)");
  });
});

describe.each(TARGETS.map((target) => [releaseName(target, VERSION), target] as const))(
  "%s",
  (name, target) => {
    test("holds what belongs to it, and nothing else", () => {
      const copied = { ...COPIED, ...(target.os === "linux" && COPIED_FOR_LINUX) };
      const folder = join(unpacked, name);
      const found = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((each) => each.isFile())
        .map((each) => relative(folder, join(each.parentPath, each.name)));
      const expected = [...Object.keys(copied), ...Object.keys(PRINTED), LICENCES, BILL, binaryName(target)];
      expect(found.sort()).toEqual(expected.sort());
      for (const [inside, file] of Object.entries(copied))
        expect(readFileSync(join(folder, inside), "utf8")).toBe(readFileSync(file, "utf8"));
      expect(readFileSync(join(folder, BILL), "utf8")).toBe(
        readFileSync(`dist/${billName(VERSION)}`, "utf8"),
      );
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

// What lies beside the binary is the same in every archive; the one for this machine is looked at.
describe("beside the binary", () => {
  const here = join(releaseName(TARGETS[0] as Target, VERSION));
  const file = (name: string): string => readFileSync(join(unpacked, here, name), "utf8");

  test("lie the licences of every package in the bill of materials, and the runtime's", () => {
    const { components } = JSON.parse(file(BILL)) as {
      components: { group?: string; name: string; version: string }[];
    };
    for (const { group, name, version } of components) {
      const title =
        name === "bun" ? `Bun ${version}, the runtime` : `\n${group ? `${group}/` : ""}${name} ${version} (`;
      expect(file(LICENCES)).toContain(title);
    }
    expect(file(LICENCES)).toContain("LGPL");
  });

  test("lie completions that their shells take, and a manual page", () => {
    for (const [shell, name] of [
      ["bash", "aceslot.bash"],
      ["zsh", "_aceslot"],
      ["fish", "aceslot.fish"],
    ] as const) {
      const { status, stderr } = spawnSync(shell, ["-n", join(unpacked, here, "completions", name)], {
        encoding: "utf8",
      });
      expect({ shell, status, stderr }).toEqual({ shell, status: 0, stderr: "" });
    }
    const lint = spawnSync("mandoc", ["-T", "lint", "-W", "error", join(unpacked, here, "aceslot.1")], {
      encoding: "utf8",
    });
    expect(lint.stdout + lint.stderr).toBe("");
  });

  test("lies a sample configuration that the binary takes", () => {
    const { status, stderr } = spawnSync(
      join(unpacked, here, "aceslot"),
      ["config", "--check", "--config", join(unpacked, here, "aceslot.toml")],
      { encoding: "utf8", env: { HOME: "/proc/nonexistent" } },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

// Nehalem is the oldest processor promised: SSE4.2, no AVX. qemu answers an AVX instruction there with SIGILL.
describe.each([
  ["linux x64, on a processor without AVX", "x64", ["qemu-x86_64-static", "-cpu", "Nehalem"]],
  ["U20 ARM and NAS: linux arm64", "arm64", ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]],
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

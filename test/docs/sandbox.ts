/** A page's own folder, in which its commands find what a reader has beside him, and its programs. */
import { createHash } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, scratchFolder } from "../support/binary.ts";
import { run } from "../support/run.ts";
import { ROOT } from "./blocks.ts";
import type { StandIns } from "./stand-ins.ts";

/** These are not what they seem; test/docs/shims/ tells what each does instead. */
export const STAND_INS = [
  ...["aceslot", "docker", "kubectl", "systemctl", "journalctl", "sudo", "make", "git", "apt-get"],
  ...["vlc", "cvlc", "mpv", "ffplay", "curl", "ffmpeg", "redis-cli", "pidof", "ssh"],
  ...["bun", "deno"],
] as const;

/** Files that the pages name: journals of proxies, and what a store's stream looks like. */
const JOURNALS = ["journal.jsonl", "proxy-1.jsonl", "proxy-2.jsonl", "proxy-3.jsonl"];

export interface Sandbox extends AsyncDisposable {
  readonly path: string;
  /** Runs a block's lines, in one shell that stops at the first failure. */
  run(text: string): Promise<{ readonly code: number | null; readonly said: string }>;
}

/** What a release holds for one machine: the archive, and its line in the file of checksums. */
async function makeArchive(path: string): Promise<void> {
  const archive = "aceslot_linux_x64.tar.gz";
  await run(["tar", "-C", join(path, ".bin"), "-czf", archive, "aceslot"], { cwd: path });
  const digest = createHash("sha256")
    .update(readFileSync(join(path, archive)))
    .digest("hex");
  writeFileSync(join(path, "checksums.sha256"), `${digest}  ${archive}\n${"0".repeat(64)}  another.zip\n`);
}

/** `hasExamples`: its commands run programs of docs/examples/. */
export async function sandbox(standIns: StandIns, hasExamples: boolean): Promise<Sandbox> {
  const folder = await scratchFolder();
  const { path } = folder;
  const bin = join(path, ".bin");
  mkdirSync(bin);
  const main = join(import.meta.dir, "shims/main.ts");
  for (const program of STAND_INS) {
    writeFileSync(join(bin, program), `#!/bin/sh\nexec '${process.execPath}' '${main}' ${program} "$@"\n`);
    chmodSync(join(bin, program), 0o755);
  }
  // Copies: commands write beside them, and Deno asks for leave to follow a link.
  const copied = hasExamples ? ["deploy", "docs", "model", "src"] : ["deploy"];
  for (const name of copied) cpSync(join(ROOT, name), join(path, name), { recursive: true });
  for (const name of ["node_modules", "package.json", "deno.json"])
    symlinkSync(join(ROOT, name), join(path, name));
  for (const place of [
    "etc/redis",
    "etc/aceslot",
    "etc/systemd/system",
    "var/lib/aceslot",
    "usr/local/bin",
    "volume1/docker",
    "usr/local/share/man/man1",
    "etc/bash_completion.d",
  ])
    mkdirSync(join(path, "root", place), { recursive: true });
  mkdirSync(join(path, "dist"));
  symlinkSync(join(bin, "aceslot"), join(path, "dist/aceslot"));
  for (const name of JOURNALS) cpSync(join(standIns.folder, "journal.jsonl"), join(path, name));
  cpSync(join(standIns.folder, "channels.m3u"), join(path, "channels.m3u"));
  mkdirSync(join(path, "found"));
  for (const name of ["aceslot-trace.json", "found/trace.json"])
    cpSync(join(standIns.folder, "aceslot-trace.json"), join(path, name));
  writeFileSync(join(path, "store.txt"), "OK\n");
  await makeArchive(path);
  const env = {
    PATH: `${bin}:${process.env.PATH ?? ""}`,
    HOME: path,
    DOCS_ROOT: ROOT,
    DOCS_REAL_PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH ?? ""}`,
    DOCS_CHECKED: join(standIns.folder, "checked"),
    DOCS_PID: `${standIns.proxy.pid}`,
    DOCS_BINARY: BINARY,
  };
  return {
    path,
    async run(text) {
      const script = standIns.translate(text, path);
      const { code, out, err } = await run(["bash", "--norc", "-euo", "pipefail", "-c", script], {
        cwd: path,
        env,
      });
      return { code, said: `${script}\n--\n${out}${err}` };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
